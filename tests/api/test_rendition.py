"""`/i/{id}`: a rendition of one image."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from calotype.render.spec import FITS, FORMATS

from .house import House


@pytest.fixture(scope="module")
def url(house: House) -> str:
    return f"/i/{house.image('jackets/green.jpg').id}"


def size(house: House, url: str, **params: Any) -> tuple[int, int]:
    answer = house.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.content)).size


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, (1600, 800)),
        ({"w": 400}, (400, 200)),
        ({"h": 100}, (200, 100)),
        ({"w": 400, "dpr": 2}, (800, 400)),
        ({"w": 300, "h": 300}, (300, 150)),
        ({"w": 300, "h": 300, "fit": "crop"}, (300, 300)),
        ({"w": 300, "h": 300, "fit": "fill"}, (300, 300)),
        ({"w": 300, "h": 300, "fit": "scale"}, (300, 300)),
        ({"w": 4800, "fit": "max"}, (2400, 1200)),
    ],
)
def test_the_size_follows_from_the_parameters(
    house: House, url: str, params: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert size(house, url, **params) == expected


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("w", "0", "a whole number from 1 to 8192"),
        ("w", "abc", "a whole number from 1 to 8192"),
        ("w", "99999", "a whole number from 1 to 8192"),
        ("w", "-5", "a whole number from 1 to 8192"),
        ("w", "", "a whole number from 1 to 8192"),
        ("w", "٤٠٠", "a whole number from 1 to 8192"),
        ("h", "1.5", "a whole number from 1 to 8192"),
        ("dpr", "9", "a number from 0.5 to 5"),
        ("dpr", "nan", "a number from 0.5 to 5"),
        ("fit", "stretch", "one of " + ", ".join(FITS)),
        ("fm", "exe", "one of " + ", ".join(FORMATS)),
        ("q", "0", "a whole number from 1 to 100"),
        ("q", "101", "a whole number from 1 to 100"),
        ("auto", "magic", "a list of format, compress, enhance, redeye"),
    ],
)
@pytest.mark.parametrize("route", ["/i", "/image"])
def test_a_value_out_of_bounds_is_named(
    house: House, url: str, route: str, name: str, value: str, bound: str
) -> None:
    answer = house.get(url if route == "/i" else "/image/hoodie", params={name: value})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "bad-parameter"
    assert (problem["parameter"], problem["bound"], problem["value"]) == (name, bound, value)
    assert problem["detail"] == f"{name} must be {bound}; got {value!r}"


@pytest.mark.parametrize("query", ["w=100&w=200", "w=100&w=100", "fm=png&fm=webp", "q=1&q=2"])
def test_a_parameter_is_given_once(house: House, url: str, query: str) -> None:
    answer = house.get(f"{url}?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == query.split("=")[0]
    assert answer.json()["bound"] == "given once"


def test_a_rendition_of_too_many_pixels_is_sized_down(fresh: Any) -> None:
    house = fresh(render={"max_output_pixels": 10_000})
    id, tags = house.image("red.png").id, set()
    for size in (101, 200, 8192):
        answer = house.get(f"/image/red?w={size}&h={size}&fit=crop")
        assert Image.open(BytesIO(answer.content)).size == (100, 100)
        assert answer.headers["content-location"] == f"/i/{id}?w=100&h=100&fit=crop"
        tags.add(answer.headers["etag"])
    assert tags == {house.get(f"/i/{id}?w=100&h=100&fit=crop").headers["etag"]}
    assert house.metric("renders_total", outcome="ok") == 1


def test_where_avif_would_be_too_large_another_format_is_negotiated(fresh: Any) -> None:
    house = fresh(render={"max_avif_pixels": 10_000})
    for query, accept, kind in (
        ("w=100", "image/avif,image/webp,*/*", "image/avif"),
        ("w=200", "image/avif,image/webp,*/*", "image/webp"),
        ("w=200", "image/avif,*/*", "image/jpeg"),
        ("w=200&fm=png&auto=format", "image/avif,*/*", "image/png"),
        ("w=90&rot=45&rot-type=pivot", "image/avif,*/*", "image/jpeg"),
    ):
        answer = house.get(f"/image/red?{query}", headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), query
        assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("query", ["fm=avif", "fm=avif&auto=format"])
def test_where_only_avif_will_do_it_is_sized_down(fresh: Any, query: str) -> None:
    house = fresh(render={"max_avif_pixels": 10_000})
    id = house.image("red.png").id
    for size in (101, 8192):
        answer = house.get(f"/image/red?w={size}&h={size}&fit=crop&{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/avif")
        canonical = f"/i/{id}?w=100&h=100&fit=crop&{query}"
        assert answer.headers["content-location"] == canonical
        assert house.get(canonical).content == answer.content


@pytest.mark.parametrize("id", ["0" * 40, "x", "hoodie", "A" * 4000, "é", "%00", "{id}"])
def test_an_unknown_id_is_a_404(house: House, id: str) -> None:
    answer = house.get(f"/i/{id}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert len(answer.json()["detail"]) < 300
