"""One instance ingests for all that share a catalog; when it goes, another does."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from PIL import Image

from calotype import leading, report
from calotype.blobs import Source
from calotype.errors import CatalogUnavailable
from calotype.keeper import Keeper
from tests.api.house import House, until
from tests.contract.postgres import Server, running_server
from tests.decode.pictures import sample
from tests.ingest.killed import CALOTYPE

from .conftest import Gated, Keep, Kept

MANY = 60


def started(kept: Kept) -> Kept:
    kept.keeper.start()
    return kept


def role(keeper: Keeper) -> str:
    return "leads" if keeper.leads else "follows" if keeper._leading.follows else ""


def test_one_leads_the_others_follow_and_have_the_same(keep: Keep, tmp_path: Path) -> None:
    first = started(keep())
    until(lambda: first.keeper.leads)
    second = started(keep(index=tmp_path / "second"))
    until(lambda: not second.keeper.waiting_for, "readiness")
    until(lambda: second.index.count() == 3, "three images")
    assert second.keeper.settled.is_set()
    assert (role(first.keeper), role(second.keeper)) == ("leads", "follows")


def test_what_changed_between_two_leaders_is_found(
    keep: Keep, source: Gated, tmp_path: Path
) -> None:
    first = started(keep(watch=True))
    assert first.keeper.settled.wait(20)
    first.keeper.stop()
    (source.root / "d.gif").write_bytes(sample("gif"))
    (source.root / "a.png").unlink()
    second = started(keep(index=tmp_path / "second", watch=True))
    until(lambda: second.index.ready and second.names() == ["b.jpg", "c.webp", "d.gif"])


def test_a_follower_leads_when_the_leader_stops(keep: Keep, source: Gated, tmp_path: Path) -> None:
    first = started(keep(watch=True))
    until(lambda: first.keeper.leads)
    second = started(keep(index=tmp_path / "second", watch=True))
    until(lambda: role(second.keeper) == "follows")
    first.keeper.stop()
    until(lambda: second.keeper.leads)
    (source.root / "d.gif").write_bytes(sample("gif"))
    until(lambda: second.index.count() == 4, "the new image")


def test_a_follower_has_not_walked_before_the_leader_has(
    keep: Keep, source: Gated, tmp_path: Path
) -> None:
    source.held = "a.png"
    first = started(keep())
    until(lambda: first.keeper.leads)
    second = started(keep(index=tmp_path / "second"))
    until(lambda: second.index.ready and role(second.keeper) == "follows")
    assert second.keeper.waiting_for == "The source is being read for the first time."
    source.gate.set()
    until(lambda: not second.keeper.waiting_for, "readiness")


def test_a_leader_that_can_read_no_source_lets_another_try(
    keep: Keep, source: Gated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "GIVE_UP", 0.0)
    first = keep()
    first.sources = (Gated(tmp_path / "not mounted here"),)
    started(first)
    until(lambda: first.faults("ingest", "SourceUnavailable"), "the fault")
    second = started(keep(index=tmp_path / "second"))
    until(lambda: second.index.ready and len(second.names()) == 3, "three images")


def test_a_leader_that_knows_no_sources_lets_another_lead(
    keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that cannot ask the catalog for them."""
    monkeypatch.setattr(report, "RETRY", 60.0)
    first = keep()

    def unknown() -> list[Source]:
        raise CatalogUnavailable("The catalog's database does not answer.")

    first.keeper._leading._sources = unknown
    started(first)
    until(lambda: first.faults("ingest", "CatalogUnavailable"), "the fault")
    second = started(keep(index=tmp_path / "second"))
    until(lambda: second.keeper.leads)


def test_who_hangs_when_the_lease_is_lost_says_so_and_leads_no_more_until_it_ends(
    keep: Keep, source: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "END", 0.0)
    source.held = "a.png"
    kept = started(keep())
    until(lambda: kept.keeper.leads and source.reached.is_set(), "the file that hangs")
    with monkeypatch.context() as lost:
        lost.setattr(kept.keeper._leading._lease, "held", lambda: False)
        until(lambda: kept.keeper._leading.broken, "what hangs")
    assert not kept.keeper.leads
    source.gate.set()
    until(lambda: kept.keeper.leads)
    assert not kept.keeper._leading.broken


