"""A load that goes from what one instance can do to four times that, and away again.

Every request is for a rendition that nobody asked for before, at a fixed rate whatever becomes of
the others; times count from when a request was due. A second keeps the SLO if 95 of 100 requests
that were due in the five seconds up to it took 300 ms at most, and none failed. What one instance
can do is measured first, with one instance, as the highest rate that keeps it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.faults.fleet import Fleet

from benchmarks.fleet.share import shared_out
from benchmarks.overload import Client, Seen, never_asked_for

LEAST, MOST = 2, 8
SHARE = (os.cpu_count() or 1) / MOST
"""Cores of one instance, as the supervisor counts them: on two cores a quarter, so that four times
what one can do leave half of the machine to all else."""
SLO_SECONDS, WINDOW = 0.3, 5
CALM, HIGH, LOW = 30, 150, 0.1
"""Seconds of the load of one instance, seconds of four times it, and the share of it afterwards."""
TIMES = 4
PROBE_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """One request: when it was due, in seconds from the beginning, and what became of it."""

    due: float
    seen: Seen


def kept(moments: list[Moment], second: int) -> bool:
    """Whether the window that ends with this second kept the SLO."""
    window = [each for each in moments if second - WINDOW + 1 <= each.due < second + 1]
    if not window:
        return True
    took = [each.seen.seconds for each in window]
    good = all(each.seen.status == 200 for each in window)
    return good and float(np.percentile(took, 95)) <= SLO_SECONDS


def restored(moments: list[Moment], start: int, end: int) -> int | None:
    """Seconds after `start` from which on every window up to `end` keeps the SLO."""
    broken = [second for second in range(start, end) if not kept(moments, second)]
    if not broken:
        return 0
    return None if broken[-1] == end - 1 else broken[-1] + 1 - start


async def steady(
    client: Client, paths: Iterator[str], rate: float, seconds: float, begun: float
) -> list[Moment]:
    """So many requests a second for so long, each when it is due."""
    began, tasks = time.perf_counter(), []

    async def one(due: float) -> Moment:
        return Moment(due - begun, await client.get(next(paths), due))

    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(due)))
    return list(await asyncio.gather(*tasks))


def capacity(source: Path, variables: Mapping[str, str]) -> float:
    """Requests a second that one instance with its share can do within the SLO."""
    with Fleet.start(source, variables, least=1) as fleet, shared_out(fleet, SHARE):
        return asyncio.run(_capacity(fleet))


async def _capacity(fleet: Fleet) -> float:
    client, paths = Client(fleet.url), never_asked_for(fleet.url)
    await steady(client, paths, 5, 5, time.perf_counter())
    best, rate = 0.0, 8.0
    while rate > best:
        begun = time.perf_counter()
        moments = await steady(client, paths, rate, PROBE_SECONDS, begun)
        if not kept(moments, PROBE_SECONDS - 1):
            break
        best, rate = rate, rate * 1.2
        await asyncio.sleep(1)
    client.close()
    return best


class Watch:
    """How many instances there are, twice a second."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet, self._stop = fleet, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.ready: list[tuple[float, int]] = []
        self.begun = time.perf_counter()
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(0.5):
            number = len(self._fleet.instances("ready"))
            self.ready.append((round(time.perf_counter() - self.begun, 1), number))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def changes(self) -> list[tuple[float, int]]:
        """Each time when the number became another."""
        pairs = itertools.pairwise([(0.0, 0), *self.ready])
        return [now for before, now in pairs if before[1] != now[1]]


def step(source: Path, one: float, variables: Mapping[str, str]) -> dict[str, Any]:
    """The figures; `one`: requests a second that one instance can do."""
    with (
        Fleet.start(source, variables, least=LEAST, most=MOST) as fleet,
        shared_out(fleet, SHARE),
    ):
        watch = Watch(fleet)
        try:
            moments = asyncio.run(_step(fleet, one, watch.begun))
            ended = time.perf_counter()
            alone = _back(fleet, ended)
        finally:
            watch.close()
        events = fleet.status()["events"]
    high = [each for each in moments if CALM <= each.due < CALM + HIGH]
    late = [each.seen.seconds for each in high if each.due >= CALM + HIGH - 30]
    return {
        "share_of_a_core": SHARE,
        "one_instance_rps": round(one, 1),
        "rps": [round(one, 1), round(TIMES * one, 1)],
        "seconds": [CALM, HIGH],
        "calm_kept": kept(moments, CALM - 1),
        "restored_seconds": restored(moments, CALM, CALM + HIGH),
        "p95_ms_of_the_last_30_seconds": round(float(np.percentile(late, 95)) * 1000, 1),
        "failed": sum(each.seen.status != 200 for each in high),
        "degraded": sum(each.seen.degraded for each in high),
        "requests": len(high),
        "p95_ms_by_second": [_p95(moments, second) for second in range(WINDOW, CALM + HIGH)],
        "instances": watch.changes(),
        "to_minimum_seconds": alone,
        "events": events,
    }


async def _step(fleet: Fleet, one: float, begun: float) -> list[Moment]:
    client, paths = Client(fleet.url), never_asked_for(fleet.url)
    moments = await steady(client, paths, one, CALM, begun)
    moments += await steady(client, paths, TIMES * one, HIGH, begun)
    client.close()
    first = moments[0].due
    return [Moment(each.due - first, each.seen) for each in moments]


def _back(fleet: Fleet, ended: float, patience: float = 600) -> float | None:
    """Seconds since the load ended until there is the least number of instances again."""
    while time.perf_counter() - ended < patience:
        if len(fleet.instances()) == LEAST:
            return round(time.perf_counter() - ended, 1)
        time.sleep(0.5)
    return None


def _p95(moments: list[Moment], second: int) -> float:
    took = [each.seen.seconds for each in moments if second - WINDOW + 1 <= each.due < second + 1]
    return round(float(np.percentile(took, 95)) * 1000, 1) if took else 0.0
