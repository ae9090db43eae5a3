"""What the edge does just now: counters of Varnish, and how long a sample of its requests took."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from signal import Signals

from calotype.fleet import programs
from calotype.fleet.process import dies_with_us

COUNTERS = ("client_req", "cache_hit", "cache_miss", "n_object", "n_lru_nuked", "fetch_failed")
WINDOW_SECONDS = 10.0
"""Rates and percentiles are of so long."""
SAMPLE_LINES, SAMPLE_EVERY = 400, 2.0
"""Once so many requests were looked at, its log is left until so many seconds have passed: all of
them are seen while there are few, and where there are tens of thousands, that they are seen costs
next to nothing."""
FORMAT = "%D %m"


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals since the edge started. `requests`: all of them, purges and refused ones too."""

    at: float
    requests: int
    hits: int
    misses: int
    objects: int
    nuked: int
    failed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the last `WINDOW_SECONDS`; None where nothing was asked in them, or it did not say."""

    requests_per_second: float | None
    hit_ratio: float | None
    p95_ms: float | None


class EdgeWatch:
    """Looks at the edge whose working folder is `work`."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._seen: deque[Counters] = deque()
        self._times: deque[tuple[float, float]] = deque()

    @property
    def figures(self) -> Figures:
        old = time.monotonic() - WINDOW_SECONDS
        times = sorted(took for at, took in self._times if at >= old)
        p95 = times[ceil(0.95 * len(times)) - 1] if times else None
        if len(self._seen) < 2:
            return Figures(None, None, p95)
        first, last = self._seen[0], self._seen[-1]
        looked_up = (last.hits - first.hits) + (last.misses - first.misses)
        return Figures(
            (last.requests - first.requests) / (last.at - first.at),
            (last.hits - first.hits) / looked_up if looked_up else None,
            p95,
        )

    async def count(self) -> None:
        """Take the counters as they are now."""
        now = await self._counters()
        if now is None or (self._seen and now.requests < self._seen[-1].requests):
            self._seen.clear()  # it has been started again
        if now is not None:
            self._seen.append(now)
        while len(self._seen) > 2 and self._seen[1].at <= time.monotonic() - WINDOW_SECONDS:
            self._seen.popleft()

    async def _counters(self) -> Counters | None:
        wanted = (part for name in COUNTERS for part in ("-f", f"MAIN.{name}"))
        try:
            asked = await asyncio.create_subprocess_exec(
                programs.located("varnishstat"), "-j", "-n", str(self._work), "-t", "1", *wanted,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            text, _ = await asked.communicate()
            found = json.loads(text)["counters"]
            return Counters(
                time.monotonic(), *(int(found[f"MAIN.{name}"]["value"]) for name in COUNTERS)
            )
        except (OSError, ValueError, KeyError):
            return None

    async def sample(self) -> None:
        """Look at requests as they are answered, until there were too many for the time."""
        log = await asyncio.create_subprocess_exec(
            programs.located("varnishncsa"), "-n", str(self._work), "-t", "1", "-F", FORMAT,
            preexec_fn=dies_with_us(Signals.SIGKILL),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert log.stdout is not None
        try:
            lines, began = 0, time.monotonic()
            while line := await log.stdout.readline():
                self._took(line.decode("ascii", "replace").split())
                lines += 1
                if lines == SAMPLE_LINES:
                    if time.monotonic() - began < SAMPLE_EVERY:
                        return
                    lines, began = 0, time.monotonic()
        finally:
            # Not `log.kill()`: it would take the exit code away from asyncio if it has ended.
            with suppress(ProcessLookupError):
                os.kill(log.pid, Signals.SIGKILL)
            await log.wait()

    def _took(self, fields: list[str]) -> None:
        now = time.monotonic()
        if len(fields) == 2 and fields[0].isdigit() and fields[1] in ("GET", "HEAD"):
            self._times.append((now, int(fields[0]) / 1000))
        while self._times and self._times[0][0] < now - WINDOW_SECONDS:
            self._times.popleft()
