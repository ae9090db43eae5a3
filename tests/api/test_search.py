"""`/search`: hits as JSON."""

from __future__ import annotations

from typing import Any

import pytest

from . import library
from .house import House

ANSWER = {"query", "total", "took_ms", "facets", "results", "next", "suggestions"}
IMAGE = {
    "id", "name", "title", "description", "alt", "tags", "creator", "license", "width", "height",
    "format", "bytes", "created", "colors", "thumbhash", "urls",
}  # fmt: skip
URLS = {"thumb", "small", "regular", "full", "original", "iiif"}


def found(house: House, **params: Any) -> dict[str, Any]:
    answer = house.get("/search", params=params)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def names(house: House, **params: Any) -> set[str]:
    return {hit["name"] for hit in found(house, **params)["results"]}


def pages(house: House, **params: Any) -> list[list[str]]:
    """The names on each page, cursor by cursor."""
    all_pages, cursor = [], None
    while True:
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = found(house, **params, **more)
        all_pages.append([hit["name"] for hit in page["results"]])
        cursor = page["next"]
        if cursor is None:
            return all_pages


def test_has_the_one_shape(house: House) -> None:
    answer = found(house, q="hoodie")
    assert set(answer) == ANSWER
    for hit in answer["results"]:
        assert set(hit) == IMAGE | {"score", "match"}
        assert set(hit["urls"]) == URLS


def test_a_hit_says_all_that_is_known(house: House) -> None:
    hit = found(house, q="black hoodie")["results"][0]
    assert hit["name"] == "hoodies/black.jpg"
    assert hit["title"] == "Black hoodie"
    assert hit["tags"] == ["hoodie", "black"]
    assert (hit["width"], hit["height"], hit["format"]) == (640, 480, "jpeg")
    assert (hit["creator"], hit["license"]) == ("Ada Draughts", "CC0-1.0")
    assert (hit["alt"], hit["description"]) == ("A black hoodie", "Warm and heavy.")
    assert hit["bytes"] == (house.pictures / "hoodies/black.jpg").stat().st_size
    assert "black" in {color["name"] for color in hit["colors"]}
    assert sum(color["share"] for color in hit["colors"]) <= 1.001


def test_every_url_of_a_hit_that_is_served_answers(house: House) -> None:
    urls = found(house, q="black hoodie")["results"][0]["urls"]
    for name in URLS - {"iiif"}:
        assert house.get(urls[name]).status_code == 200


def test_urls_begin_with_the_origin_that_is_set(fresh: Any) -> None:
    house = fresh(server={"base_url": "https://images.example.org"})
    urls = found(house)["results"][0]["urls"]
    assert all(url.startswith("https://images.example.org/i") for url in urls.values())


@pytest.mark.parametrize(
    ("q", "match"),
    [
        ("leather.jpg", "exact"),
        ("red hoodie", "words"),
        ("hodie", "near"),
        ("hoodie piano", "some"),
    ],
)
def test_a_hit_says_how_it_matched(house: House, q: str, match: str) -> None:
    assert found(house, q=q)["results"][0]["match"] == match


def test_without_words_everything_is_listed_newest_first(house: House) -> None:
    listed = found(house, limit=100)
    assert listed["total"] == library.COUNT
    born = [house.image(hit["name"]).born for hit in listed["results"]]
    assert born == sorted(born, reverse=True)


def test_24_hits_are_on_a_page(house: House) -> None:
    assert len(found(house)["results"]) == 24


def test_limit_says_how_many(house: House) -> None:
    assert len(found(house, limit=1)["results"]) == 1
    assert len(found(house, limit=100)["results"]) == library.COUNT


@pytest.mark.parametrize("limit", ["0", "101", "-5", "ten", "1e1", "", "99999999999"])
def test_limit_is_from_1_to_100(house: House, limit: str) -> None:
    answer = house.get("/search", params={"limit": limit})
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["parameter"], problem["bound"]) == ("limit", "a whole number from 1 to 100")
    assert problem["value"] == limit


@pytest.mark.parametrize("q", ["", "pebble", "tag:pebble"])
def test_pages_hold_every_hit_once(house: House, q: str) -> None:
    whole = found(house, q=q, limit=100)
    listed = pages(house, q=q, limit=7)
    assert [name for page in listed for name in page] == [h["name"] for h in whole["results"]]
    assert all(len(page) == 7 for page in listed[:-1])


def test_the_total_is_the_same_on_every_page(house: House) -> None:
    first = found(house, q="pebble", limit=20)
    second = found(house, q="pebble", limit=20, cursor=first["next"])
    assert first["total"] == second["total"] == library.PEBBLES


def tampered(cursor: str) -> list[str]:
    turned = "B" if cursor[-5] != "B" else "C"
    return [
        "x",
        cursor[:-1],
        cursor + "A",
        cursor[:-5] + turned + cursor[-4:],
        "A" * 9000,
        "é",
        cursor[::-1],
    ]


def test_a_cursor_that_was_tampered_with_is_refused(house: House) -> None:
    cursor = found(house, q="pebble", limit=5)["next"]
    for wrong in tampered(cursor):
        answer = house.get("/search", params={"q": "pebble", "limit": 5, "cursor": wrong})
        assert answer.status_code == 400, wrong
        assert answer.json()["parameter"] in ("cursor", "query string")


