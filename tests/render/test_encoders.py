"""Quick and slow, lossless, palettes: and a quality that means the same in every format."""

from __future__ import annotations

import io
import json

import numpy as np
import numpy.typing as npt
import pytest
from benchmarks.calibrate import RESULT, luma, ssim
from PIL import Image as Pillow
from PIL import ImageDraw

from calotype.decode import VipsImage
from calotype.render import palette, quality
from calotype.render.encoders import CONTENT_TYPES, encode

LOSSY = ("jpeg", "webp", "avif")
SETTINGS = [("jpeg", True), ("webp", False), ("webp", True), ("avif", False), ("avif", True)]
Pixels = npt.NDArray[np.uint8]


def scene(width: int = 384, height: int = 256) -> Pixels:
    """What a photograph has: soft light, texture as fine as its pixels, more of it in some places
    than in others, a hard edge; the same each time.
    """
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    light = 110 + 70 * np.sin(x / 90) + 50 * np.cos(y / 70)
    rough = 0.5 + 0.5 * np.sin(x / 60 + y / 45)
    for side, strength in ((64, 30), (4, 10), (2, 17), (1, 10)):
        points = random.normal(0, strength, (height // side + 1, width // side + 1))
        layer = Pillow.fromarray(points.astype(np.float32))
        texture = np.asarray(layer.resize((width, height), Pillow.Resampling.BICUBIC))
        light += texture * (rough if side < 8 else 1)
    light[(x - 120) ** 2 + (y - 130) ** 2 < 60**2] += 45
    tint = np.stack([light, light * 0.9 + 12, light * 0.75 + 30], axis=2)
    pixels: Pixels = np.clip(tint, 0, 255).astype(np.uint8)
    return pixels


def vips(pixels: Pixels) -> VipsImage:
    return VipsImage.new_from_array(pixels).copy(interpretation="srgb")


def read(body: bytes) -> Pillow.Image:
    """Decoded by Pillow, a decoder that is not ours."""
    image = Pillow.open(io.BytesIO(body))
    image.load()
    return image


def likeness(body: bytes, exact: VipsImage) -> float:
    return ssim(luma(exact), luma(vips(np.asarray(read(body).convert("RGB")))))


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("format", sorted(CONTENT_TYPES))
def test_every_setting_gives_a_file_of_its_format(format: str, slow: bool) -> None:
    image = read(encode(vips(scene()), format, None, slow=slow))
    assert (image.format or "").lower() == format.removesuffix("8")
    assert image.size == (384, 256)


@pytest.mark.parametrize("format", [*LOSSY, "png"])
def test_slow_is_smaller(format: str) -> None:
    image = vips(scene())
    assert len(encode(image, format, 75, slow=True)) < len(encode(image, format, 75))


@pytest.mark.parametrize("wanted", [50, 65, 75, 80, 90])
@pytest.mark.parametrize(("format", "slow"), SETTINGS)
def test_equal_quality_looks_the_same(format: str, slow: bool, wanted: int) -> None:
    """As near to the original as the JPEG, to within what differs from image to image."""
    image = vips(scene())
    jpeg = likeness(encode(image, "jpeg", wanted), image)
    other = likeness(encode(image, format, wanted, slow=slow), image)
    assert other == pytest.approx(jpeg, abs=0.3 * (1 - jpeg))


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("format", LOSSY)
def test_more_quality_is_nearer(format: str, slow: bool) -> None:
    image = vips(scene())
    found = [likeness(encode(image, format, q, slow=slow), image) for q in (1, 30, 60, 90, 100)]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


def test_the_table_is_what_was_measured() -> None:
    measured = json.loads(RESULT.read_text())
    assert {name: [list(point) for point in curve] for name, curve in quality.NATIVE.items()} == (
        measured["native"]
    )
    assert {f: ours["q"] for f, ours in measured["defaults"].items()} == quality.DEFAULT


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("format", LOSSY)
def test_every_quality_has_a_number_that_the_encoder_knows(format: str, slow: bool) -> None:
    natives = [quality.native(format, q, slow) for q in range(1, 101)]
    assert natives == sorted(natives)
    assert (natives[0], natives[-1]) == (1, 100)


def test_between_two_points_of_the_table_lies_a_straight_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(quality.NATIVE, "webp", ((1, 1), (50, 30.0), (60, 50.0), (100, 100)))
    assert [quality.native("webp", q) for q in (1, 50, 55, 60, 80)] == [1, 30, 40, 50, 75]


def test_a_quick_jpeg_is_baseline_and_a_slow_one_progressive() -> None:
    quick, slow = (read(encode(vips(scene()), "jpeg", 75, slow=s)) for s in (False, True))
    assert not quick.info.get("progressive")
    assert slow.info.get("progressive")


@pytest.mark.parametrize(("wanted", "halved"), [(89, True), (90, False), (None, True)])
def test_a_jpeg_of_high_quality_keeps_its_colours_whole(wanted: int | None, halved: bool) -> None:
    image = Pillow.open(io.BytesIO(encode(vips(scene()), "jpeg", wanted)))
    assert image.layer[0][1:3] == ((2, 2) if halved else (1, 1))  # type: ignore[attr-defined]


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("format", ["webp", "avif"])
def test_lossless_changes_no_pixel(format: str, alpha: bool, slow: bool) -> None:
    pixels = scene(120, 90)
    if alpha:
        shade = np.linspace(1, 255, 120, dtype=np.uint8)
        pixels = np.dstack([pixels, np.tile(shade, (90, 1))])
    body = encode(vips(pixels), format, 10, slow=slow, lossless=True)
    assert np.array_equal(np.asarray(read(body)), pixels)


@pytest.mark.parametrize("format", ["jpeg", "png", "gif"])
def test_lossless_means_nothing_to_other_formats(format: str) -> None:
    image = vips(scene(60, 40))
    assert encode(image, format, 60, lossless=True) == encode(image, format, 60)


def test_a_gif_is_dithered_only_where_there_are_many_colours() -> None:
    drawn = Pillow.new("RGB", (600, 400), "#f4f1de")
    ImageDraw.Draw(drawn).ellipse((100, 50, 500, 350), fill="#e07a5f")
    # smaller, so that its edges have colours of their own
    drawing = vips(np.asarray(drawn.resize((150, 100), Pillow.Resampling.LANCZOS)))
    photograph = vips(scene())
    assert encode(drawing, "gif", None) == drawing.gifsave_buffer(effort=1, dither=0, keep="none")
    assert encode(photograph, "gif", None) == photograph.gifsave_buffer(effort=1, keep="none")


def speckled(colors: int, width: int = 61, height: int = 43, bands: int = 3) -> Pixels:
    """Exactly so many colours, on an odd width, in no order."""
    random = np.random.default_rng(colors)
    values = np.unique(random.integers(0, 256, (colors * 3, bands), dtype=np.uint8), axis=0)
    chosen = random.permutation(values)[:colors]
    places = np.concatenate(
        [np.arange(colors), random.integers(0, colors, width * height - colors)]
    )
    pixels: Pixels = chosen[random.permutation(places)].reshape(height, width, bands)
    return pixels


@pytest.mark.parametrize("bands", [3, 4])
@pytest.mark.parametrize("colors", [2, 3, 4, 5, 16, 17, 255, 256])
def test_few_colours_make_a_palette_and_no_pixel_changes(colors: int, bands: int) -> None:
    pixels = speckled(colors, bands=bands)
    body = encode(vips(pixels), "png", None)
    image = read(body)
    assert image.mode == "P" if colors > 2 else image.mode in ("P", "1")
    assert np.array_equal(np.asarray(image.convert("RGBA"))[..., :bands], pixels)
    assert len(body) < len(
        encode(vips(np.dstack([pixels[..., :3], scene(61, 43)[..., 0]])), "png", None)
    )


@pytest.mark.parametrize("colors", [257, 2000])
def test_more_colours_make_none(colors: int) -> None:
    pixels = speckled(colors)
    image = read(encode(vips(pixels), "png", None))
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), pixels)


