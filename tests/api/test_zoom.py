"""A viewer zooms in: its tiles are cut from one decode, and say nothing that is out of date."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from . import library
from .house import House

SIZE = (2100, 1500)
TILES = [f"{left},{top},512,512/512,512" for top in (0, 512) for left in (0, 512, 1024)]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    library.save(tmp_path / "pictures" / "large.png", SIZE, library.RED)
    return tmp_path / "pictures"


def started(pictures: Path, name: str = "data", **settings: Any) -> House:
    return House(pictures, pictures.parent / name, **settings)


def tiles(house: House) -> list[str]:
    id = house.image("large.png").id
    return [f"/iiif/3/{id}/{tile}/0/default.png" for tile in TILES]


def decodes(house: House) -> float:
    return house.metric("zoom_total", outcome="decoded")


def test_tiles_asked_for_together_decode_the_original_once(pictures: Path) -> None:
    with started(pictures) as house:
        urls = tiles(house.settle(1))
        assert {answer.status_code for answer in house.together(*urls)} == {200}
        assert decodes(house) == 1
        assert house.metric("zoom_total", outcome="used") == len(urls)


def test_tiles_are_the_same_with_and_without(pictures: Path) -> None:
    with started(pictures) as house:
        with_it = house.together(*tiles(house.settle(1)))
    with started(pictures, "other", render={"zoom_bytes": 0}) as house:
        without = house.together(*tiles(house.settle(1)))
        assert decodes(house) == 0
    assert [answer.content for answer in with_it] == [answer.content for answer in without]
    assert [answer.headers["etag"] for answer in with_it] == [
        answer.headers["etag"] for answer in without
    ]


def test_a_cut_by_parameters_holds_nothing(pictures: Path) -> None:
    with started(pictures) as house:
        id = house.settle(1).image("large.png").id
        assert house.get(f"/i/{id}?rect=0,0,512,512").status_code == 200
        assert decodes(house) == 0


def test_an_image_that_has_gone_is_not_served_from_it(pictures: Path) -> None:
    library.save(pictures / "another.png", (300, 200), library.GREEN)
    with started(pictures, watch=True) as house:
        first, second = tiles(house.settle(2))[:2]
        assert house.get(first).status_code == 200
        record = f"/images/{house.image('large.png').id}"
        (pictures / "large.png").unlink()
        house.wait_for(record, lambda answer: answer.status_code == 404)
        assert house.get(second).status_code == 404


def test_an_image_that_has_changed_is_shown_as_it_is_now(pictures: Path) -> None:
    with started(pictures, watch=True) as house:
        before = tiles(house.settle(1))
        assert shown(house.get(before[-1]).content)[0] > 150
        record = f"/images/{house.image('large.png').id}"
        library.save(pictures / "large.png", SIZE, library.BLUE)
        house.wait_for(record, lambda answer: answer.status_code == 404)
        assert shown(house.get(tiles(house.settle(1))[-1]).content)[2] > 150
        assert house.get(before[0]).status_code == 404


def shown(body: bytes) -> tuple[int, ...]:
    """The colour at the top left of a tile from the middle."""
    with Image.open(BytesIO(body)) as image:
        pixel = image.convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    return pixel
