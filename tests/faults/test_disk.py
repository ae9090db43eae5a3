"""One instance's disk is full, or its index damaged: it is taken out, and mends itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.postgres import Server
from tests.fleet.programs import short_folder
from tests.ingest.mounts import fill, mounted

from .conftest import small, variables
from .fleet import Fleet, kill
from .load import Ask, Load
from .pictures import Mix, draw, gallery

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
SICK, IMAGES, MORE, MEGABYTES = "i1", 40, 20, 48


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    gallery(source, IMAGES)
    return source


@pytest.fixture(scope="module")
def sick(source: Path, postgres: Server) -> Iterator[Fleet]:
    """Two instances, of which one keeps what it has on a small disk of its own."""
    with ExitStack() as stack:
        data = stack.enter_context(short_folder())
        data.chmod(0o755)
        stack.enter_context(mounted(data / "fleet" / SICK / "data", MEGABYTES))
        fleet = stack.enter_context(Fleet.start(source, variables(postgres), least=2, data=data))
        fleet.wait_images(IMAGES)
        yield fleet


def test_a_full_disk(sick: Fleet, source: Path) -> None:
    """It cannot take up a change: others answer, until there is room again."""
    mix = Mix(small(source))
    with Load(sick.url, lambda chance: Ask(mix.target(chance)), rate=100) as load:
        filler = fill(sick.folder / SICK / "data")
        try:
            for number in range(MORE):
                draw(source / f"late {number}.jpg", 5000 + number)
            sick.until(lambda: not taken(sick), f"{SICK} being taken out")
            sick.until(lambda: images(sick) == IMAGES + MORE, "the other going on")
            load.reach(200)
        finally:
            filler.unlink()
        sick.wait_ready(2)
        sick.wait_images(IMAGES + MORE)
    assert load.none_failed(), load.failed


def taken(fleet: Fleet) -> bool:
    """Whether the load balancer sends anything to the sick one."""
    return fleet.places().get(SICK, "").startswith("UP")


def images(fleet: Fleet) -> int:
    """That the instances find which are not sick."""
    found = [
        fleet.readiness(each)["images"] for each in fleet.instances("ready") if each.name != SICK
    ]
    return int(max(found, default=0))


@pytest.mark.parametrize("how", ["emptied", "scribbled"])
def test_a_damaged_index(sick: Fleet, source: Path, how: str) -> None:
    """It is noticed when the instance starts again, and built anew."""
    sick.wait_ready(2)
    instance = sick.instance(SICK)
    mix = Mix(small(source))
    with Load(sick.url, lambda chance: Ask(mix.target(chance)), rate=100) as load:
        load.reach(50)
        kill([instance.pid])
        damage(sick.folder / SICK / "data" / "index", how)
        sick.until(
            lambda: sick.instance(SICK).pid not in (0, instance.pid), f"{SICK} starting again"
        )
        sick.wait_ready(2)
        load.reach(50)
    assert load.none_failed(), load.failed
    again = sick.instance(SICK)
    total = sick.readiness(again)["images"]
    assert total == images(sick)
    assert again.get("/search?q=harbour").json()["total"] == IMAGES / 8


def damage(index: Path, how: str) -> None:
    files = [path for path in index.rglob("*") if path.is_file() and path.stat().st_size]
    assert files
    for path in files:
        if how == "emptied":
            os.truncate(path, 0)
        else:
            with path.open("r+b") as file:
                file.seek(path.stat().st_size // 2)
                file.write(b"\0scribble" * 8)
