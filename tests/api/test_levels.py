"""Levels in the service: made behind it, read instead of originals, and never in its way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from . import library
from .house import House, until


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    library.save(tmp_path / "pictures" / "large.jpg", (2800, 1500), library.RED)
    return tmp_path / "pictures"


def levels(data: Path) -> set[str]:
    """The sides there are; beside them lies how far the catalog was seen."""
    files = [path for path in (data / "derived").rglob("*") if path.is_file()]
    return {path.name[-4:] for path in files if not path.name.startswith("seen-")}


def started(pictures: Path, **settings: Any) -> House:
    return House(pictures, pictures.parent / "data", **settings)


def test_levels_are_made_behind_the_service(pictures: Path) -> None:
    with started(pictures) as house:
        house.settle(1)
        until(lambda: levels(house.services.data) == {"1024", "2048"}, "both levels")
        assert house.metric("levels_total", outcome="made") == 2
        until(lambda: house.services.keeper.progress.stage == "", "the end")


def test_with_levels_an_original_is_not_needed(pictures: Path) -> None:
    with started(pictures) as house:
        id = house.settle(1).image("large.jpg").id
        until(lambda: levels(house.services.data) == {"1024", "2048"}, "both levels")
        (pictures / "large.jpg").unlink()
        assert house.get(f"/i/{id}?w=400").status_code == 200
        assert house.get(f"/i/{id}?w=2700").status_code == 404


def test_a_lost_level_is_made_again_after_the_next_render(pictures: Path) -> None:
    with started(pictures) as house:
        id = house.settle(1).image("large.jpg").id
        until(lambda: levels(house.services.data) == {"1024", "2048"}, "both levels")
        shutil.rmtree(house.services.data / "derived" / "levels")
        assert house.get(f"/i/{id}?w=400").status_code == 200
        until(lambda: levels(house.services.data) == {"1024", "2048"}, "both again")


def test_turned_off_nothing_is_kept(pictures: Path) -> None:
    with started(pictures, render={"pyramid": False}) as house:
        id = house.settle(1).image("large.jpg").id
        assert house.get(f"/i/{id}?w=400").status_code == 200
        assert not (house.services.data / "derived").exists()


def test_a_store_that_fails_is_counted_and_nothing_else(pictures: Path) -> None:
    derived = pictures.parent / "data" / "derived"
    derived.mkdir(parents=True)
    (derived / "levels").write_text("a file where a folder should be")
    with started(pictures) as house:
        id = house.settle(1).image("large.jpg").id
        assert house.get(f"/i/{id}?w=400").status_code == 200
        assert house.metric("levels_total", outcome="unavailable") >= 1


def test_derived_blobs_may_lie_elsewhere_but_not_in_the_source(pictures: Path) -> None:
    elsewhere = pictures.parent / "elsewhere"
    with started(pictures, derived=str(elsewhere)) as house:
        house.settle(1)
        until(lambda: len(list(elsewhere.rglob("*-1024"))) == 1, "a level")
    with pytest.raises(Exception, match="inside the source"):
        started(pictures, derived=str(pictures / "derived"))


def test_levels_of_an_image_that_goes_are_removed(pictures: Path) -> None:
    with started(pictures, watch=True) as house:
        house.settle(1)
        until(lambda: levels(house.services.data) == {"1024", "2048"}, "both levels")
        library.save(pictures / "other.jpg", (40, 30), library.BLUE)
        (pictures / "large.jpg").unlink()
        until(lambda: levels(house.services.data) == set(), "no level")
