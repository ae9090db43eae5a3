"""Levels are made once for all instances, by the one that leads; what is asked for, by any."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from msgspec.structs import replace

from calotype.blobs import Derived
from calotype.catalog import Catalog, Drop, Pixels, Put
from calotype.levels import Levels
from calotype.metrics import Metrics
from calotype.model import Image, Place
from calotype.render.maker import Maker
from calotype.render.pyramid import Pyramid
from calotype.report import Report


class Noted(Pyramid):
    """Notes which images it was asked about, and what it was told to remove."""

    def __init__(self, store: Derived) -> None:
        super().__init__(store)
        self.asked: list[str] = []
        self.dropped: list[str] = []

    def missing(self, image: Image) -> bool:
        self.asked.append(image.id[:1])
        return True

    def make(self, image: Image, original: bytes) -> bool:
        return True

    def drop(self, id: str) -> None:
        self.dropped.append(id[:1])


class Instance:
    def __init__(self, catalog: Catalog, store: Derived, *, leads: bool = True) -> None:
        self.pyramid, self.report = Noted(store), Report(Metrics())
        self.maker = Maker(self.pyramid, lambda image: b"an original")
        self.levels = Levels(catalog, self.maker, lambda: leads, self.report)

    def look_at_all(self) -> list[str]:
        while self.levels._go_on(Event()):
            pass
        return self.pyramid.asked


def image(letter: str) -> Image:
    return Image(letter * 40, "jpeg", 4000, 3000, 1000, (Place("/s", "x.jpg", "1"),))


def add(catalog: Catalog, letters: str) -> None:
    catalog.apply([Put(Place("/s", f"{each}.jpg", "1"), image(each)) for each in letters])
    catalog.apply([Pixels(each * 40, (), "", False) for each in letters])


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    add(catalog, "abc")
    yield catalog
    catalog.close()


@pytest.fixture
def store(tmp_path: Path) -> Derived:
    return Derived.open(tmp_path / "derived")


def test_all_are_looked_at_once_whoever_leads(catalog: Catalog, store: Derived) -> None:
    assert Instance(catalog, store).look_at_all() == ["a", "b", "c"]
    add(catalog, "d")
    assert Instance(catalog, store).look_at_all() == ["d"]


def test_with_the_store_emptied_all_are_looked_at_again(catalog: Catalog, tmp_path: Path) -> None:
    Instance(catalog, Derived.open(tmp_path / "one")).look_at_all()
    assert Instance(catalog, Derived.open(tmp_path / "two")).look_at_all() == ["a", "b", "c"]


def test_a_catalog_that_went_back_to_a_backup_is_looked_at_from_its_beginning(
    catalog: Catalog, store: Derived
) -> None:
    Pyramid(store).mark_seen(catalog.epoch(), catalog.last_seq() + 1)
    assert Instance(catalog, store).look_at_all() == ["a", "b", "c"]


def test_the_levels_of_what_went_between_two_leaders_go(catalog: Catalog, store: Derived) -> None:
    catalog.apply([Drop("/s", "a.jpg", "1")])
    first = Instance(catalog, store)
    assert first.look_at_all() == ["b", "c"]
    assert first.pyramid.dropped == []  # it cannot have been made
    catalog.apply([Drop("/s", "b.jpg", "1")])
    second = Instance(catalog, store)
    second.look_at_all()
    assert second.pyramid.dropped == ["b"]


def test_one_that_does_not_lead_makes_what_is_asked_for_alone(
    catalog: Catalog, store: Derived
) -> None:
    follower, stop = Instance(catalog, store, leads=False), Event()

    def made_and_stopped(image: Image, original: bytes) -> bool:
        stop.set()
        follower.maker.stop()
        return True

    follower.pyramid.make = made_and_stopped  # type: ignore[method-assign]
    follower.maker.want(replace(image("c"), analysed=True))
    follower.levels.run(stop)
    assert follower.pyramid.asked == ["c"]


def test_images_are_counted_once_for_all_levels_of_a_pass(
    catalog: Catalog, store: Derived, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, counts = Instance(catalog, store), iter([3])
    monkeypatch.setattr(catalog, "count", lambda: next(counts))
    for _ in range(3):
        instance.levels.note(image("a"))
    assert (instance.report.progress.done, instance.report.progress.total) == (3, 3)
