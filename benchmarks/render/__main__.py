"""`make bench-render`: renditions beside those of other image servers.

python -m benchmarks.render                                  all but the soak, some fifteen minutes
python -m benchmarks.render --only 400-jpeg --peers thumbor --rounds 2
python -m benchmarks.render --only soak                      100,000 renders, some ten minutes more
What is not measured keeps the figures that it had in results/render.json.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.machine import facts
from benchmarks.render import cells, one_url, processes, soak, tiles
from benchmarks.render.load import CONNECTIONS
from benchmarks.render.ours import Calotype, FirstTouch
from benchmarks.render.peers import PEERS, installed
from benchmarks.render.photos import Photo, Unavailable, photos
from benchmarks.render.quality import References
from benchmarks.render.servers import Server
from benchmarks.render.table import least
from benchmarks.summary import FOLDER, README, table, with_figures
from benchmarks.summary import rows as figure_rows

RESULT = FOLDER / "render.json"
OURS: tuple[type[Calotype], ...] = (Calotype, FirstTouch)
PARTS = [*cells.NAMES, "one-url", "tiles", "soak"]


def main() -> None:
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # servers are stopped
    try:
        chosen = photos()
    except Unavailable as reason:
        sys.exit(f"no photographs to measure on: {reason}")
    _say(f"{len(chosen)} photographs of 8 to 24 megapixels")
    kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    parts = given.only
    begun = time.monotonic()
    if wanted := [part for part in parts if part in cells.NAMES]:
        runs = cells.Runs(given.rounds, given.seconds)
        kept = _beside(chosen, wanted, given.peers, runs, kept)
        _write(kept)
    if "one-url" in parts:
        _say("one URL, 200 clients …")
        _write(kept := {**kept, "one_url": one_url.run(chosen)})
    if "tiles" in parts:
        _say("tiles at full resolution …")
        _write(kept := {**kept, "tiles": tiles.run(chosen)})
    if "soak" in parts:
        _say(f"{given.renders} renders of mixed sources …")
        _write(kept := {**kept, "soak": soak.run(chosen, given.renders)})
    _say(f"took {time.monotonic() - begun:.0f} s")
    print(table(figure_rows()))


def _beside(
    chosen: Sequence[Photo],
    wanted: Sequence[str],
    peers: Sequence[str],
    runs: cells.Runs,
    kept: dict[str, Any],
) -> dict[str, Any]:
    """The cells, measured with every server that can be had."""
    asked = {kind.name for kind in (*OURS, *PEERS) if kind in OURS or kind.name in peers}
    missing = {name: why for name, why in kept.get("missing", {}).items() if name not in asked}
    servers: list[Server] = []
    references, measured = References(), dict(kept.get("cells", {}))
    try:
        _start([*OURS, *(p for p in PEERS if p.name in peers)], chosen, servers, missing)
        for name in wanted:
            _say(f"{name} …")
            cell = cells.Cell.named(name)
            measured[name] = cells.measure(cell, servers, chosen, references, runs)
        peaks = {server.name: round(processes.peak_mb(server.pid)) for server in servers}
    finally:
        for server in servers:
            server.stop()
    return {
        **kept,
        "machine": facts(),
        "photographs": len(chosen),
        "connections": CONNECTIONS,
        "rounds": runs.rounds,
        "load_average_before": round(_load, 2),
        "versions": {**kept.get("versions", {}), **{s.name: s.version for s in servers}},
        "labels": {kind.name: kind.label for kind in (*OURS, *PEERS)},
        "missing": missing,
        "peak_mb": {**kept.get("peak_mb", {}), **peaks},
        "least": least(measured),
        "cells": {name: measured[name] for name in cells.NAMES if name in measured},
    }


def _start(
    kinds: Sequence[type[Server]],
    chosen: Sequence[Photo],
    servers: list[Server],
    missing: dict[str, str],
) -> None:
    """Install and start each, into `servers`; why one could not be had goes into `missing`."""
    for kind in kinds:
        server = kind(chosen)
        _say(f"{kind.label} …")
        reason = installed(kind.label, server)
        if not reason:
            try:
                server.start()
                servers.append(server)
            except Unavailable as unavailable:
                reason = f"{kind.label}: {unavailable}"
        if reason:
            missing[kind.name] = reason
            _say(f"  NOT MEASURED, compared with the rest: {reason}")


def _arguments() -> argparse.Namespace:
    names = [peer.name for peer in PEERS]
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--only", type=_some(PARTS), default=[*cells.NAMES, "one-url", "tiles"])
    options.add_argument("--peers", type=_some(names), default=names)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=2.0, help="of each run, about")
    options.add_argument("--renders", type=int, default=soak.RENDERS, help="of the soak")
    return options.parse_args()


def _some(names: Sequence[str]) -> Any:
    def parse(text: str) -> list[str]:
        chosen = [name for name in text.split(",") if name]
        if unknown := set(chosen) - set(names):
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {names}")
        return chosen

    return parse


def _write(figures: dict[str, Any]) -> None:
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    README.write_text(with_figures(README.read_text()))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


_load = os.getloadavg()[0]

if __name__ == "__main__":
    main()