def test_a_single_colour_beyond_the_sample_counts() -> None:
    """Only some pixels are looked at first: the others must not be taken for granted."""
    pixels = speckled(256, 300, 300)
    pixels[123, 45] = [1, 2, 3]
    image = read(encode(vips(pixels), "png", None))
    assert np.array_equal(np.asarray(image.convert("RGB")), pixels)


def test_one_colour_with_alpha_keeps_it() -> None:
    pixels = np.full((5, 7, 4), (10, 20, 30, 40), dtype=np.uint8)
    image = read(encode(vips(pixels), "png", None))
    assert np.array_equal(np.asarray(image.convert("RGBA")), pixels)


@pytest.mark.parametrize("interpretation", ["b-w", "rgb16", "cmyk"])
def test_other_colour_spaces_get_no_palette(interpretation: str) -> None:
    image = vips(scene(20, 10)).colourspace(interpretation).copy_memory()
    assert palette.png(image, 6) is None


def test_png8_has_a_palette_even_where_there_are_more_colours() -> None:
    image = Pillow.open(io.BytesIO(encode(vips(scene()), "png8", None)))
    assert (image.format, image.mode) == ("PNG", "P")
    assert likeness(encode(vips(scene()), "png8", None), vips(scene())) > 0.9


def test_png8_changes_no_pixel_where_the_colours_are_few() -> None:
    pixels = np.repeat(np.repeat(scene(8, 8), 8, axis=0), 8, axis=1)
    assert encode(vips(pixels), "png8", None) == encode(vips(pixels), "png", None)
