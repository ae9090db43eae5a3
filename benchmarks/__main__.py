"""`make bench`: every figure, one after the other; `python -m benchmarks http …` for some."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from benchmarks.summary import FOLDER, MODULES, README, rows, table, with_figures


def main() -> None:
    chosen = sys.argv[1:] or MODULES
    if unknown := set(chosen) - set(MODULES):
        sys.exit(f"no benchmark {' '.join(sorted(unknown))}; there are {' '.join(MODULES)}")
    FOLDER.mkdir(exist_ok=True)
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures = import_module(f"benchmarks.{name}").run()
        (FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
    README.write_text(with_figures(README.read_text()))
    print(table(rows()))


if __name__ == "__main__":
    main()
