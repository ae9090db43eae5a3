"""How soon a new instance answers: python -m benchmarks.new_instance --records 1000000

A catalog of generated records (SQLite: what is measured reads two rows of it), an index of it and a
snapshot in a folder; then `calotype serve` with an empty data folder, from its start until
`/readyz` is 200 and a search has been answered, once with the snapshot and once without.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.machine import facts
from benchmarks.search_million import SEED, records, vocabulary
from calotype.blobs import Derived
from calotype.catalog import Catalog
from calotype.model import Image
from calotype.search import Archive, Indexer, SearchConfig
from calotype.server import listen_on
from calotype.settings import ServerConfig

RESULT = Path(__file__).parent / "results" / "new_instance.json"
CALOTYPE = Path(sys.executable).with_name("calotype")
LONGEST = 600.0


def row(image: Image) -> tuple[str, int, int, bool, str, str]:
    record = {k: v for k, v in image.to_dict().items() if k not in ("id", "seq", "born")}
    return image.id, image.seq, image.born, True, "{}", orjson.dumps(record).decode()


def fill(database: Path, number: int, words: list[str]) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO images (id, seq, born, analysed, embedded, record) VALUES (?,?,?,?,?,?)",
            map(row, records(number, words)),
        )
        connection.execute("UPDATE counters SET value = ? WHERE name = 'seq'", [number])


def publish(catalog: Catalog, folder: Path, derived: Path) -> dict[str, float]:
    """Build an index and publish a snapshot of it."""
    archive = Archive(Derived.open(derived), SearchConfig())
    indexer = Indexer(folder, SearchConfig(), catalog.changes, head=catalog.head, archive=archive)
    start = time.perf_counter()
    indexer.catch_up()
    built = time.perf_counter()
    frozen = indexer.freeze()
    assert frozen is not None
    with frozen:
        archive.publish(frozen)
    done = time.perf_counter()
    indexer.close()
    (snapshot,) = derived.rglob("*.tar")
    return {
        "build_from_catalog_seconds": round(built - start, 2),
        "publish_seconds": round(done - built, 2),
        "snapshot_mb": round(snapshot.stat().st_size / 1e6, 1),
    }


def serve(home: Path, word: str, number: int, derived: Path) -> dict[str, float]:
    """Seconds from the start of an instance until it is ready, and until it has answered."""
    data = home / "data"
    port = listen_on(ServerConfig(port=0))
    variables = {
        "CALOTYPE_CATALOG": f"sqlite:///{home / 'catalog.sqlite'}",
        "CALOTYPE_DERIVED": str(derived),
    }
    options = ["--data", str(data), "--port", str(port)]
    command = [str(CALOTYPE), "serve", str(home / "source"), *options]
    before, start = cpu(), time.perf_counter()
    with subprocess.Popen(
        command, env={**os.environ, **variables}, stderr=subprocess.DEVNULL
    ) as instance:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz")
            ready = time.perf_counter()
            found = wait_for(f"http://127.0.0.1:{port}/search?q={word}")
            answered = time.perf_counter()
            everything = wait_for(f"http://127.0.0.1:{port}/search?q=")
            assert found["total"]
            assert everything["total"] == number
        finally:
            instance.terminate()
    shutil.rmtree(data)
    return {
        "ready_seconds": round(ready - start, 2),
        "answered_seconds": round(answered - start, 2),
        # of all of its life; tells of a machine that was busy
        "cpu_seconds": round(cpu() - before, 2),
    }


def cpu() -> float:
    """Processor seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wait_for(url: str) -> dict[str, Any]:
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return dict(json.load(answer))
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.02)
    raise TimeoutError(url)


def run(number: int = 1_000_000) -> dict[str, Any]:
    words = vocabulary(np.random.default_rng(SEED))
    home = Path(tempfile.mkdtemp(prefix="calotype-bench-"))
    figures: dict[str, Any] = {"machine": facts(), "records": number, "load": os.getloadavg()[0]}
    try:
        (home / "source").mkdir()
        catalog = Catalog.open(f"sqlite:///{home / 'catalog.sqlite'}")
        catalog.check()
        fill(home / "catalog.sqlite", number, words)
        figures |= publish(catalog, home / "index", home / "derived")
        catalog.close()
        figures["with_snapshot"] = serve(home, words[100], number, home / "derived")
        figures["without"] = serve(home, words[100], number, home / "empty")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return figures


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1_000_000)
    given = options.parse_args()
    figures = run(given.records)
    print(json.dumps(figures, indent=2))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
