"""`calotype add` in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CALOTYPE = Path(sys.executable).with_name("calotype")


@dataclass(frozen=True)
class Added:
    """How it ended; `peak` is the most memory that it held, in MB."""

    code: int
    out: str
    err: str
    peak: float

    @property
    def summary(self) -> dict[str, Any]:
        return dict(json.loads(self.out))

    @property
    def reasons(self) -> dict[str, str]:
        """Why each refused file was refused."""
        return {refused["name"]: refused["reason"] for refused in self.summary["refused"]}


def add(
    source: Path,
    data: Path,
    *options: str,
    prefix: Sequence[str] = (),
    file_size: int = resource.RLIM_INFINITY,
) -> Added:
    """Run it to its end. `file_size`: the most bytes that a file it writes may have."""
    command = [*prefix, str(CALOTYPE), "add", str(source), "--data", str(data), "--json", *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(data.parent / "home"), "COLUMNS": "1000"}
    out, err = data.parent / "out", data.parent / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size)),
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Added(process.returncode, out.read_text(), err.read_text(), usage.ru_maxrss / 1024)
