"""Deep zoom at full resolution: python -m benchmarks.render.tiles

Every tile of a large photograph, once, over six connections as a browser has them, with originals
held decoded for it and without. The caches are off, and what is held makes room for the next
photograph, so that each pass begins cold: `decodes` counts it. Both servers run at the same time
and take turns; only one is asked.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.machine import facts
from benchmarks.render import processes
from benchmarks.render.load import ask
from benchmarks.render.ours import Calotype, image_id
from benchmarks.render.photos import Photo, Unavailable, photos
from calotype.deliver.iiif_info import TILE
from calotype.render.held import SETTLED

CONNECTIONS = 6
LARGE = 16_000_000
ROUNDS = 3
FORMAT = "jpg"
DECODED = 'calotype_zoom_total{outcome="decoded"}'


class Held(Calotype):
    """As it comes."""

    name, label = "calotype-tiles", "Calotype"


class Direct(Held):
    """Each tile from the original's file."""

    name = "calotype-tiles-direct"

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "CALOTYPE_RENDER_ZOOM_BYTES": "0"}


def run(chosen: Sequence[Photo] | None = None) -> dict[str, Any]:
    """Medians of the rounds for each photograph of more than 16 megapixels, and the least gains."""
    large = [photo for photo in chosen or photos() if photo.width * photo.height > LARGE]
    if not large:
        raise Unavailable("no photograph of more than 16 megapixels")
    servers = {"direct": Direct(large), "held": Held(large)}
    passes: dict[str, dict[str, list[dict[str, float]]]] = {}
    try:
        for server in servers.values():
            server.install()
            server.start()
        for photo in large * ROUNDS:
            for name, server in servers.items():
                seen = passes.setdefault(photo.name, {}).setdefault(name, [])
                seen.append(_pass(server, photo))
        peaks = {name: round(processes.peak_mb(server.pid)) for name, server in servers.items()}
    finally:
        for server in servers.values():
            server.stop()
    measured = {photo.name: _of_one(photo, passes[photo.name]) for photo in large}
    return {
        "machine": facts(),
        "connections": CONNECTIONS,
        "format": FORMAT,
        "rounds": ROUNDS,
        "photographs": measured,
        "seconds_ratio_least": min(each["seconds_ratio"] for each in measured.values()),
        "cpu_ratio_least": min(each["cpu_ratio"] for each in measured.values()),
        "held_cpu_ms_most": max(each["held"]["cpu_ms"] for each in measured.values()),
        "peak_mb": peaks,
    }


def tiles(photo: Photo) -> list[str]:
    """The paths of all tiles at scale factor 1, as OpenSeadragon writes them, row by row."""
    base, found = f"/iiif/3/{image_id(photo.path)}", []
    for top in range(0, photo.height, TILE):
        for left in range(0, photo.width, TILE):
            width, height = min(TILE, photo.width - left), min(TILE, photo.height - top)
            region, size = f"{left},{top},{width},{height}", f"{width},{height}"
            found.append(f"{base}/{region}/{size}/0/default.{FORMAT}")
    return found


def _pass(server: Calotype, photo: Photo) -> dict[str, float]:
    """All tiles once, when what is held of another photograph may go."""
    paths = tiles(photo)
    processes.wait_idle(server.pid, quiet=SETTLED + 0.5)
    decodes = server.counted(DECODED)
    used = processes.cpu_seconds(server.pid)
    load = ask(server.origin, paths, CONNECTIONS)
    used = processes.cpu_seconds(server.pid) - used
    if load.failures:
        raise Unavailable(f"a tile failed: {load.failures[0]}")
    return {
        "decodes": server.counted(DECODED) - decodes,
        "seconds": load.seconds,
        "cpu_ms": used * 1000 / len(paths),
        "p50_ms": statistics.median(load.times) * 1000,
        "p95_ms": load.p95_ms,
    }


def _of_one(photo: Photo, passes: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    seen: dict[str, Any] = {
        name: {key: round(statistics.median(each[key] for each in runs), 2) for key in runs[0]}
        for name, runs in passes.items()
    }
    direct, held = seen["direct"], seen["held"]
    return {
        "size": [photo.width, photo.height],
        "tiles": len(tiles(photo)),
        **seen,
        "seconds_ratio": round(direct["seconds"] / held["seconds"], 2),
        "cpu_ratio": round(direct["cpu_ms"] / held["cpu_ms"], 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
