"""`kill -9` at any moment of an ingest: the next start goes on; no image is lost or doubled."""

from __future__ import annotations

import hashlib
import io
import json
import random
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from calotype.catalog import Catalog
from calotype.search import SearchConfig, SearchIndex, parse

from .killed import CALOTYPE, Nursery, nursery

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("killed")]

MOMENTS = 50
FIRST_MOMENTS = 5
IMAGES = 60
CHANGES = 20
SEED = 20_260


class Folder:
    """Tiny images named fox-…, which come, go, move, change and are copied."""

    def __init__(self, path: Path) -> None:
        self.path, self._rng, self._made = path, random.Random(SEED), 0
        (path / "sub").mkdir(parents=True)
        for _ in range(IMAGES):
            self.come()

    def come(self) -> None:
        self._made += 1
        where = self.path / self._rng.choice(["", "sub"]) / f"fox-{self._made}.png"
        where.write_bytes(self._picture())

    def stir(self, changes: int) -> None:
        for _ in range(changes):
            files = sorted(self.path.rglob("*.png"))
            one = self._rng.choice(files)
            self._made += 1
            other = self.path / self._rng.choice(["", "sub"]) / f"fox-{self._made}.png"
            kind = self._rng.choice(["come", "change", "move", "copy", "go", "go"])
            if kind == "come" or len(files) < IMAGES:
                self.come()
            elif kind == "change":
                one.write_bytes(self._picture())
            elif kind == "move":
                one.rename(other)
            elif kind == "copy":
                other.write_bytes(one.read_bytes())
            else:
                one.unlink()

    def places(self) -> dict[str, str]:
        """Each file's name, and the id of the image that it is."""
        return {
            file.relative_to(self.path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[
                :40
            ]
            for file in self.path.rglob("*.png")
        }

    def _picture(self) -> bytes:
        buffer = io.BytesIO()
        color = tuple(self._rng.randrange(256) for _ in range(3))
        Image.new("RGB", (8, self._rng.randrange(4, 12)), color).save(buffer, "png")
        return buffer.getvalue()


@pytest.fixture(scope="module")
def kennel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Processes that write to the catalog every few images, so that there is much to interrupt."""
    home = tmp_path_factory.mktemp("home")
    with nursery({"XDG_DATA_HOME": str(home), "CALOTYPE_INGEST_BATCH": "4"}) as kennel:
        kennel.run(["--version"])  # it has imported all that it needs when this is done
        yield kennel


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "pictures")


def work(kennel: Nursery, folder: Folder, data: Path) -> float:
    """Seconds of processor time that an `add` takes which nobody interrupts."""
    code, used = kennel.run(["add", str(folder.path), "--data", str(data)])
    assert code == 0
    return used


def add(folder: Folder, data: Path) -> dict[str, object]:
    """The summary of an ordinary `calotype add`."""
    command = [str(CALOTYPE), "add", str(folder.path), "--data", str(data), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60)
    return dict(json.loads(done.stdout))


def assert_whole(folder: Folder, data: Path) -> None:
    """The database is sound, and catalog and index have what the folder has, each once."""
    with sqlite3.connect(data / "catalog.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
    places = folder.places()
    catalog = Catalog.open(f"sqlite:///{data / 'catalog.sqlite'}")
    images = [change.image for change in catalog.changes(0, 10_000) if change.image]
    catalog.close()
    assert {place.name: image.id for image in images for place in image.places} == places
    assert all(image.analysed for image in images)

    index = SearchIndex.open(data / "index", SearchConfig())
    for query in ("", "fox"):
        hits = index.search(parse(query), 100).hits
        assert sorted(hit.image.id for hit in hits) == sorted(set(places.values()))


def test_killed_at_random_moments_nothing_is_lost_or_doubled(
    kennel: Nursery, folder: Folder, tmp_path: Path
) -> None:
    rng, data = random.Random(SEED), tmp_path / "data"
    work(kennel, folder, data)
    folder.stir(CHANGES)
    used = work(kennel, folder, data)
    killed = 0
    for _ in range(3 * MOMENTS):
        folder.stir(CHANGES)
        code, _ = kennel.run(["add", str(folder.path), "--data", str(data)], rng.uniform(0, used))
        assert code in (0, -9)
        killed += code == -9
        if killed == MOMENTS:
            break
    assert killed == MOMENTS

    add(folder, data)
    assert_whole(folder, data)
    again = add(folder, data)
    assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0)


def test_killed_during_its_first_start_the_next_one_goes_on(
    kennel: Nursery, folder: Folder, tmp_path: Path
) -> None:
    used = work(kennel, folder, tmp_path / "whole")
    for moment in range(FIRST_MOMENTS):
        data = tmp_path / f"data-{moment}"
        arguments = ["add", str(folder.path), "--data", str(data)]
        kennel.run(arguments, used * moment / FIRST_MOMENTS)
        code, _ = kennel.run(arguments)
        assert code == 0
        assert_whole(folder, data)
