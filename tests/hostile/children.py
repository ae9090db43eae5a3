"""Runs `attempt` in processes of its own, and reads what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Outcome = dict[str, Any]


def outcomes(what: str, first: int, until: int) -> Iterator[Outcome]:
    """One for each number from `first`; `crashed` where a process died or hung over it.

    The next process goes on behind it.
    """
    at = first
    while at < until:
        begun = ""
        for line in _lines(what, at, until):
            if "begun" in line:
                begun = line["begun"]
                continue
            at, begun = at + 1, ""
            yield line
        if at < until:
            yield {"name": begun or f"number {at}", "outcome": "crashed"}
            at += 1


def _lines(what: str, first: int, until: int) -> Iterator[Outcome]:
    command = [sys.executable, "-m", "tests.hostile.attempt", what, str(first), str(until)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        yield from map(json.loads, process.stdout)
