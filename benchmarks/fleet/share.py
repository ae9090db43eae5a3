"""A share of the machine for each instance, so that four of them are four times one.

Without it, a second instance on the same two cores adds nothing. Each instance (the app, with the
processes that it starts) is held to a part of one core by Linux's own accounting (cgroup v1 or v2),
from when it is ready: on a machine of its own it would start with all of that machine.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.fleet import Fleet

from benchmarks.render.photos import Unavailable
from benchmarks.render.processes import tree

PERIOD_US = 20_000
"""Short, so that an instance that has used its share waits for 20 ms at most."""
V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
_numbers = itertools.count()


@contextmanager
def shared_out(fleet: Fleet, cores: float) -> Iterator[None]:
    """Hold each instance, also those that come later, to so many cores. Raises Unavailable."""
    made: dict[int, Path] = {}
    stop = threading.Event()

    def hold_all() -> None:
        for instance in fleet.instances("ready"):
            if instance.pid and instance.pid not in made:
                made[instance.pid] = _group(cores)
                for pid in tree(instance.pid):
                    _join(made[instance.pid], pid)

    def follow() -> None:
        while not stop.wait(0.2):
            with suppress(Exception):  # an instance that has just gone; the next look finds out
                hold_all()

    hold_all()
    follower = threading.Thread(target=follow)
    follower.start()
    try:
        yield
    finally:
        stop.set()
        follower.join()
        for group in made.values():
            _dissolve(group)


def _group(cores: float) -> Path:
    """A new control group that may use so many cores."""
    name = f"calotype-{os.getpid()}-{next(_numbers)}"
    quota = max(1000, round(cores * PERIOD_US))
    try:
        if (V1 / "cpu.cfs_quota_us").exists() or (V1 / "cgroup.procs").exists():
            group = V1 / name
            group.mkdir()
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            group = V2 / name
            group.mkdir()
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
    except OSError as error:
        raise Unavailable(f"CPU shares: no control group can be made ({error.strerror})") from None
    return group


def _join(group: Path, pid: int) -> None:
    with suppress(ProcessLookupError):
        (group / "cgroup.procs").write_text(str(pid))


def _dissolve(group: Path) -> None:
    """Whatever is still in it goes back to where all are."""
    with suppress(OSError):
        for pid in (group / "cgroup.procs").read_text().split():
            with suppress(OSError):
                (group.parent / "cgroup.procs").write_text(pid)
        group.rmdir()
