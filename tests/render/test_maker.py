"""Levels are made in the background: of what was asked for first, one at a time, giving way."""

from __future__ import annotations

import threading

from msgspec.structs import replace

from calotype.errors import NotFound
from calotype.model import Image
from calotype.render.maker import HELD, MOST_WANTED, Maker
from calotype.render.pyramid import Pyramid
from tests.decode.pictures import sample

from .studio import record

BIG = record(sample("jpeg"), width=4000, height=3000)


class Noted(Pyramid):
    """Notes what it was told to make."""

    def __init__(self) -> None:
        self.made: list[tuple[str, bytes]] = []

    def missing(self, image: Image) -> bool:
        return all(id != image.id for id, _ in self.made)

    def make(self, image: Image, original: bytes) -> bool:
        self.made.append((image.id, original))
        return True


def big(id: str) -> Image:
    return replace(BIG, id=id)


def test_wanted_images_are_made_in_order_and_once() -> None:
    noted = Noted()
    maker = Maker(noted, lambda image: b"read")
    for id in ("b", "a", "b"):
        maker.want(big(id), b"held")
    maker.make_wanted()
    maker.want(big("a"))
    maker.make_wanted()
    assert [id for id, _ in noted.made] == ["b", "a"]


def test_few_originals_are_held_in_memory() -> None:
    noted = Noted()
    maker = Maker(noted, lambda image: b"read")
    for number in range(HELD + 2):
        maker.want(big(str(number)), b"held")
    maker.make_wanted()
    assert [data for _, data in noted.made] == [b"held"] * HELD + [b"read"] * 2


def test_so_many_wait_and_the_oldest_are_forgotten() -> None:
    noted = Noted()
    maker = Maker(noted, lambda image: b"read")
    for number in range(MOST_WANTED + 5):
        maker.want(big(str(number)))
    maker.make_wanted()
    assert len(noted.made) == MOST_WANTED
    assert noted.made[0][0] == "5"


def test_an_image_without_levels_is_not_wanted() -> None:
    noted = Noted()
    maker = Maker(noted, lambda image: b"read")
    maker.want(record(sample("jpeg")))
    maker.make_wanted()
    assert noted.made == []


def test_it_gives_way_while_renders_are_under_way() -> None:
    noted, looks = Noted(), iter([True, True, True, False])
    maker = Maker(noted, lambda image: b"read", busy=lambda: next(looks), patience=60)
    maker.want(big("a"))
    maker.make_wanted()
    assert next(looks, None) is None
    assert len(noted.made) == 1


def test_its_patience_ends() -> None:
    noted = Noted()
    maker = Maker(noted, lambda image: b"read", busy=lambda: True, patience=0.01)
    maker.want(big("a"))
    maker.make_wanted()
    assert len(noted.made) == 1


def test_stopping_ends_the_wait_and_makes_nothing_more() -> None:
    noted = Noted()
    maker = Maker(noted, lambda image: b"read", busy=lambda: True, patience=60)
    maker.want(big("a"))

    def work() -> None:
        maker.make_wanted()
        maker.wait()

    working = threading.Thread(target=work)
    working.start()
    maker.stop()
    working.join(20)
    assert not working.is_alive()
    assert noted.made == []


def test_an_original_that_is_gone_is_passed_over() -> None:
    noted = Noted()

    def read(image: Image) -> bytes:
        if image.id == "a":
            raise NotFound("gone")
        return b"read"

    maker = Maker(noted, read)
    for id in ("a", "b"):
        maker.want(big(id))
    maker.make_wanted()
    assert [id for id, _ in noted.made] == ["b"]
