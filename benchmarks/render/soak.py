"""Many renders of mixed sources: python -m benchmarks.render.soak --renders 100000

SVG, PNG, JPEG, moving GIF and WebP in, and photographs of up to 24 megapixels, to small JPEG, WebP,
PNG, AVIF and GIF. The pyramid is off where there is one, so that the large ones are decoded again
and again, and so are the caches. It begins with a burst of nothing but those, on all connections
at once, so that its peak is that of the worst moment. How many renders there were is read from
/metrics; resident memory is that of all its processes together, looked at after each thousand.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.machine import facts
from benchmarks.render import processes
from benchmarks.render.load import ask
from benchmarks.render.ours import FirstTouch, image_id
from benchmarks.render.photos import Photo, Unavailable, cache, photos
from benchmarks.render.sources import mixed

RENDERS = 100_000
EARLY = 10_000
STEP = 1_000
BURST = 40
SHARES = {"large": 0.004, "jpeg": 0.4, "png": 0.25, "webp": 0.2, "gif": 0.096, "svg": 0.05}
FORMATS = {"jpeg": 0.6, "webp": 0.3, "png": 0.07, "gif": 0.02, "avif": 0.01}
WIDTHS = range(16, 97)


class Soaked(FirstTouch):
    """On sources of its own; a version without a pyramid is as good."""

    name = "calotype-soak"

    def install(self) -> None:
        try:
            super().install()
        except Unavailable:
            self.pyramid = True
            super().install()


def run(chosen: Sequence[Photo] | None = None, renders: int = RENDERS) -> dict[str, Any]:
    """Memory after the first tenth and at the end, at its peak, and what went wrong."""
    kinds = mixed(cache() / "soak-sources", chosen or photos())
    files = [Photo(p.name, p, 0, 0) for paths in kinds.values() for p in paths]
    ids = {kind: [image_id(path) for path in paths] for kind, paths in kinds.items()}
    server = Soaked(files)
    server.install()
    server.start()
    try:
        before = server.rendered()
        begun, used = time.perf_counter(), processes.cpu_seconds(server.pid)
        memory, failures = _soak(server, ids, renders)
        seconds = time.perf_counter() - begun
        used = processes.cpu_seconds(server.pid) - used
        counted = server.rendered() - before
        peak = processes.peak_mb(server.pid)
    finally:
        server.stop()
    early, late = _around(memory, min(EARLY, renders // 10)), _around(memory, renders)
    return {
        "machine": facts(),
        "renders": counted,
        "seconds": round(seconds),
        "cpu_ms": round(used * 1000 / counted, 1),
        "failed": len(failures),
        "first_failures": failures[:3],
        "early_mb": round(early, 1),
        "end_mb": round(late, 1),
        "growth": round(late / early, 3),
        "peak_mb": round(peak, 1),
        "memory_mb": {str(number): round(mb, 1) for number, mb in memory.items()},
    }


def _soak(
    server: Soaked, ids: dict[str, list[str]], renders: int
) -> tuple[dict[int, float], list[str]]:
    """Resident memory by the number of renders so far, and the failures."""
    dice = random.Random(1)
    step = min(STEP, max(1, renders // 20))
    memory: dict[int, float] = {}
    failures = ask(server.origin, [_path(dice, ids, "large") for _ in range(BURST)]).failures
    for done in range(0, renders, step):
        paths = [_path(dice, ids) for _ in range(min(step, renders - done))]
        failures += ask(server.origin, paths).failures
        memory[done + len(paths)] = processes.resident_mb(server.pid)
    return memory, failures


def _path(dice: random.Random, ids: dict[str, list[str]], kind: str = "") -> str:
    kind = kind or dice.choices(list(SHARES), list(SHARES.values()))[0]
    format = dice.choices(list(FORMATS), list(FORMATS.values()))[0]
    quality = dice.randint(40, 90)
    return f"/i/{dice.choice(ids[kind])}?w={dice.choice(WIDTHS)}&fm={format}&q={quality}"


def _around(memory: dict[int, float], number: int) -> float:
    """The median of the three looks that end nearest to `number`."""
    nearest = sorted(memory, key=lambda done: abs(done - number))[:3]
    return statistics.median(memory[done] for done in nearest)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--renders", type=int, default=RENDERS)
    print(json.dumps(run(renders=options.parse_args().renders), indent=2))


if __name__ == "__main__":
    main()
