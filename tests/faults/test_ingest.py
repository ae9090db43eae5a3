"""The instance that ingests is killed: another goes on, and nothing is lost or doubled."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.contract.postgres import Server
from tests.fleet.programs import until

from .conftest import variables
from .fleet import Fleet, Instance, kill
from .pictures import gallery

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
IMAGES = 400


@pytest.mark.parametrize("stage", ["read", "analyse"])
def test_another_instance_takes_over(tmp_path: Path, postgres: Server, stage: str) -> None:
    """Killed among the headers, and among the pixels."""
    names = gallery(tmp_path / "source", IMAGES)
    few = {"CALOTYPE_INGEST_BATCH": "5", "CALOTYPE_INGEST_THREADS": "1"}
    with Fleet.begin(tmp_path / "source", {**variables(postgres), **few}, least=3) as fleet:
        ingesting = until(lambda: in_the_middle(fleet, stage), f"an ingest that is at {stage}")
        kill([ingesting.pid])
        fleet.wait_ready(3)
        fleet.wait_images(IMAGES)
        fleet.until(lambda: all(seen for _, seen in everything(fleet)), "all pixels looked at")
        found = everything(fleet)
    assert Counter(name for name, _ in found) == Counter(names)


def in_the_middle(fleet: Fleet, stage: str) -> Instance | None:
    """The instance that ingests, once it has done some and not all; before it is ready, too."""
    with suppress(httpx.TransportError, ValueError, KeyError):
        for instance in fleet.instances():
            now = fleet.readiness(instance)["ingest"]
            if now["stage"] == stage and 5 <= now["done"] <= IMAGES - 40:
                return instance
    return None


def everything(fleet: Fleet) -> list[tuple[str, bool]]:
    """The names of all images, as a client that pages through them sees them, and whether their
    pixels were looked at; asked of an instance, as the edge may be a moment behind."""
    found: list[tuple[str, bool]] = []
    cursor, instance = "", fleet.instances("ready")[0]
    while True:
        page = instance.get(f"/search?limit=100{cursor}").json()
        found += [(each["name"], bool(each["colors"])) for each in page["results"]]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"
