"""`/image/{query}`: the bytes of the best match."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from .house import House


def opened(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    return Image.open(BytesIO(response.content))


def shown(response: httpx.Response) -> str:
    """The id of the image that was delivered."""
    assert response.status_code == 200, response.text
    return response.headers["content-location"].removeprefix("/i/").split("?")[0]


def test_answers_with_the_best_match(house: House) -> None:
    answer = house.get("/image/black hoodie")
    assert opened(answer).size == (640, 480)
    assert shown(answer) == house.image("hoodies/black.jpg").id


def test_the_content_type_is_that_of_the_bytes(house: House) -> None:
    for accept, kind in (("image/avif", "AVIF"), ("image/webp", "WEBP"), ("*/*", "JPEG")):
        answer = house.get("/image/black hoodie", headers={"accept": accept})
        assert opened(answer).format == kind
        assert answer.headers["content-type"] == f"image/{kind.lower()}"


def test_the_size_is_the_one_asked_for(house: House) -> None:
    assert opened(house.get("/image/black hoodie?w=200")).size == (200, 150)


def test_without_a_size_it_fits_in_1600(house: House) -> None:
    assert opened(house.get("/image/green jacket")).size == (1600, 800)


def test_n_asks_for_a_later_match(house: House) -> None:
    first, second = house.get("/image/jacket"), house.get("/image/jacket?n=2")
    names = ("jackets/green.jpg", "jackets/leather.jpg")
    assert {shown(first), shown(second)} == {house.image(name).id for name in names}


def test_n_past_the_last_match_says_how_many_there_are(house: House) -> None:
    answer = house.get("/image/jacket?n=3")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Only 2 images match 'jacket'."


@pytest.mark.parametrize("n", ["0", "-1", "101", "two", "1.5", "", "١"])
def test_n_is_a_whole_number_from_1_to_100(house: House, n: str) -> None:
    answer = house.get("/image/jacket", params={"n": n})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "n"
    assert answer.json()["bound"] == "a whole number from 1 to 100"


@pytest.mark.parametrize(
    ("filter", "name"),
    [
        ("color=blue", "hoodies/blue.webp"),
        ("orientation=portrait", "hoodies/red.png"),
        ("format=webp", "hoodies/blue.webp"),
        ("tag=red", "hoodies/red.png"),
        ("creator=Smith, John", "hoodies/blue.webp"),
        ("license=CC0-1.0", "hoodies/black.jpg"),
        ("width=>=600", "hoodies/black.jpg"),
        ("height=>600", "hoodies/red.png"),
    ],
)
def test_filters_are_parameters(house: House, filter: str, name: str) -> None:
    key, _, value = filter.partition("=")
    assert shown(house.get("/image/hoodie", params={key: value})) == house.image(name).id


def test_filters_may_be_in_the_query(house: House) -> None:
    assert shown(house.get("/image/hoodie color:blue")) == house.image("hoodies/blue.webp").id


@pytest.mark.parametrize("text", ["東京タワー", "café au lait", "cafe", "CAFÉ", "milk 100%"])
def test_any_script_and_any_sign_may_be_asked_for(house: House, text: str) -> None:
    name = "tokyo.jpg" if text.startswith("東") else "café au lait.png"
    assert shown(house.get(f"/image/{quote(text, safe='')}")) == house.image(name).id


def test_a_misspelt_word_finds_the_nearest(house: House) -> None:
    assert shown(house.get("/image/laether")) == house.image("jackets/leather.jpg").id


def test_a_file_name_is_an_exact_match(house: House) -> None:
    assert shown(house.get("/image/leather.jpg")) == house.image("jackets/leather.jpg").id


def test_an_id_is_an_exact_match(house: House) -> None:
    id = house.image("tokyo.jpg").id
    assert shown(house.get(f"/image/{id}")) == id


def test_a_filter_that_was_meant_for_the_rendition_is_told_of(house: House) -> None:
    detail = house.get("/image/red?width=300&quality=80").json()["detail"]
    assert "`width` is a filter of the search; for the rendition use `w`, `q`." in detail
    detail = house.get("/image/red?width=300&height=200&format=webp").json()["detail"]
    assert "`width` and `height` and `format` are filters" in detail
    assert "use `w`, `h`, `fm`." in detail


def test_no_match_is_a_404_with_suggestions(house: House) -> None:
    answer = house.get("/image/zzzzqqqq")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "no-match"
    assert problem["query"] == "zzzzqqqq"
    assert "pebble" in problem["suggestions"]


def test_suggestions_find_something(house: House) -> None:
    problem = house.get("/image/hoodie color:green").json()
    assert problem["suggestions"]
    for text in problem["suggestions"]:
        assert house.get(f"/image/{quote(text, safe='')}").status_code == 200


def test_content_location_is_the_immutable_url_of_the_same_bytes(house: House) -> None:
    answer = house.get("/image/black hoodie?w=200&fm=png")
    same = house.get(answer.headers["content-location"])
    assert same.content == answer.content
    assert same.headers["etag"] == answer.headers["etag"]


def test_unknown_parameters_change_nothing(house: House) -> None:
    plain = house.get("/image/black hoodie?w=201")
    noisy = house.get("/image/black hoodie?w=201&utm_source=x&utm_source=y&_=1")
    assert noisy.headers["etag"] == plain.headers["etag"]
    assert noisy.headers["content-location"] == plain.headers["content-location"]


def test_an_animation_stays_one(house: House) -> None:
    answer = house.get("/image/blinking lamp", headers={"accept": "image/webp"})
    assert getattr(opened(answer), "n_frames", 1) == 3


@pytest.mark.parametrize("path", ["/image", "/image/", "/image/a/b", "/image/hoodie/"])
def test_the_query_is_one_segment_of_the_path(house: House, path: str) -> None:
    answer = house.get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
