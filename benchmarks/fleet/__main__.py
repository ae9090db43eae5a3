"""`make bench-fleet`: every figure of a fleet, into results/fleet.json and the README.

With names of parts (`hits step newcomer`) only these are measured anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.contract.postgres import Server, running_server
from tests.faults.conftest import variables
from tests.faults.fleet import Fleet

from benchmarks.fleet.hits import against_bare, popular, zipf
from benchmarks.fleet.newcomer import RECORDS, newcomer
from benchmarks.fleet.step import capacity, step
from benchmarks.machine import facts
from benchmarks.relevance import CORPUS
from benchmarks.render.photos import Unavailable
from benchmarks.summary import FOLDER, README, rows, table, with_figures

RESULT = FOLDER / "fleet.json"
IMAGES = CORPUS / "images"


def hits(server: Server, _: int) -> dict[str, Any]:
    with Fleet.start(IMAGES, variables(server), least=2) as fleet:
        fleet.wait_images(sum(1 for _ in IMAGES.glob("*.jpg")))
        ids = fleet.ids()
        return {
            "edge": against_bare(fleet, f"/i/{ids[0]}?w=400"),
            "zipf": zipf(fleet, popular(ids)),
        }


def steps(server: Server, _: int) -> dict[str, Any]:
    try:
        one = capacity(IMAGES, variables(server))
        return {"step": step(IMAGES, one, variables(server))}
    except Unavailable as error:
        return {"step": {"not_measured": str(error)}}


def newcomers(server: Server, records: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="calotype-") as folder:
        return {"newcomer": newcomer(Path(folder), records, variables(server))}


PARTS = {"hits": hits, "step": steps, "newcomer": newcomers}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parts", nargs="*", help=" ".join(PARTS))
    options.add_argument("--records", type=int, default=RECORDS)
    given = options.parse_args()
    if unknown := set(given.parts) - PARTS.keys():
        sys.exit(f"no part {' '.join(sorted(unknown))}; there are {' '.join(PARTS)}")
    kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    with running_server() as server:
        for name in given.parts or PARTS:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            kept |= {"machine": facts(), **PARTS[name](server, given.records)}
            RESULT.write_text(json.dumps(kept, indent=2) + "\n")
    README.write_text(with_figures(README.read_text()))
    print(table(rows()))


if __name__ == "__main__":
    main()
