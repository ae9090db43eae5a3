"""How soon a new instance answers where the catalog has a million images.

The rows are written to a PostgreSQL of our own as ingest would leave them. The first instance
builds its index from them and publishes it; then it is asked to leave, and what is timed is the one
that comes in its place: from its process being started to its first answer to a search with all of
the images in it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from sqlalchemy import create_engine, insert, update
from tests.faults.fleet import Fleet, Instance
from tests.fleet.programs import until

from benchmarks.search_million import SEED, records, vocabulary
from calotype.catalog import Catalog
from calotype.catalog.tables import counters, images
from calotype.model import Image

RECORDS = 1_000_000
BATCH = 5_000
PATIENCE = 900
"""Seconds for the first instance, which builds its index from the catalog."""


def fill(url: str, number: int) -> float:
    """Write the rows; seconds that it took."""
    began = time.perf_counter()
    catalog = Catalog.open(url)
    catalog.last_seq()  # has the tables made
    catalog.close()
    engine = create_engine(url)
    batch: list[dict[str, Any]] = []
    with engine.begin() as db:
        for image in records(number, vocabulary(np.random.default_rng(SEED))):
            batch.append(_row(image))
            if len(batch) == BATCH:
                db.execute(insert(images), batch)
                batch.clear()
        if batch:
            db.execute(insert(images), batch)
        db.execute(update(counters).where(counters.c.name == "seq").values(value=number))
    engine.dispose()
    return time.perf_counter() - began


def _row(image: Image) -> dict[str, Any]:
    # Small ones: of large ones copies would be made, from originals that are not there.
    record = orjson.dumps(replace(image, width=800, height=600)).decode()
    return {
        "id": image.id, "seq": image.seq, "born": image.born, "analysed": True,
        "embedded": "{}", "record": record,
    }  # fmt: skip


def newcomer(folder: Path, number: int, variables: Mapping[str, str]) -> dict[str, Any]:
    """`variables` name the catalog, which is empty."""
    source = folder / "source"
    source.mkdir()
    filled = fill(variables["CALOTYPE_CATALOG"], number)
    # The first one builds for longer than an instance may usually take to become ready.
    patient = {"CALOTYPE_SCALING_STARTUP_SECONDS": str(PATIENCE)}
    with Fleet.begin(source, {**patient, **variables}, least=1) as fleet:
        began = time.perf_counter()
        first = _wait(fleet, number, began + PATIENCE)
        built = time.perf_counter() - began
        _published(fleet)
        times = []
        for _ in range(3):
            first, took = _replaced(fleet, first, number)
            times.append(round(took, 1))
    return {
        "records": number,
        "filled_seconds": round(filled, 1),
        "first_ready_seconds": round(built, 1),
        "seconds": sorted(times)[1],
        "runs": times,
    }


def _replaced(fleet: Fleet, first: Instance, number: int) -> tuple[Instance, float]:
    """The instance that came in its place, and the seconds from its start to its answer."""
    fleet.drain(first.name)
    came = until(lambda: _another(fleet, first), "another instance")
    began = time.perf_counter()
    answered = _wait(fleet, number, began + PATIENCE)
    assert answered.pid == came.pid, "the new instance was replaced"
    return answered, time.perf_counter() - began


def _another(fleet: Fleet, than: Instance) -> Instance | None:
    return next((e for e in fleet.instances() if e.pid and e.pid != than.pid), None)


def _wait(fleet: Fleet, number: int, deadline: float) -> Instance:
    """The instance that finds all of them."""
    pause = threading.Event()
    while time.perf_counter() < deadline:
        for instance in _starting(fleet):
            try:
                answer = httpx.get(f"{instance.url}/search?q=&limit=1", timeout=5)
                if answer.status_code == 200 and answer.json()["total"] == number:
                    return instance
            except (httpx.TransportError, ValueError):
                pass
        pause.wait(0.1)
    raise TimeoutError(f"no instance found {number:,} images within {PATIENCE} s\n{fleet.text}")


def _starting(fleet: Fleet) -> Iterator[Instance]:
    try:
        yield from (each for each in fleet.instances() if each.pid and each.state != "draining")
    except (httpx.TransportError, ValueError):
        return


def _published(fleet: Fleet) -> None:
    """Until the snapshot that new instances begin with lies in the derived store."""

    def there() -> bool:
        files = (fleet.folder / "derived").rglob("*")
        return any("snapshot" in str(path) for path in files if path.is_file())

    until(there, "a snapshot of the index")
