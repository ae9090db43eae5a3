"""Which part of the original is seen: crop, rect, focal point, trim, page and frame."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from calotype.errors import BadParameter
from tests.decode.pictures import (
    BLUE,
    GREEN,
    QUADRANTS,
    RED,
    YELLOW,
    alike,
    animated,
    drawing,
    quadrants,
    saved,
)  # fmt: skip

from .studio import opened, rendition, seen
from .test_animation import frames

WIDE = saved(quadrants(400, 200), "png")


def colors(data: bytes, format: str = "png", **params: Any) -> list[tuple[float, ...]]:
    return [color[:3] for color in seen(opened(rendition(data, format, **params)))]


def shows(data: bytes, *meant: tuple[int, int, int], **params: Any) -> bool:
    """Whether the quadrants have these colours; one stands for all four."""
    wanted = meant * 4 if len(meant) == 1 else meant
    found = colors(data, **params)
    return all(alike(color, other) for color, other in zip(found, wanted, strict=True))


def spotted(at: tuple[int, int], size: tuple[int, int] = (400, 200)) -> bytes:
    """Grey, with one busy spot of 40 × 40."""
    image = Pillow.new("RGB", size, "#808080")
    draw = ImageDraw.Draw(image)
    for x in range(0, 40, 4):
        draw.rectangle((at[0] + x, at[1], at[0] + x + 1, at[1] + 40), fill="#ff2020")
        draw.rectangle((at[0], at[1] + x, at[0] + 40, at[1] + x + 1), fill="#ffffff")
    return saved(image, "png")


@pytest.mark.parametrize(
    ("crop", "meant"),
    [
        ("left", (RED, RED, BLUE, BLUE)),
        ("right", (GREEN, GREEN, YELLOW, YELLOW)),
        ("top", QUADRANTS),
        ("faces,right", (GREEN, GREEN, YELLOW, YELLOW)),
    ],
)
def test_a_crop_begins_at_its_side(crop: str, meant: tuple[tuple[int, int, int], ...]) -> None:
    assert shows(WIDE, *meant, w=100, h=100, fit="crop", crop=crop)


@pytest.mark.parametrize("how", ["entropy", "attention", "edges", "auto"])
@pytest.mark.parametrize("left", [10, 340])
def test_a_crop_by_content_finds_what_is_busy(how: str, left: int) -> None:
    made = opened(rendition(spotted((left, 80)), w=100, h=100, fit="crop", crop=how))
    reds = [color for count, color in made.convert("RGB").getcolors(1 << 20) or []
            if isinstance(color, tuple) and color[0] > 200 > 90 > color[1]]  # fmt: skip
    assert reds, "the spot is in the picture"
    plain = opened(rendition(spotted((left, 80)), w=100, h=100, fit="crop"))
    assert plain.convert("L").getextrema() == (128, 128), "and is not in the middle"


@pytest.mark.parametrize("how", ["entropy", "attention", "edges"])
def test_a_crop_by_content_has_its_size_where_it_enlarges(how: str) -> None:
    made = rendition(spotted((10, 10)), w=500, h=700, fit="crop", crop=how)
    assert (made.width, made.height) == (500, 700)


@pytest.mark.parametrize("how", ["entropy", "attention", "edges"])
def test_a_tall_cut_of_a_wide_image_enlarges_the_cut_alone(how: str) -> None:
    """The whole at the scale of the cut would be 2,000,000 × 1,000 pixels."""
    wide = saved(quadrants(40, 20).resize((2000, 1)), "png")
    made = rendition(wide, w=2, h=1000, fit="crop", crop=how)
    assert (made.width, made.height) == (2, 1000)


@pytest.mark.parametrize(
    ("x", "y", "meant"), [(0.2, 0.2, RED), (0.8, 0.2, GREEN), (0.2, 0.8, BLUE), (0.8, 0.8, YELLOW)]
)
@pytest.mark.parametrize("side", [30, 300])
def test_the_focal_point_is_zoomed_in_on(
    x: float, y: float, meant: tuple[int, int, int], side: int
) -> None:
    focal = {"fit": "crop", "crop": "focalpoint", "fp-x": x, "fp-y": y, "fp-z": 4}
    assert shows(WIDE, meant, w=side, h=side, **focal)


def test_a_zoom_lies_where_it_should_to_the_pixel() -> None:
    """The middle of the zoomed cut is where the four colours meet."""
    made = opened(rendition(WIDE, w=200, h=200, fit="crop", crop="focalpoint", **{"fp-z": 20}))
    rgb = made.convert("RGB")
    for at, meant in (((96, 96), RED), ((103, 96), GREEN), ((96, 103), BLUE), ((103, 103), YELLOW)):
        found = rgb.getpixel(at)
        assert isinstance(found, tuple)
        assert sum(abs(a - b) for a, b in zip(found, meant, strict=True)) < 220, at
    far = rgb.getpixel((20, 20))
    assert isinstance(far, tuple)
    assert alike(far, RED)


@pytest.mark.parametrize(
    ("rect", "meant"),
    [
        ("0,0,200,100", (RED,)),
        ("right,bottom,0.5,0.5", (YELLOW,)),
        ("left,bottom,200,100", (BLUE,)),
        ("center,middle,100,100", QUADRANTS),
        ("200,0,full,full", (GREEN, GREEN, YELLOW, YELLOW)),
    ],
)
@pytest.mark.parametrize("more", [{}, {"w": 37}, {"w": 500}])
def test_rect_is_all_that_is_used(
    rect: str, meant: tuple[tuple[int, int, int], ...], more: dict[str, int]
) -> None:
    assert shows(WIDE, *meant, rect=rect, **more)


def test_rect_counts_on_the_upright_image() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    lying = quadrants(200, 100).transpose(Pillow.Transpose.ROTATE_90)
    data = saved(lying, "jpeg", exif=exif, quality=95)
    assert shows(data, RED, rect="0,0,100,50")
    assert shows(data, YELLOW, rect="right,bottom,100,50", w=20)


def test_a_cut_of_a_drawing_is_sharp() -> None:
    made = opened(rendition(drawing(), rect="26,0,10,10", w=1000)).convert("RGB")
    assert [made.getpixel((x, 500)) for x in (498, 501)] == [RED, GREEN]


def framed(border: int, color: str = "white", mode: str = "RGB") -> bytes:
    image = Pillow.new(mode, (100 + 2 * border, 60 + 2 * border), color)
    image.paste(quadrants(100, 60).convert(mode), (border, border))
    return saved(image, "png")


@pytest.mark.parametrize("how", ["auto", "color"])
def test_trim_takes_a_border_away(how: str) -> None:
    made = rendition(framed(17), trim=how)
    assert (made.width, made.height) == (100, 60)
    assert shows(framed(17), *QUADRANTS, trim=how)


def test_trim_comes_before_sizing() -> None:
    made = rendition(framed(17), trim="auto", w=50)
    assert (made.width, made.height) == (50, 30)


def test_trim_keeps_what_is_asked_of_the_border() -> None:
    made = rendition(framed(17), trim="auto", **{"trim-pad": 5})
    assert (made.width, made.height) == (110, 70)


def test_trim_by_another_color_leaves_it() -> None:
    assert rendition(framed(17), trim="color", **{"trim-color": "00f"}).width == 134
    assert rendition(framed(17), trim="color", **{"trim-color": "fff"}).width == 100


def test_trim_within_a_tolerance() -> None:
    data = framed(17, "#f6f6f6")
    given = {"trim": "color", "trim-color": "fff"}
    assert rendition(data, **given, **{"trim-tol": 4}).width == 134
    assert rendition(data, **given, **{"trim-tol": 12}).width == 100


@pytest.mark.parametrize("how", ["alpha", "color", "colorunlessalpha"])
def test_trim_takes_what_is_transparent_away(how: str) -> None:
    image = Pillow.new("RGBA", (140, 100), (0, 0, 0, 0))
    image.paste((220, 40, 40, 255), (20, 20, 120, 80))
    made = rendition(saved(image, "png"), trim=how)
    assert (made.width, made.height) == (100, 60)


def test_trim_of_one_color_all_over_takes_nothing() -> None:
    made = rendition(saved(Pillow.new("RGB", (30, 20), "red"), "png"), trim="auto")
    assert (made.width, made.height) == (30, 20)


def test_trim_of_an_animation_is_that_of_its_first_frame() -> None:
    first, second = Pillow.new("RGB", (60, 40), "white"), Pillow.new("RGB", (60, 40), "white")
    first.paste((200, 0, 0), (10, 10, 50, 30))
    second.paste((0, 0, 200), (0, 0, 60, 40))
    data = saved(first, "gif", save_all=True, append_images=[second], duration=50)
    made = rendition(data, "webp", trim="auto")
    assert [frame.size for frame, _ in frames(made)] == [(40, 20)] * 2


def test_a_page_of_a_tiff() -> None:
    pages = [Pillow.new("RGB", size, color) for size, color in
             (((40, 30), "red"), ((20, 60), "#0000ff"))]  # fmt: skip
    data = saved(pages[0], "tiff", save_all=True, append_images=pages[1:])
    made = rendition(data, page=2)
    assert (made.width, made.height) == (20, 60)
    assert shows(data, (0, 0, 255), page=2, w=10)
    assert shows(data, (255, 0, 0), page=1)
    with pytest.raises(BadParameter, match="page must be a whole number from 1 to 2; got '3'"):
        rendition(data, page=3)


@pytest.mark.parametrize("output", ["png", "webp", "gif"])
def test_a_frame_stands_still(output: str) -> None:
    made = opened(rendition(animated("gif", 4), output, frame=3))
    assert getattr(made, "n_frames", 1) == 1
    assert alike(seen(made)[0][:3], (80, 195, 90), 12)


def test_a_frame_past_the_last_is_refused() -> None:
    with pytest.raises(BadParameter, match="frame must be a whole number from 1 to 4; got '5'"):
        rendition(animated("gif", 4), "png", frame=5)
    with pytest.raises(BadParameter, match="must be 1: the image has one"):
        rendition(WIDE, page=2)
