"""What is put around and behind: fill, bg, pad, border, mask."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image as Pillow

from tests.decode.pictures import QUADRANTS, RED, alike, animated, quadrants, saved

from .studio import opened, rendition, seen

WIDE = saved(quadrants(200, 100), "png")
CLEAR = saved(quadrants(200, 100, "RGBA"), "png")
KINDS = pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])


def at(x: int, y: int, data: bytes = WIDE, format: str = "png", **params: Any) -> tuple[int, ...]:
    """RGBA of one pixel."""
    found = opened(rendition(data, format, **params)).convert("RGBA").getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


@pytest.mark.parametrize("fit", ["fill", "fillmax"])
@pytest.mark.parametrize(
    ("params", "meant"),
    [
        ({}, (255, 255, 255, 255)),
        ({"bg": "f00"}, (255, 0, 0, 255)),
        ({"bg": "80ff0000"}, (255, 0, 0, 128)),
        ({"fill": "solid", "fill-color": "00f"}, (0, 0, 255, 255)),
        ({"fill-color": "00f"}, (0, 0, 255, 255)),
        ({"fill": "solid", "fill-color": "00f", "bg": "f00"}, (0, 0, 255, 255)),
        ({"fill": "solid", "bg": "f00"}, (255, 0, 0, 255)),
    ],
)
def test_fill_is_of_the_colour_asked_for(
    fit: str, params: dict[str, Any], meant: tuple[int, ...]
) -> None:
    assert at(100, 3, w=200, h=200, fit=fit, **params) == meant


def test_fillmax_does_not_enlarge_the_image() -> None:
    made = opened(rendition(WIDE, w=400, h=400, fit="fillmax", bg="000")).convert("RGB")
    assert made.size == (400, 400)
    assert made.getpixel((95, 200)) == (0, 0, 0)
    found = made.getpixel((105, 155))
    assert isinstance(found, tuple)
    assert alike(found, RED)


def test_fill_with_the_image_itself_blurred() -> None:
    for name in ("blur", "gen"):
        top = at(10, 5, w=200, h=200, fit="fill", fill=name)
        assert alike(top[:3], RED, 60), "the image is there, not white"
        assert top[3] == 255
    assert alike(at(20, 60, w=200, h=200, fit="fill", fill="blur")[:3], RED), "and sharp inside"


def test_a_line_is_blurred_over_a_canvas_too() -> None:
    line = saved(quadrants(200, 100).resize((8000, 1)), "png")
    made = rendition(line, "jpeg", w=900, h=900, fit="fill", fill="blur")
    assert (made.width, made.height) == (900, 900)


def test_clamp_repeats_the_edge() -> None:
    assert at(10, 3, w=200, h=200, fit="clamp")[:3] == RED
    assert at(10, 197, w=200, h=200, fit="clamp")[:3] == QUADRANTS[2]


def test_bg_is_behind_what_is_transparent() -> None:
    image = quadrants(60, 40, "RGBA")
    image.paste((9, 9, 9, 0), (0, 0, 30, 20))
    data = saved(image, "png")
    assert at(10, 10, data, bg="0f0") == (0, 255, 0, 255)
    assert at(10, 10, data, bg="8000ff00") == (0, 255, 0, 128)
    assert at(10, 10, data, "jpeg", q=95)[:3] == pytest.approx((255, 255, 255), abs=4)
    assert at(10, 10, data, "jpeg", bg="0f0", q=95)[:3] == pytest.approx((0, 255, 0), abs=6)
    assert at(50, 30, data, bg="0f0")[:3] == QUADRANTS[3]


@pytest.mark.parametrize(
    ("params", "size", "corner"),
    [
        ({}, (220, 120), (255, 255, 255, 0)),
        ({"bg": "00f"}, (220, 120), (0, 0, 255, 255)),
        ({"w": 100}, (100, 60), (255, 255, 255, 0)),
        ({"w": 100, "h": 100, "fit": "crop", "bg": "f00"}, (100, 100), (255, 0, 0, 255)),
    ],
)
def test_padding_is_within_the_size_asked_for(
    params: dict[str, Any], size: tuple[int, int], corner: tuple[int, ...]
) -> None:
    made = opened(rendition(WIDE, pad=10, **params))
    assert made.size == size
    assert made.convert("RGBA").getpixel((3, 3)) == corner
    assert [color[:3] for color in seen(made)] == list(QUADRANTS)


def test_padding_is_white_where_there_is_no_alpha() -> None:
    assert at(3, 3, WIDE, "jpeg", pad=16)[:3] == pytest.approx((255, 255, 255), abs=3)


def test_a_side_has_its_own_padding() -> None:
    made = opened(rendition(WIDE, pad=10, bg="000", **{"pad-left": 50, "pad-top": 0}))
    assert made.size == (260, 110)
    assert made.convert("RGB").getpixel((45, 50)) == (0, 0, 0)
    assert made.convert("RGB").getpixel((55, 1)) == RED


def test_a_border_is_drawn_on_the_edge() -> None:
    made = opened(rendition(WIDE, border="8,00f"))
    assert made.size == (200, 100)
    assert made.mode == "RGB"
    assert [made.getpixel((x, 50)) for x in (0, 7, 192, 199)] == [(0, 0, 255)] * 4
    assert made.getpixel((8, 20)) == RED


def test_a_border_may_be_seen_through() -> None:
    mixed = at(2, 20, border="8,800000ff")
    assert alike(mixed[:3], tuple((a + b) / 2 for a, b in zip(RED, (0, 0, 255), strict=True)), 2)


def test_a_side_has_its_own_border() -> None:
    made = opened(rendition(WIDE, border="0,00f", **{"border-bottom": 10})).convert("RGB")
    assert made.getpixel((20, 95)) == (0, 0, 255)
    assert made.getpixel((0, 20)) == RED


def test_a_border_wider_than_the_image_is_all_there_is() -> None:
    assert at(100, 50, border="5000,00f") == (0, 0, 255, 255)


def test_a_border_may_have_round_corners() -> None:
    made = opened(rendition(WIDE, border="8,00f", **{"border-radius": 30})).convert("RGBA")
    assert _alpha(made, (1, 1)) == 0
    assert made.getpixel((100, 3)) == (0, 0, 255, 255)
    assert _alpha(made, (100, 50)) == 255


def test_a_mask_cuts_an_ellipse() -> None:
    made = opened(rendition(WIDE, mask="ellipse")).convert("RGBA")
    assert [_alpha(made, xy) for xy in ((2, 2), (197, 97), (100, 50), (100, 1), (2, 50))] == [
        0, 0, 255, 255, 255,
    ]  # fmt: skip


def test_a_mask_cuts_each_corner_by_its_own_radius() -> None:
    made = opened(rendition(WIDE, mask="corners", **{"corner-radius": "0,10,20,40"}))
    found = [_alpha(made, xy) for xy in ((1, 1), (198, 1), (197, 97), (6, 93))]
    assert found == [255, 0, 0, 0]
    inside = [_alpha(made, xy) for xy in ((195, 5), (191, 92), (15, 85))]
    assert inside == [255] * 3


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_outside_the_mask_is_its_own_ground(format: str) -> None:
    given = {"mask": "ellipse", "mask-bg": "0f0", "bg": "f00", "q": 95}
    assert alike(at(2, 2, WIDE, format, **given), (0, 255, 0, 255), 30)


@KINDS
@pytest.mark.parametrize("params", [
    {"w": 90, "h": 90, "fit": "fill", "bg": "f80"}, {"w": 90, "h": 90, "fit": "fill"},
    {"w": 90, "h": 90, "fit": "fill", "fill": "blur"}, {"w": 90, "h": 90, "fit": "clamp"},
    {"pad": 5}, {"pad": 5, "bg": "80ff8800"}, {"border": "5,f80"}, {"border": "5,80ff8800"},
    {"border": "5,f80", "border-radius": 9}, {"mask": "ellipse"},
    {"mask": "ellipse", "mask-bg": "f80"}, {"rot": 30}, {"rot": 30, "rot-type": "pivot"},
    {"bg": "f80"},
])  # fmt: skip
@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "gif"])
def test_every_kind_of_pixel_is_taken(mode: str, params: dict[str, Any], format: str) -> None:
    made = rendition(saved(quadrants(40, 30, mode), "png"), format, **params)
    image = opened(made)
    assert image.size == (made.width, made.height)
    if format == "png":
        for color, meant in zip(seen(image), seen(quadrants(40, 30, mode)), strict=True):
            turned = "rot" in params or "mask" in params
            assert turned or alike(color, meant, 30)


def test_an_animation_is_framed_throughout() -> None:
    made = rendition(animated("gif", 3), "webp", pad=5, bg="00f", border="2,fff")
    assert (made.width, made.height) == (50, 40)
    assert getattr(opened(made), "n_frames", 1) == 3


def _alpha(image: Pillow.Image, xy: tuple[int, int]) -> int:
    found = image.convert("RGBA").getpixel(xy)
    assert isinstance(found, tuple)
    return int(found[3])