def test_a_cursor_belongs_to_its_query(house: House) -> None:
    cursor = found(house, q="pebble", limit=5)["next"]
    answer = house.get("/search", params={"q": "hoodie", "limit": 5, "cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad-cursor"


FILTERS = [
    ("tag", "drink", {"café au lait.png"}),
    ("color", "blue", {"hoodies/blue.webp"}),
    ("orientation", "portrait", {"hoodies/red.png"}),
    ("format", "gif", {"blinking.gif"}),
    ("width", ">=2000", {"jackets/green.jpg"}),
    ("height", "1200", {"jackets/green.jpg"}),
    ("license", "CC-BY-4.0", {"jackets/green.jpg"}),
    ("creator", "Ada Draughts", {"hoodies/black.jpg", "hoodies/red.png"}),
    ("before", "1999", set()),
    ("after", "2100", set()),
]


@pytest.mark.parametrize(("name", "value", "expected"), FILTERS)
def test_each_filter_is_a_parameter(
    house: House, name: str, value: str, expected: set[str]
) -> None:
    assert names(house, **{name: value}) == expected


@pytest.mark.parametrize(("name", "value", "expected"), FILTERS)
def test_each_filter_means_the_same_in_the_query(
    house: House, name: str, value: str, expected: set[str]
) -> None:
    assert names(house, q=f'{name}:"{value}"') == names(house, **{name: value})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tag=red&tag=blue", {"hoodies/red.png", "hoodies/blue.webp"}),
        ("tag=rain,+wind", {"jackets/green.jpg"}),
        ("creator=Smith,+John", {"hoodies/blue.webp"}),
        ("format=gif,svg", {"blinking.gif", "drawing.svg"}),
        ("format=gif&format=svg", {"blinking.gif", "drawing.svg"}),
        ("tag=", None),
    ],
)
def test_a_repeated_filter_means_any_of_its_values(
    house: House, query: str, expected: set[str] | None
) -> None:
    answer = house.get(f"/search?limit=100&{query}").json()
    everything = names(house, limit=100)
    assert {hit["name"] for hit in answer["results"]} == (expected or everything)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("color", "mauve"), ("orientation", "round"), ("format", "exe"), ("width", "wide"),
        ("height", "10..x"), ("after", "yesterday"), ("before", "2024-13"),
    ],
)  # fmt: skip
def test_a_filter_out_of_bounds_is_named(house: House, name: str, value: str) -> None:
    for params in ({name: value}, {"q": f"{name}:{value}"}):
        answer = house.get("/search", params=params)
        assert answer.status_code == 400
        problem = answer.json()
        assert (problem["code"], problem["parameter"]) == ("bad-query", name)
        assert problem["value"] == value


def test_facets_count_all_hits(house: House) -> None:
    facets = found(house, q="hoodie", limit=1)["facets"]
    assert facets["format"] == {"jpeg": 1, "png": 1, "webp": 1}
    assert facets["orientation"] == {"landscape": 1, "portrait": 1, "square": 1}
    assert facets["tag"] == {"hoodie": 3, "black": 1, "red": 1, "blue": 1}


def test_facets_come_with_the_first_page_alone_unless_asked(house: House) -> None:
    cursor = found(house, q="pebble", limit=5)["next"]
    assert found(house, q="pebble", limit=5, cursor=cursor)["facets"] == {}
    assert found(house, q="pebble", limit=5, cursor=cursor, facets="true")["facets"]["tag"]
    assert found(house, q="pebble", facets="false")["facets"] == {}


def test_prefix_takes_the_last_word_for_the_beginning_of_one(house: House) -> None:
    assert found(house, q="black hoo", prefix="true")["results"][0]["name"] == "hoodies/black.jpg"


@pytest.mark.parametrize("name", ["prefix", "facets"])
def test_a_flag_is_true_or_false(house: House, name: str) -> None:
    answer = house.get("/search", params={name: "maybe"})
    assert answer.status_code == 400
    assert (answer.json()["parameter"], answer.json()["bound"]) == (name, "true or false")


def test_no_match_has_suggestions_and_no_hits(house: House) -> None:
    answer = found(house, q="zzzzqqqq")
    assert (answer["total"], answer["results"], answer["next"]) == (0, [], None)
    assert answer["suggestions"]


def test_hits_need_no_suggestions(house: House) -> None:
    assert found(house, q="hoodie")["suggestions"] == []


def test_the_query_is_repeated_as_it_was_typed(house: House) -> None:
    assert found(house, q="  Black   HOODIE ")["query"] == "  Black   HOODIE "


@pytest.mark.parametrize("q", ["-hoodie", '"green jacket"', "pebble -number", "jacket -leather"])
def test_phrases_and_exclusions_are_understood(house: House, q: str) -> None:
    expected = {
        "-hoodie": library.COUNT - 3,
        '"green jacket"': 1,
        "pebble -number": 0,
        "jacket -leather": 1,
    }
    assert found(house, q=q)["total"] == expected[q]
