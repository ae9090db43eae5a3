"""What is seen is the original: upright, in sRGB, transparent where it was."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import pyvips  # type: ignore[import-untyped]
from PIL import Image as Pillow
from PIL import ImageCms

from calotype.decode.vips import guard
from tests.decode.pictures import (
    BLUE,
    QUADRANTS,
    RED,
    SEE_THROUGH,
    YELLOW,
    alike,
    quadrants,
    saved,
)  # fmt: skip

from .studio import CORPUS, opened, rendition, seen

TURNED = CORPUS / "exif-orientation"


def in_profile(name: str, format: str = "png") -> bytes:
    """The quadrants as another colour space stores them, with its profile: libvips has these."""
    guard()
    image = pyvips.Image.new_from_array(np.asarray(quadrants())).copy(interpretation="srgb")
    other = image.icc_transform(name, input_profile="srgb", intent="relative")
    save = {"png": "pngsave_buffer", "jpeg": "jpegsave_buffer", "tiff": "tiffsave_buffer"}[format]
    options = {"Q": 95, "subsample_mode": "off"} if format == "jpeg" else {}
    data: bytes = getattr(other, save)(**options)
    return data


def raw(data: bytes) -> tuple[float, ...]:
    """The first quadrant's numbers as they are stored."""
    image = Pillow.open(io.BytesIO(data))
    color = image.getpixel((10, 10))
    return color if isinstance(color, tuple) else (float(color or 0),)


def assert_shows_the_quadrants(made: Pillow.Image, by: float = 8) -> None:
    for color, meant in zip(seen(made), QUADRANTS, strict=True):
        assert alike(color[:3], meant, by), (color, meant)


@pytest.mark.skipif(not TURNED.is_dir(), reason="the corpus of orientations is not beside us")
@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_every_exif_orientation_renders_alike(shape: str) -> None:
    """Mean difference in grey levels of 255; the files were compressed each on its own."""
    files = sorted(TURNED.glob(f"{shape}_*.jpg"))
    assert len(files) == 9
    shown = [pixels(file, w=300, h=300) for file in files]
    for other in shown[1:]:
        assert other.shape == shown[0].shape
        assert np.abs(other - shown[0]).mean() < 5


@pytest.mark.skipif(not TURNED.is_dir(), reason="the corpus of orientations is not beside us")
@pytest.mark.parametrize("fit", ["crop", "fill", "scale"])
def test_sizes_are_meant_as_displayed(fit: str) -> None:
    upright = pixels(TURNED / "Landscape_1.jpg", w=200, h=90, fit=fit)
    lying = pixels(TURNED / "Landscape_6.jpg", w=200, h=90, fit=fit)
    assert upright.shape == lying.shape == (90, 200, 3)
    assert np.abs(upright - lying).mean() < 5


