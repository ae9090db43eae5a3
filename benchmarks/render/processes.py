"""What a server's processes use, out of Linux's /proc (man 5 proc)."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all that descend from it, as far as they live."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree, with that of children that ended."""
    total = 0
    for each in tree(pid):
        with suppress(OSError):
            total += sum(map(int, _stat(each)[11:15]))
    return total / TICKS


def resident_mb(pid: int) -> float:
    return _memory(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The sum of each process's own peak; what processes share is counted in each."""
    return _memory(pid, "VmHWM")


def wait_idle(pid: int, quiet: float = 2.0, most: float = 300.0) -> None:
    """Until the tree has used less than a twentieth of a core for `quiet` seconds."""
    ends = time.monotonic() + most
    used = cpu_seconds(pid)
    while time.monotonic() < ends:
        time.sleep(quiet)
        before, used = used, cpu_seconds(pid)
        if used - before < quiet / 20:
            return


def _stat(pid: int) -> list[str]:
    """The fields of stat after the program's name, which may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _memory(pid: int, field: str) -> float:
    kilobytes = 0
    for each in tree(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{each}/status").read_text().splitlines():
                if line.startswith(f"{field}:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024
