"""What a supervisor that was killed may have left: found by pid files, and ended.

A pid file holds `PID START NAME`: when the process started, in ticks since boot, and its program's
name, so that a number that the system has given to somebody else since is not taken for it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from calotype.errors import Unusable

POLITE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A line of /proc/PID/stat. `ticks`: CPU time used, user and system."""

    pid: int
    name: str
    state: str
    group: int
    ticks: int
    start: int


def look(pid: int) -> Seen | None:
    """None if there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, _, rest = text.partition("(")[2].rpartition(")")
    f = rest.split()
    return Seen(pid, name, f[0], int(f[2]), int(f[11]) + int(f[12]), int(f[19]))


def group(leader: int) -> Iterator[Seen]:
    """Every process of this process group that has not ended."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    for seen in map(look, numbers):
        if seen and seen.group == leader and seen.state != "Z":
            yield seen


def kill_group(leader: int) -> None:
    """SIGKILL to all of the group; 0 is no group."""
    if leader > 1:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)


def note(path: Path, pid: int) -> None:
    """Write the pid file."""
    if seen := look(pid):
        path.write_text(f"{pid} {seen.start} {seen.name}\n")


def claim(folder: Path) -> int:
    """Take the folder for this process, until it ends; returns the lock's descriptor.

    Raises Unusable if another supervisor has it.
    """
    path = folder / "supervisor.pid"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.read(lock, 32).decode().split()
        os.close(lock)
        raise Unusable(
            f"A fleet runs in {folder} already (process {other[0] if other else 'unknown'}). "
            "Stop it, or choose another --data."
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def end(folder: Path) -> list[str]:
    """End what pid files below `folder` name; returns which there were. Hold the claim first."""
    found: dict[str, int] = {}
    for path in sorted(folder.glob("*/*.pid")):
        with suppress(OSError, ValueError):
            pid, start, name = path.read_text().split(maxsplit=2)
            if _is_ours(int(pid), int(start), name.strip()):
                found[str(path.relative_to(folder).with_suffix(""))] = int(pid)
    # PostgreSQL waits on SIGTERM until its clients have gone.
    for number, seconds in ((Signals.SIGTERM, POLITE_SECONDS), (Signals.SIGKILL, POLITE_SECONDS)):
        for leader in found.values():
            with suppress(ProcessLookupError):
                os.killpg(leader, number)
        give_up = time.monotonic() + seconds
        while any(map(_alive, found.values())) and time.monotonic() < give_up:
            time.sleep(0.05)
    left = [name for name, leader in found.items() if _alive(leader)]
    if left:
        raise Unusable(f"What an earlier fleet left cannot be ended: {', '.join(left)}.")
    for path in folder.glob("*/*.pid"):
        path.unlink(missing_ok=True)
    return list(found)


def _alive(leader: int) -> bool:
    return next(group(leader), None) is not None


def _is_ours(pid: int, start: int, name: str) -> bool:
    leader = look(pid)
    if leader and leader.state != "Z":
        return leader.start == start and leader.group == pid
    # It has ended, but its workers may not have: none of them is older, and all have its name.
    members = list(group(pid))
    return bool(members) and all(m.start >= start and m.name == name for m in members)