def pixels(file: Path, **params: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    made = opened(rendition(file.read_bytes(), "png", **params))
    return np.asarray(made.convert("RGB"), dtype=np.float64)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_no_orientation_is_left_in_the_rendition(orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    data = saved(quadrants(80, 40), "jpeg", exif=exif)
    made = opened(rendition(data, "jpeg"))
    assert made.getexif().get(0x0112) is None
    assert made.size == ((80, 40) if orientation < 5 else (40, 80))


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff"])
def test_display_p3_is_converted(format: str) -> None:
    data = in_profile("p3", format)
    assert raw(data)[0] < 210, "the numbers differ where the colours are the same"
    made = opened(rendition(data))
    assert_shows_the_quadrants(made)
    assert "icc_profile" not in made.info


@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_cmyk_with_a_profile_is_converted(format: str) -> None:
    """As Little CMS does it, asked through Pillow; blue and green are beyond what print has."""
    data = in_profile("cmyk", format)
    original = Pillow.open(io.BytesIO(data))
    assert original.mode == "CMYK"
    profile = ImageCms.ImageCmsProfile(io.BytesIO(original.info["icc_profile"]))
    meant = ImageCms.profileToProfile(
        original, profile, ImageCms.createProfile("sRGB"), outputMode="RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )  # fmt: skip
    assert meant is not None
    made = opened(rendition(data, "jpeg", q=95))
    assert made.mode == "RGB"
    for color, other in zip(seen(made), seen(meant), strict=True):
        assert alike(color[:3], other[:3], 8)


@pytest.mark.parametrize("profile", [b"", b"garbage", bytes(500), "cmyk"])
def test_a_profile_that_does_not_fit_is_ignored(profile: bytes | str) -> None:
    if profile == "cmyk":
        profile = Pillow.open(io.BytesIO(in_profile("cmyk", "jpeg"))).info["icc_profile"]
    for format in ("png", "jpeg"):
        data = saved(quadrants(), format, icc_profile=profile)
        assert_shows_the_quadrants(opened(rendition(data)), by=14)


def test_cmyk_without_a_profile_is_converted() -> None:
    data = saved(quadrants().convert("CMYK"), "jpeg", quality=95)
    made = opened(rendition(data))
    red, _, _, yellow = seen(made)
    assert red[0] > 150 > 90 > red[2]
    assert yellow[0] > 150 > 110 > yellow[2]


def test_sixteen_bits_become_eight() -> None:
    guard()
    wide = pyvips.Image.new_from_array(np.asarray(quadrants()).astype(np.uint16) * 257)
    data = wide.copy(interpretation="rgb16").pngsave_buffer()
    assert pyvips.Image.pngload_buffer(data).format == "ushort"
    made = rendition(data)
    assert_shows_the_quadrants(opened(made), by=2)
    assert made.body[24] <= 8, "bits a sample, PNG §11.2.1"


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "avif"])
@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "I;16"])
def test_every_kind_of_pixel_comes_out_as_seen(mode: str, format: str) -> None:
    source = quadrants(mode="L") if mode == "I;16" else quadrants(mode=mode)
    source = quadrants().quantize(8) if mode == "P" else source
    if mode == "I;16":
        wide = np.asarray(source).astype(np.uint16) * 257
        source, meant = Pillow.fromarray(wide), source
    else:
        meant = source
    made = opened(rendition(saved(source, "png"), format))
    for color, expected in zip(seen(made), seen(meant), strict=True):
        if mode != "1":  # a bilevel picture is dithered: no pixel stands for its surroundings
            assert alike(color[:3], expected[:3], 14)
    grey = np.asarray(made.convert("L"), dtype=float).mean()
    assert abs(grey - np.asarray(meant.convert("L"), dtype=float).mean()) < 5


def see_through() -> bytes:
    image = quadrants(mode="RGBA")
    image.paste((0, 0, 0, 0), (31, 0, 62, 23))
    image.paste((*BLUE, 128), (0, 23, 31, 46))
    return saved(image, "png")


@pytest.mark.parametrize("format", ["png", "webp", "avif"])
def test_transparency_is_kept(format: str) -> None:
    made = seen(opened(rendition(see_through(), format)))
    assert [color[3] for color in made] == pytest.approx([255, 0, 128, 255], abs=3)
    assert alike(made[0][:3], RED, 14)
    assert alike(made[2][:3], BLUE, 20)
    assert alike(made[3][:3], YELLOW, 14)


def test_gif_keeps_what_is_wholly_transparent() -> None:
    made = seen(opened(rendition(see_through(), "gif")))
    assert (made[0][3], made[1][3], made[3][3]) == (255, 0, 255)


def test_jpeg_shows_white_through() -> None:
    made = seen(opened(rendition(see_through(), "jpeg", q=95)))
    half = tuple((255 + band) / 2 for band in BLUE)
    for color, meant in zip(made, (RED, (255, 255, 255), half, YELLOW), strict=True):
        assert alike(color[:3], meant, 10)


def test_transparent_edges_do_not_darken_when_scaled() -> None:
    """Colours are weighted by alpha: a white disc on nothing has no grey rim on white."""
    image = Pillow.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (50, 50, 150, 150))
    made = np.asarray(opened(rendition(saved(image, "png"), "jpeg", w=33)))
    assert made.min() > 250


def test_a_palette_with_a_transparent_colour_keeps_it() -> None:
    image = quadrants().quantize(8)
    hole = image.getpixel((45, 10))
    made = seen(opened(rendition(saved(image, "png", transparency=hole), "png")))
    assert [color[3] for color in made] == [255, 0, 255, 255]


def test_heic_renders_with_its_transparency() -> None:
    made = seen(opened(rendition(SEE_THROUGH.read_bytes(), "png")))
    assert [color[3] for color in made] == [255, 0, 255, 255]


@pytest.mark.parametrize("output", ["jpeg", "png", "avif"])
@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_grey_stays_grey(format: str, output: str) -> None:
    """One band is a third of the pixels to encode."""
    made = opened(rendition(saved(quadrants(mode="L"), format), output))
    assert made.mode == ("RGB" if output == "avif" else "L")
