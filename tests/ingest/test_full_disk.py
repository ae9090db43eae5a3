"""A real file system that is full while catalog or index are written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype.search import SearchConfig, SearchIndex, parse
from tests.api.house import House, until
from tests.decode.pictures import quadrants

from .adding import add
from .mounts import fill, mounted

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("full disk")]

MEGABYTES = 8


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    draw(source, "red", 3)
    return source


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "disk", MEGABYTES) as disk:
        yield disk


def draw(source: Path, name: str, number: int) -> None:
    """Images with a description each, so that the catalog needs room for them."""
    sizes = {"red": 20, "blue": 400}[name]
    for size in range(sizes, sizes + number):
        quadrants(size, 20).save(source / f"{name} {size}.png")
        (source / f"{name} {size}.txt").write_text(f"{size} words. " * 200)


def intact(catalog: Path) -> bool:
    with sqlite3.connect(catalog) as database:
        found = database.execute("PRAGMA integrity_check").fetchall()
    database.close()
    return found == [("ok",)]


def names(house: House, query: str) -> int:
    return int(house.get(f"/search?q={query}").json()["total"])


def test_add_says_so_and_goes_on_when_there_is_room(source: Path, disk: Path) -> None:
    data = disk / "data"
    assert add(source, data).code == 0
    draw(source, "blue", 300)
    filler = fill(disk)
    done = add(source, data)
    assert done.code == 3
    assert "full" in done.err
    assert "Traceback" not in done.err
    filler.unlink()
    assert intact(data / "catalog.sqlite")
    assert add(source, data).summary["images"] == 303


def test_a_service_answers_and_goes_on_when_there_is_room(source: Path, disk: Path) -> None:
    data = disk / "data"
    with House(source, data, watch=True) as house:
        house.settle(3)
        filler = fill(disk)
        draw(source, "blue", 300)
        until(lambda: house.metric("errors_total", part="watch", what="CatalogUnavailable"))
        assert names(house, "red") == 3
        assert house.get("/image/red?w=10").status_code == 200
        assert house.get("/healthz").status_code == 200
        filler.unlink()
        until(lambda: names(house, "blue") == 300, "300 blue images")
    assert intact(data / "catalog.sqlite")


def test_the_index_in_use_answers_while_a_newer_one_has_no_room(
    source: Path, disk: Path, tmp_path: Path
) -> None:
    """The catalog lies on another disk."""
    catalog = f"sqlite:///{tmp_path}/catalog.sqlite"
    with House(source, disk / "data", watch=True, catalog=catalog) as house:
        house.settle(3)
        filler = fill(disk)
        draw(source, "blue", 300)
        until(lambda: house.metric("errors_total", part="index", what="OSError"))
        assert names(house, "red") == 3
        assert house.get("/image/red?w=10").status_code == 200
        filler.unlink()
        until(lambda: names(house, "blue") == 300, "300 blue images")


def test_add_says_so_when_the_index_has_no_room(
    source: Path, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_CATALOG", f"sqlite:///{tmp_path}/catalog.sqlite")
    assert add(source, disk / "data").code == 0
    filler = fill(disk)
    draw(source, "blue", 300)
    done = add(source, disk / "data")
    assert done.code == 3
    assert "is its disk full?" in done.err
    assert "Traceback" not in done.err
    filler.unlink()
    assert add(source, disk / "data").summary["unchanged"] == 303
    found = SearchIndex.open(disk / "data" / "index", SearchConfig()).search(parse("blue"))
    assert found.total == 300
