"""`/images/{id}`: what is known about one image."""

from __future__ import annotations

from .house import House
from .test_search import IMAGE


def test_is_the_same_shape_as_in_search(house: House) -> None:
    hit = house.get("/search?q=black hoodie").json()["results"][0]
    record = house.get(f"/images/{hit['id']}").json()
    assert record == {name: hit[name] for name in IMAGE}


def test_is_tagged_with_its_image(house: House) -> None:
    id = house.image("hoodies/red.png").id
    answer = house.get(f"/images/{id}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-tag"] == f"img-{id}"


def test_an_unknown_id_is_a_404(house: House) -> None:
    answer = house.get(f"/images/{'0' * 40}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"