def test_pixels_of_what_another_instance_added_are_looked_at(
    keep: Keep, source: Gated, tmp_path: Path
) -> None:
    leader = started(keep())
    assert leader.keeper.settled.wait(20)
    other = keep(index=tmp_path / "other")  # never started: only its catalog and ingest are used
    (source.root / "d.gif").write_bytes(sample("gif"))
    other.ingest.run(source)
    until(lambda: leader.index.count() == 4, "the new image")
    until(lambda: leader.catalog.unanalysed_count() == 0, "its colours")


@pytest.fixture
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Many small images, each another one."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(MANY):
        Image.new("RGB", (20 + number, 20)).save(folder / f"{number:03}.png")
    return folder


def ids(folder: Path) -> dict[str, str]:
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:40] for file in folder.iterdir()
    }


@contextmanager
def served(pictures: Path, data: Path, catalog: str) -> Iterator[subprocess.Popen[bytes]]:
    """An instance in a process of its own, which writes to the catalog image by image."""
    variables = {
        "CALOTYPE_CATALOG": catalog,
        "CALOTYPE_SECRET": "secret",
        "CALOTYPE_INGEST_BATCH": "1",
        "XDG_DATA_HOME": str(data / "home"),
    }
    command = [str(CALOTYPE), "serve", str(pictures), "--data", str(data), "--port", "0"]
    with subprocess.Popen(
        command,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def has_leader(catalog: str) -> bool:
    with psycopg.connect(catalog.replace("+psycopg", "")) as database:
        found = database.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return found.fetchone() is not None


@pytest.mark.server
@pytest.mark.xdist_group("leader killed")
def test_kill_9_of_the_leader_in_the_middle_another_goes_on_and_nothing_is_lost_or_doubled(
    postgres: Server, pictures: Path, tmp_path: Path
) -> None:
    catalog = postgres.database("calotype")
    with served(pictures, tmp_path / "killed", catalog) as leader:
        until(lambda: has_leader(catalog))
        options = {"catalog": catalog, "secret": "secret", "watch": True}
        with House(pictures, tmp_path / "data", **options) as house:
            until(lambda: house.services.index.ready and house.services.index.count() > 3)
            assert role(house.services.keeper) == "follows"
            leader.kill()
            before = house.services.index.count()
            until(lambda: house.services.keeper.leads)
            house.settle(MANY)
            assert before < MANY
            assert house.get("/search?q=").json()["total"] == MANY
    with psycopg.connect(catalog.replace("+psycopg", "")) as database:
        places = database.execute("SELECT name, image_id FROM places").fetchall()
        alive = database.execute("SELECT id FROM images WHERE record IS NOT NULL").fetchall()
    assert sorted(places) == sorted(ids(pictures).items())
    assert sorted(id for (id,) in alive) == sorted(ids(pictures).values())


@pytest.mark.server
@pytest.mark.xdist_group("leader killed")
def test_who_loses_the_lease_stops_ingesting_and_may_lead_again(
    postgres: Server, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "old.png").write_bytes(sample("png"))
    catalog = postgres.database("calotype")
    options = {"catalog": catalog, "secret": "secret", "watch": True}
    with House(pictures, tmp_path / "data", **options) as house:
        keeper = house.services.keeper
        house.settle(1)
        threads = list(keeper._leading._threads)
        postgres.stop()
        until(lambda: not keeper.leads and not any(thread.is_alive() for thread in threads))
        assert house.get("/readyz").status_code == 200
        postgres.start()
        until(lambda: keeper.leads)
        (pictures / "new.jpg").write_bytes(sample("jpeg"))
        until(lambda: house.get("/search?q=new").json()["total"] == 1, "the new image")
