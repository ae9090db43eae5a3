"""The PostgreSQL of a fleet: its first start, cut short; and what is left when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype.commands.places import fleet_catalog
from calotype.errors import CatalogUnavailable, Unusable
from calotype.fleet import asking, leftovers, programs
from calotype.fleet.database import Database
from calotype.fleet.events import Events
from calotype.fleet.topology import Topology

from .programs import short_folder
from .topologies import topology

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("database")]


@pytest.fixture
def top() -> Iterator[Topology]:
    if programs.find("postgres") is None:
        pytest.skip("no PostgreSQL is installed (Debian: postgresql)")
    with short_folder() as folder:
        folder.chmod(0o755)  # for the user postgres
        (folder / "fleet").mkdir()
        yield topology(folder / "fleet")


def started_and_ended(top: Topology) -> bool:
    """Whether it answered in between."""

    async def run() -> bool:
        database = Database(top, Events().say)
        try:
            await database.start()
            assert fleet_catalog(top.folder.parent) == top.catalog
            return await database.look()
        finally:
            await database.stop()

    return asyncio.run(run())


def test_one_whose_making_was_cut_short_is_made_anew(top: Topology) -> None:
    home = top.public / "catalog"

    async def cut_short() -> None:
        starting = asyncio.create_task(Database(top, Events().say).start())

        async def begun() -> bool:
            return any(home.glob("data*/PG_VERSION"))

        await asking.until(begun, 60, 0.01)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)

    asyncio.run(cut_short())
    assert not (home / "data").exists()
    assert not initdbs(home)
    assert started_and_ended(top)


def initdbs(home: Path) -> list[int]:
    """Processes that still make a cluster there."""
    seen = (leftovers.look(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit())
    named = [s.pid for s in seen if s and s.name in ("initdb", "postgres") and s.state != "Z"]
    return [pid for pid in named if str(home).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_its_url_is_known_while_it_runs(top: Topology) -> None:
    assert started_and_ended(top)
    with pytest.raises(CatalogUnavailable, match="does not run"):
        fleet_catalog(top.folder.parent)


def test_what_is_no_cluster_is_left_alone(top: Topology) -> None:
    data = top.public / "catalog" / "data"
    data.mkdir(parents=True)
    (data / "letter").write_text("Dear all")
    with pytest.raises(Unusable, match="no PostgreSQL cluster"):
        started_and_ended(top)
    assert (data / "letter").exists()


def test_it_takes_as_many_connections_as_instances_may_have(top: Topology) -> None:
    for slots in (4, 200):
        command = Database(topology(top.folder, slots=slots), Events().say).process.command
        most = next(int(p.split("=")[1]) for p in command.argv if p.startswith("max_conn"))
        assert most > 6 * slots
