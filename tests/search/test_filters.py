"""Filters and facets."""

from __future__ import annotations

import pytest

from calotype.model import Color
from calotype.search import parse

from .library import Searching


@pytest.fixture
def shelf(at: Searching) -> Searching:
    red, blue = Color("red", "#f00", 0.6), Color("blue", "#00f", 0.4)
    at.add("wide.jpg", width=2000, height=1000, tags=("Sea & Sun",), colors=(blue,),
           created="2023-06-30T23:59:59", creator="Ansel Adams", license="CC BY 4.0")  # fmt: skip
    at.add("tall.png", width=500, height=900, format="png", tags=("Sea & Sun", "Été"),
           colors=(red, blue), created="2024-01-01")  # fmt: skip
    at.add("square.gif", width=300, height=300, format="gif", colors=(red,))
    at.commit()
    return at


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('tag:"sea & sun"', {"wide.jpg", "tall.png"}),
        ("tag:ete", {"tall.png"}),
        ("-tag:ete", {"wide.jpg", "square.gif"}),
        ("color:red", {"tall.png", "square.gif"}),
        ("color:red color:blue", {"tall.png"}),
        ("color:red,blue", {"wide.jpg", "tall.png", "square.gif"}),
        ("orientation:landscape", {"wide.jpg"}),
        ("orientation:square,portrait", {"tall.png", "square.gif"}),
        ("format:jpg", {"wide.jpg"}),
        ("width:>=500", {"wide.jpg", "tall.png"}),
        ("width:<500", {"square.gif"}),
        ("height:300..900", {"tall.png", "square.gif"}),
        ("width:9..3", set()),
        ('creator:"ansel adams"', {"wide.jpg"}),
        ('license:"cc by 4.0"', {"wide.jpg"}),
        ("after:2024", {"tall.png"}),
        ("before:2024", {"wide.jpg"}),
        ("after:2023-06-30 before:2023-07", {"wide.jpg"}),
        ("-color:red", {"wide.jpg"}),
    ],
)
def test_a_filter_keeps_what_it_says(shelf: Searching, text: str, names: set[str]) -> None:
    assert set(shelf.names(text)) == names


def test_a_filter_beside_words(shelf: Searching) -> None:
    assert shelf.names("sea", format="png") == ["tall.png"]


def test_filters_do_not_rank(shelf: Searching) -> None:
    plain = {hit.image.name: hit.score for hit in shelf.page("sea").hits}
    kept = shelf.page("sea color:red").hits[0]
    assert kept.score == pytest.approx(plain["tall.png"])


def test_facets_count_what_matches(shelf: Searching) -> None:
    counted = shelf.index.facets(parse("sea"))
    assert counted == {
        "color": {"blue": 2, "red": 1},
        "orientation": {"landscape": 1, "portrait": 1},
        "format": {"jpeg": 1, "png": 1},
        "tag": {"sea & sun": 2, "ete": 1},
        "license": {"cc by 4.0": 1},
        "creator": {"ansel adams": 1},
    }


def test_facets_of_the_rung_that_answers(shelf: Searching) -> None:
    assert shelf.index.facets(parse("sea zebra"))["format"] == {"jpeg": 1, "png": 1}


def test_facets_of_nothing(shelf: Searching) -> None:
    assert set(map(len, shelf.index.facets(parse("xylophone")).values())) == {0}


def test_every_counted_value_is_a_filter_that_finds_as_many(shelf: Searching) -> None:
    for facet, values in shelf.index.facets(parse("")).items():
        for value, number in values.items():
            assert shelf.index.search(parse("", {facet: value})).total == number
