"""The policy as it comes, on every trace: python -m benchmarks.scaling"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from benchmarks.scaling.naive import fixed, most, proportional
from benchmarks.scaling.simulator import Decide, simulate
from benchmarks.scaling.traces import TRACES
from calotype.fleet import ScalingPolicy, decide

RESULT = Path(__file__).parent.parent / "results" / "scaling.json"
POLICIES: dict[str, Decide] = {
    "policy": decide,
    "proportional": proportional,
    "fixed at min": fixed,
    "fixed at max": most,
}


def main() -> None:
    policy = ScalingPolicy()
    found = {
        name: {who: asdict(simulate(policy, trace, how)) for who, how in POLICIES.items()}
        for name, trace in TRACES.items()
    }
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    columns = list(next(iter(found["step"].values())))
    print("| trace | policy | " + " | ".join(columns).replace("_", " ") + " |")
    print("|---" * (len(columns) + 2) + "|")
    for name, outcomes in found.items():
        for who, outcome in outcomes.items():
            print(f"| {name} | {who} | " + " | ".join(str(v) for v in outcome.values()) + " |")


if __name__ == "__main__":
    main()
