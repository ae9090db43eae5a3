"""or, flip and rot."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image as Pillow

from tests.decode.pictures import (
    BLUE,
    GREEN,
    QUADRANTS,
    RED,
    YELLOW,
    alike,
    animated,
    quadrants,
    saved,
)  # fmt: skip

from .studio import opened, rendition, seen

WIDE = saved(quadrants(400, 200), "png")
ORIENTED = {
    1: QUADRANTS,
    2: (GREEN, RED, YELLOW, BLUE),
    3: (YELLOW, BLUE, GREEN, RED),
    4: (BLUE, YELLOW, RED, GREEN),
    5: (RED, BLUE, GREEN, YELLOW),
    6: (BLUE, RED, YELLOW, GREEN),
    7: (YELLOW, GREEN, BLUE, RED),
    8: (GREEN, YELLOW, RED, BLUE),
}
"""What the quadrants become (EXIF 2.32, 4.6.4)."""


def assert_shows(made: Pillow.Image, meant: tuple[Any, ...], by: float = 8) -> None:
    for color, other in zip(seen(made), meant, strict=True):
        assert alike(color[:3], other, by), (seen(made), meant)


@pytest.mark.parametrize("orientation", ORIENTED)
@pytest.mark.parametrize("more", [{}, {"w": 100}])
def test_an_orientation_is_applied(orientation: int, more: dict[str, int]) -> None:
    made = opened(rendition(WIDE, **{"or": orientation}, **more))
    assert (made.width > made.height) == (orientation < 5)
    assert_shows(made, ORIENTED[orientation])


@pytest.mark.parametrize("stored", ORIENTED)
@pytest.mark.parametrize("wanted", ORIENTED)
def test_it_replaces_that_of_the_file(stored: int, wanted: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = stored
    data = saved(quadrants(80, 40), "jpeg", exif=exif, quality=95, subsampling=0)
    made = opened(rendition(data, **{"or": wanted}, w=60))
    assert_shows(made, ORIENTED[wanted], 14)


def test_a_square_is_stretched_along_its_new_sides() -> None:
    made = opened(rendition(saved(quadrants(80, 80), "png"), w=20, h=60, fit="scale", **{"or": 6}))
    assert made.size == (20, 60)
    assert_shows(made, ORIENTED[6])


def test_degrees_stand_for_orientations() -> None:
    assert_shows(opened(rendition(WIDE, **{"or": 90})), ORIENTED[6])
    assert_shows(opened(rendition(WIDE, **{"or": 270})), ORIENTED[8])


@pytest.mark.parametrize(
    ("flip", "meant"), [("h", ORIENTED[2]), ("v", ORIENTED[4]), ("hv", ORIENTED[3])]
)
def test_flip_mirrors(flip: str, meant: tuple[Any, ...]) -> None:
    assert_shows(opened(rendition(WIDE, flip=flip, w=100)), meant)


def test_rot_turns_counter_clockwise_in_its_frame() -> None:
    made = opened(rendition(WIDE, rot=90))
    assert made.size == (400, 200)
    assert_shows(made, ORIENTED[8])


def test_rot_leaves_no_corner_empty() -> None:
    white = saved(Pillow.new("RGB", (300, 200), "white"), "png")
    for degrees in (1, 30, 45, 90, 133.7):
        made = opened(rendition(white, rot=degrees))
        assert made.mode in ("RGB", "L")
        assert made.convert("L").getextrema() == (255, 255), degrees


def test_a_pivot_by_a_quarter_turns_the_frame_too() -> None:
    made = opened(rendition(WIDE, rot=90, **{"rot-type": "pivot"}))
    assert made.size == (200, 400)
    assert_shows(made, ORIENTED[8], 1)


def test_a_pivot_shows_all_of_it() -> None:
    made = opened(rendition(WIDE, rot=45, **{"rot-type": "pivot"}))
    assert made.size == (424, 424)
    corners = [made.getpixel(at) for at in ((2, 2), (421, 2), (2, 421), (421, 421))]
    assert all(isinstance(color, tuple) and color[3] == 0 for color in corners)
    # the top right corner of the original now points up
    assert alike(_color(made, (290, 110)), GREEN)
    assert alike(_color(made, (130, 300)), BLUE)
    on_blue = opened(rendition(WIDE, rot=45, bg="00f", **{"rot-type": "pivot"}))
    assert alike(_color(on_blue, (2, 2)), (0, 0, 255), 1)
    on_white = opened(rendition(WIDE, "jpeg", rot=45, **{"rot-type": "pivot"}))
    assert alike(_color(on_white, (2, 2)), (255, 255, 255), 2)


def test_mirrored_first_then_turned() -> None:
    made = opened(rendition(WIDE, flip="h", rot=90, **{"rot-type": "pivot"}))
    assert_shows(made, ORIENTED[5], 1)


def test_an_animation_turns_frame_by_frame() -> None:
    made = rendition(animated("gif", 3), "webp", rot=90, **{"rot-type": "pivot"})
    assert (made.width, made.height) == (30, 40)


def _color(image: Pillow.Image, at: tuple[int, int]) -> tuple[float, ...]:
    found = image.convert("RGB").getpixel(at)
    assert isinstance(found, tuple)
    return found
