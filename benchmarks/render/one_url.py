"""One URL and 200 clients: python -m benchmarks.render.one_url

Cold, all ask at the same moment for a rendition that no one has asked for: one render must run and
all must get the same bytes. Then the same URL warm, measured with wrk.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.http import wrk
from benchmarks.render.load import ask
from benchmarks.render.ours import Caching
from benchmarks.render.photos import Photo, Unavailable, photos

CLIENTS = 200
TRIES = 5
ROUNDS = 3


def run(chosen: Sequence[Photo] | None = None) -> dict[str, Any]:
    """The most renders that any of the tries took, and the median rate when warm."""
    if shutil.which("wrk") is None:
        raise Unavailable("wrk is not installed: apt-get install wrk")
    chosen = chosen or photos()
    server = Caching(chosen)
    server.install()
    server.start()
    try:
        renders, distinct, failed = [], [], 0
        for photo in chosen[:TRIES]:
            before = server.rendered()
            load = ask(server.origin, [server.path(photo, 777, "webp")] * CLIENTS, CLIENTS, True)
            renders.append(server.rendered() - before)
            distinct.append(len(set(load.bodies.values())))
            failed += len(load.failures)
        warm = _warm(server, chosen[0])
    finally:
        server.stop()
    return {
        "clients": CLIENTS,
        "tries": len(renders),
        "renders_most": max(renders),
        "renders_least": min(renders),
        "distinct_bodies_most": max(distinct),
        "failed": failed,
        "warm_rps": sorted(warm)[len(warm) // 2],
        "warm_rps_runs": warm,
    }


def _warm(server: Caching, photo: Photo) -> list[int]:
    path = server.path(photo, 400, "webp")
    with tempfile.TemporaryDirectory() as folder:
        wrk(server.origin, [path], Path(folder))
        return [round(wrk(server.origin, [path], Path(folder))["rps"]) for _ in range(ROUNDS)]


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
