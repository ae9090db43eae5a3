"""Real `calotype add` processes that can be killed, and what they leave behind."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

CALOTYPE = Path(sys.executable).with_name("calotype")

_NURSERY = """
import gc, os, sys
import calotype.cli, calotype.commands.adding
assert len(os.listdir("/proc/self/task")) == 1
gc.freeze()
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.dup2(0, 1)
        sys.argv = ["calotype", *line.rstrip("\\n").split("\\t")]
        try:
            calotype.cli.main()
        except SystemExit as done:
            os._exit(done.code or 0)
    print(child, flush=True)
    _, status, usage = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, flush=True)
"""
"""Forks a process for each line on stdin, which says its arguments; prints its id, and how it
ended. It has imported everything, so that a start costs milliseconds: fifty of them otherwise
cost more in imports than in the work that is to be interrupted."""


class Nursery:
    """Starts one `calotype` process after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, arguments: Sequence[str], kill_after: float = math.inf) -> tuple[int, float]:
        """Exit code (minus the signal that ended it) and seconds of processor time.

        SIGKILL once it has used `kill_after` seconds of it: its progress, however busy the machine.
        """
        assert self._process.stdin is not None
        self._process.stdin.write("\t".join(arguments) + "\n")
        self._process.stdin.flush()
        child = int(self._line())
        if kill_after < math.inf:
            _kill(child, kill_after)
        code, used = self._line().split()
        return int(code), float(used)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _kill(child: int, after: float) -> None:
    """SIGKILL when the process has used some seconds of processor time, unless it ends before."""
    clock = (~child << 3) | 2  # its CPUCLOCK_SCHED: clock_getcpuclockid(3)
    handle = os.pidfd_open(child)
    try:
        while time.clock_gettime(clock) < after and not select.select([handle], [], [], 0.001)[0]:
            pass
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except OSError:
        pass  # it was done before
    finally:
        os.close(handle)


@contextmanager
def nursery(environment: Mapping[str, str]) -> Iterator[Nursery]:
    """What its processes print is thrown away; they complain on our stderr."""
    # One thread for BLAS: a process with threads is not to be forked.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment}
    command = [sys.executable, "-c", _NURSERY]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=20)
