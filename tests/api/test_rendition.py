"""`/i/{id}`: a rendition of one image."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from calotype.render.spec import FITS, FORMATS

from . import library
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
        ("w", "0", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "abc", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "99999", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "-5", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "٤٠٠", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("h", "1.5", "a whole number from 1 to 8192, or a share such as 0.5"),
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


@pytest.mark.parametrize(
    ("setting", "query", "kind"),
    [("max_fine_avif_pixels", "fm=avif&lossless=true", "image/avif"),
     ("max_gif_pixels", "fm=gif", "image/gif"),
     ("max_gif_pixels", "fm=gif&auto=format", "image/gif")],
)  # fmt: skip
def test_what_a_format_can_not_be_is_sized_down(
    fresh: Any, setting: str, query: str, kind: str
) -> None:
    house = fresh(render={setting: 10_000})
    id = house.image("red.png").id
    for size in (101, 8192):
        answer = house.get(f"/image/red?w={size}&h={size}&fit=crop&{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert Image.open(BytesIO(answer.content)).size == (100, 100)
        canonical = answer.headers["content-location"]
        assert canonical.startswith(f"/i/{id}?w=100&h=100&fit=crop&")
        assert house.get(canonical).content == answer.content


def test_a_moving_picture_is_a_smaller_gif_where_webp_is_not_taken(
    fresh: Any, tmp_path: Path
) -> None:
    library.save(tmp_path / "pictures" / "red.png", (40, 30), library.RED)
    library.animate(tmp_path / "pictures" / "blinking.gif")
    house = fresh(render={"max_gif_pixels": 100})
    id = house.image("blinking.gif").id
    sizes = {}
    for accept in ("*/*", "image/webp"):
        answer = house.get(f"/i/{id}", headers={"accept": accept})
        shown = Image.open(BytesIO(answer.content))
        assert getattr(shown, "n_frames", 1) > 1
        sizes[answer.headers["content-type"]] = math.prod(shown.size)
    assert sizes["image/gif"] <= 100 < sizes["image/webp"]


def test_what_is_too_long_for_webp_is_the_next_format(house: House, url: str) -> None:
    long = f"{url}?pad-top=8192&pad-bottom=8192"
    answer = house.get(long, headers={"accept": "image/webp,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    refused = house.get(f"{long}&fm=webp")
    assert refused.status_code == 400
    assert refused.json()["bound"] == "such that no side of the webp has more than 16383 pixels"


@pytest.mark.parametrize("id", ["0" * 40, "x", "hoodie", "A" * 4000, "é", "%00", "{id}"])
def test_an_unknown_id_is_a_404(house: House, id: str) -> None:
    answer = house.get(f"/i/{id}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
    assert len(answer.json()["detail"]) < 300
