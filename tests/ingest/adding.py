"""`calotype add` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
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


def add(source: Path, data: Path, *options: str, prefix: Sequence[str] = ()) -> Added:
    """Run it to its end, by the command `prefix` if there is one."""
    command = [*prefix, str(CALOTYPE), "add", str(source), "--data", str(data), "--json", *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(data.parent / "home"), "COLUMNS": "1000"}
    # Files, not pipes: nobody reads while it runs. Not beside `data`, whose disk may be full.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Added(process.returncode, out.read(), err.read(), usage.ru_maxrss / 1024)
