"""The render parameters over HTTP: what only headers and caches see."""

from __future__ import annotations

import base64
from typing import Any, NoReturn

import pytest

from calotype.api import delivery

from .house import House


@pytest.fixture(scope="module")
def url(house: House) -> str:
    return f"/i/{house.image('jackets/green.jpg').id}"


def test_facts_are_json_and_are_not_negotiated(house: House, url: str) -> None:
    answer = house.get(f"{url}?fm=json", headers={"accept": "image/avif,image/webp"})
    assert answer.headers["content-type"] == "application/json"
    assert "vary" not in answer.headers
    facts = answer.json()
    assert (facts["PixelWidth"], facts["PixelHeight"]) == (2400, 1200)


def test_facts_need_neither_the_file_nor_a_render(
    fresh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = fresh()
    url = f"/i/{house.image('blue.jpg').id}?fm=json"

    def nothing(*args: Any, **named: Any) -> NoReturn:
        raise AssertionError("this is work for nothing")

    monkeypatch.setattr(delivery, "read_original", nothing)
    monkeypatch.setattr(house.services.renderer, "submit", nothing)
    monkeypatch.setattr(house.services.renditions, "get", nothing)
    assert house.get(url).json()["Content-Type"] == "image/jpeg"


def test_a_blurhash_is_text(house: House, url: str) -> None:
    first, again = (house.get(f"{url}?fm=blurhash&w=64") for _ in range(2))
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(first.text) == 28
    assert again.text == first.text


def test_a_download_has_a_name_and_the_same_etag(house: House, url: str) -> None:
    plain = house.get(f"{url}?w=40")
    saved = house.get(f"{url}?w=40&dl=Gr%C3%BCn.jpg")
    assert "content-disposition" not in plain.headers
    assert saved.headers["content-disposition"] == (
        "attachment; filename=\"Gr_n.jpg\"; filename*=UTF-8''Gr%C3%BCn.jpg"
    )
    assert saved.headers["etag"] == plain.headers["etag"]
    assert saved.content == plain.content


@pytest.mark.parametrize(
    "query",
    [
        "w=40&h=30&fit=crop&crop=faces",
        "ixlib=js-3.8.0&h=30&fit=crop&w=40",
        "w64=NDA&h=30&f=crop",
        "w=20&h=15&dpr=2&fit=crop&blur=0&rot=0&txt=no",
    ],
)
def test_the_same_wish_has_one_etag(house: House, url: str, query: str) -> None:
    plain = house.get(f"{url}?w=40&h=30&fit=crop")
    assert house.get(f"{url}?{query}").headers["etag"] == plain.headers["etag"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("rect=9999,0,5,5", "rect"),
        ("w=40&pad=30", "pad"),
        ("w=0.01&pad=30", "pad"),
        ("page=7", "page"),
        ("frame=2", "frame"),
        ("w=40&w64=NDA", "w"),
        ("crop=top&crop=left", "crop"),
        ("or=6&orient=3", "or"),
    ],
)
def test_what_cannot_be_is_a_400_that_names_it(
    house: House, url: str, query: str, parameter: str
) -> None:
    answer = house.get(f"{url}?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter


def test_a_frame_of_an_animation_is_negotiated_like_any_image(house: House) -> None:
    url = f"/i/{house.image('blinking.gif').id}"
    accept = {"accept": "image/avif,image/webp,*/*"}
    assert house.get(f"{url}?w=40&frame=2", headers=accept).headers["content-type"] == "image/avif"
    assert house.get(f"{url}?w=40", headers=accept).headers["content-type"] == "image/webp"


def test_the_canonical_url_of_a_search_asks_for_the_same(house: House) -> None:
    name = base64.urlsafe_b64encode("Grün.jpg".encode()).decode()
    answer = house.get(f"/image/green jacket?w=40&dl64={name}&crop=top&rot=15&bg=red")
    place = answer.headers["content-location"]
    assert place.endswith("?w=40&rot=15&bg=ff0000&dl=Gr%C3%BCn.jpg")
    again = house.get(place)
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["content-disposition"] == answer.headers["content-disposition"]
