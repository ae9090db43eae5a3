"""Drawings have no pixels of their own: drawn as large as it takes, and no larger than is borne."""

from __future__ import annotations

from typing import Any

import pytest

from calotype.decode import MOST_DRAWN, MOST_SIDE, VipsImage
from calotype.decode import drawing as drawing_module
from calotype.errors import BadParameter
from tests.decode.pictures import BLUE, GREEN, RED, YELLOW, alike, drawing

from .studio import opened, rendition, seen


def around(width: int, height: int) -> bytes:
    """A drawing of this size: white, with a red square from a quarter to the middle of it."""
    inside = (
        '<rect width="62" height="46" fill="white"/>'
        '<rect x="15.5" y="11.5" width="15.5" height="11.5" fill="rgb(220,40,40)"/>'
    )
    return drawing(width, height, inside)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The sizes at which anything was drawn."""
    sizes: list[tuple[int, int]] = []
    draw = drawing_module.draw

    def watched(*given: Any) -> VipsImage:
        image = draw(*given)
        sizes.append((image.width, image.height))
        return image

    monkeypatch.setattr(drawing_module, "draw", watched)
    return sizes


LARGE = {
    "trim": {"trim": "color", "w": "30"},
    "trim, enlarged": {"trim": "color", "w": "3000"},
    "trim and page": {"trim": "color", "page": "1", "w": "30"},
    "page": {"page": "1", "w": "30"},
    "frame": {"frame": "1", "w": "30"},
    "by content": {"w": "300", "h": "8192", "fit": "crop", "crop": "edges"},
    "a small part": {"rect": "0,0,100,100", "w": "1000"},
    "a large part": {"rect": "0,0,8000,4000", "w": "1000"},
    "a line": {"rect": "0,0,1,1", "w": "2000", "h": "1", "fit": "scale"},
}


@pytest.mark.parametrize("params", LARGE.values(), ids=LARGE)
def test_no_more_is_drawn_than_there_may_be(
    params: dict[str, str], drawn: list[tuple[int, int]]
) -> None:
    rendition(drawing(12_000, 9000), **params)
    assert drawn
    assert all(width * height <= MOST_DRAWN for width, height in drawn)
    assert max(map(max, drawn)) <= MOST_SIDE


@pytest.mark.parametrize("size", [(620, 460), (12_000, 9000)])
def test_what_trim_leaves_is_drawn_sharp(size: tuple[int, int]) -> None:
    made = opened(rendition(around(*size), trim="color", w=600, h=600, fit="scale")).convert("RGB")
    assert made.size == (600, 600)
    for place in ((3, 3), (596, 3), (3, 596), (596, 596)):
        color = made.getpixel(place)
        assert isinstance(color, tuple)
        assert alike(color, RED)


def test_what_stays_of_the_border_is_in_pixels_of_the_drawing() -> None:
    made = rendition(around(12_000, 9000), **{"trim": "color", "trim-pad": 100, "fm": "png"})
    # 3000×2250 and 100 on each side, within the 1600 of a rendition that has no size
    assert (made.width, made.height) == pytest.approx((1600, 1600 * 2450 / 3200), abs=3)


@pytest.mark.parametrize("size", [(62, 46), (12_000, 9000)])
@pytest.mark.parametrize(
    ("part", "color"),
    [("0,0,0.5,0.5", RED), ("right,0,0.5,0.5", GREEN), ("0,bottom,0.5,0.5", BLUE),
     ("right,bottom,0.5,0.5", YELLOW)],
)  # fmt: skip
def test_a_part_is_the_part_that_was_asked_for(
    size: tuple[int, int], part: str, color: tuple[int, int, int]
) -> None:
    made = opened(rendition(drawing(*size), rect=part, w=400, h=300, fit="scale"))
    assert all(alike(each[:3], color) for each in seen(made))


@pytest.mark.parametrize("name", ["page", "frame"])
def test_a_drawing_has_one_of_each(name: str) -> None:
    with pytest.raises(BadParameter) as problem:
        rendition(drawing(), **{name: 2})
    assert (problem.value.parameter, problem.value.bound) == (name, f"1: the image has one {name}")
