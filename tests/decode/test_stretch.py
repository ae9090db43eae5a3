"""Drawings whose sides were rounded: no edge is half empty; what must not be, is not stretched."""

from __future__ import annotations

import pytest

from calotype.decode import Limits, fit
from calotype.decode.stretch import filling
from calotype.decode.vips import VipsImage

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'


def drawing(attributes: str, before: str = "") -> str:
    inside = '<rect width="1200" height="800" fill="#d62828"/>'
    return f"{before}<svg {NAMESPACE} {attributes}>{inside}</svg>"


def drawn(text: str, width: int, height: int, encoding: str = "utf-8") -> VipsImage:
    return fit(text.encode(encoding), Limits(), width, height, "exact")


def alphas(image: VipsImage) -> list[float]:
    """In the middle of the left, right, top and bottom edge."""
    right, bottom = image.width - 1, image.height - 1
    places = ((0, bottom // 2), (right, bottom // 2), (right // 2, 0), (right // 2, bottom))
    return [image(*place)[3] for place in places]


WHOLE = {
    "size and view box": 'width="1200" height="800" viewBox="0 0 1200 800"',
    "a size alone": 'width="1200" height="800"',
    "a view box alone": 'viewBox="0 0 1200 800"',
    "a size in percent": 'width="100%" height="100%" viewBox="0 0 1200 800"',
    "millimetres": 'width="300mm" height="200mm" viewBox="0 0 1200 800"',
    "an alignment": 'viewBox="0 0 1200 800" preserveAspectRatio="xMinYMin meet"',
    "single quotes": "viewBox = '0,0,1200,800'\n preserveAspectRatio='xMidYMid'",
    "a > in an attribute": 'aria-label="a > b" viewBox="0 0 1200 800"',
}


@pytest.mark.parametrize("size", [(800, 533), (401, 267), (533, 355), (700, 467), (64, 9)])
@pytest.mark.parametrize("attributes", WHOLE.values(), ids=WHOLE)
def test_every_edge_is_filled(attributes: str, size: tuple[int, int]) -> None:
    assert alphas(drawn(drawing(attributes), *size)) == [255, 255, 255, 255]


BEFORE = {
    "a prolog": '<?xml version="1.0"?>\n<!-- <svg viewBox="0 0 9 9"> -->\n',
    "an entity": '<!DOCTYPE svg [<!ENTITY w "1200">]>\n',
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_what_comes_before_the_root_is_left_alone(before: str) -> None:
    whole = drawing(WHOLE["size and view box"], before)
    assert alphas(drawn(whole, 800, 533)) == [255, 255, 255, 255]


def test_other_proportions_than_its_own_stay_as_they_are_meant() -> None:
    data = drawing('width="1200" height="800" viewBox="0 0 600 600"').encode()
    assert filling(data) == data


def test_an_encoding_of_one_byte_a_character_is_as_good() -> None:
    before = '<?xml version="1.0" encoding="ISO-8859-1"?>'
    whole = drawing('viewBox="0 0 1200 800" aria-label="\xe9"', before)
    assert alphas(drawn(whole, 800, 533, "latin-1")) == [255, 255, 255, 255]


def test_one_of_two_is_left_alone() -> None:
    data = drawing(WHOLE["size and view box"], '<?xml version="1.0"?>').encode("utf-16")
    assert filling(data) == data


@pytest.mark.parametrize("text", ["", "<svg", "no drawing", drawing('viewBox="0 0 a b"')])
def test_what_has_no_size_is_left_alone(text: str) -> None:
    assert filling(text.encode()) == text.encode()
