"""Five times as many renders as the machine can do: python -m benchmarks.overload --seconds 15

Requests come at a fixed rate, whatever becomes of those before them, as they do from people: five
times the rate that 2 × cores connections got done just before, each for a rendition that was never
asked for. Latency counts from when a request was due, so that a late client hides nothing. What
counts is what those see who are answered, and that there are no failures but the 503 that says when
to try again; and how long it takes until all is as before once the load is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np

from benchmarks.http import service
from benchmarks.machine import facts
from benchmarks.relevance import CORPUS

RESULT = Path(__file__).parent / "results" / "overload.json"
SECONDS = 60
CALM_SECONDS = 5
TIMES = 5
CONNECTIONS = 2 * (os.cpu_count() or 1)
TIMEOUT = 10
IN_A_ROW = 5
"""Renders, one after the other, that make a recovery: whole, and none slower than the slowest in
the calm before."""
WIDTHS = 100, 1000
SEED = 20_250_101
TARGETS = {"p99_ms": 2000, "timeouts": 0, "other_5xx": 0, "recovery_seconds": 5}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: seconds that it took, and 0 for a status where there was no answer."""

    seconds: float
    status: int
    degraded: bool = False
    marked: bool = False

    @property
    def good(self) -> bool:
        return self.status == 200 and not self.degraded


class Client:
    """HTTP/1.1 with kept connections: as many as there are requests under way."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def get(self, path: str, due: float) -> Seen:
        try:
            async with asyncio.timeout(TIMEOUT):
                status, headers = await self._ask(path)
        except (TimeoutError, OSError, EOFError):
            return Seen(time.perf_counter() - due, 0)
        marked = "retry-after" in headers
        return Seen(time.perf_counter() - due, status, "x-degraded" in headers, marked)

    async def _ask(self, path: str) -> tuple[int, dict[str, str]]:
        if self._idle:
            reader, writer = self._idle.pop()
        else:
            reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        await reader.readexactly(int(headers["content-length"]))
        self._idle.append((reader, writer))
        return int(head[0].split()[1]), headers

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


def never_asked_for(origin: str) -> Iterator[str]:
    """Renditions of all images in three formats and many sizes, one like the other on average."""
    ids: list[str] = []
    cursor = ""
    while True:
        with urlopen(f"{origin}/search?limit=100&facets=false&cursor={cursor}") as answer:
            page = json.load(answer)
        ids += [hit["id"] for hit in page["results"]]
        cursor = page["next"]
        if not cursor:
            break
    choice, asked = random.Random(SEED), set[str]()
    while True:
        format = choice.choice(("jpg", "webp", "avif"))
        path = f"/i/{choice.choice(ids)}?w={choice.randint(*WIDTHS)}&fm={format}"
        if path not in asked:
            asked.add(path)
            yield path


async def calm(client: Client, paths: Iterator[str]) -> tuple[float, list[Seen]]:
    """What is done in a second while nobody asks for more than that."""
    until, seen = time.perf_counter() + CALM_SECONDS, list[Seen]()

    async def one_connection() -> None:
        while (now := time.perf_counter()) < until:
            seen.append(await client.get(next(paths), now))

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    return len(seen) / CALM_SECONDS, seen


async def storm(client: Client, paths: Iterator[str], rate: float, seconds: float) -> list[Seen]:
    """So many requests a second, each when it is due."""
    began, tasks = time.perf_counter(), list[asyncio.Task[Seen]]()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(client.get(next(paths), due)))
    return list(await asyncio.gather(*tasks))


async def recovery(client: Client, paths: Iterator[str], usual: float, began: float) -> float:
    """Seconds since `began` until renders are whole again and take no longer than is usual."""
    row = 0
    while row < IN_A_ROW and time.perf_counter() - began < 60:
        seen = await client.get(next(paths), time.perf_counter())
        row = row + 1 if seen.good and seen.seconds <= usual else 0
    return time.perf_counter() - began


async def measure(origin: str, seconds: float) -> dict[str, Any]:
    paths, client = never_asked_for(origin), Client(origin)
    await calm(client, paths)  # the first renders of a process are slower than all others
    rate, before = await calm(client, paths)
    began = time.perf_counter()
    load = asyncio.create_task(storm(client, paths, rate * TIMES, seconds))
    await asyncio.wait({load}, timeout=seconds)
    recovered = asyncio.create_task(
        recovery(client, paths, max(seen.seconds for seen in before), time.perf_counter())
    )
    seen = await load
    took = time.perf_counter() - began
    figures = {
        "seconds": seconds,
        "capacity_rps": round(rate, 1),
        "asked_rps": round(len(seen) / took, 1),
        "calm_p99_ms": _percentile(before, 99),
        **counted(seen),
        "recovery_seconds": round(await recovered, 2),
    }
    client.close()
    return figures


def counted(seen: Sequence[Seen]) -> dict[str, Any]:
    """What became of the requests; latencies are of those that got an image, and of all."""
    images = [each for each in seen if each.status == 200]
    statuses = Counter(each.status for each in seen)
    marked = sum(each.status == 503 and each.marked for each in seen)
    return {
        "requests": len(seen),
        "rendered": sum(each.good for each in images),
        "degraded": sum(each.degraded for each in images),
        "refused": marked,
        "timeouts": statuses[0],
        "other_5xx": sum(n for status, n in statuses.items() if status >= 500) - marked,
        "p50_ms": _percentile(images, 50),
        "p99_ms": _percentile(images, 99),
        "p99_ms_of_all": _percentile(seen, 99),
        "longest_ms": _percentile(seen, 100),
    }


def _percentile(seen: Sequence[Seen], share: float) -> float:
    return round(float(np.percentile([each.seconds * 1000 for each in seen], share)), 1)


def run(seconds: float = SECONDS, corpus: Path = CORPUS) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, service(corpus, Path(name) / "data") as origin:
        figures = asyncio.run(measure(origin, seconds))
    return {"machine": facts(), "times_capacity": TIMES, "targets": TARGETS, **figures}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    given = options.parse_args()
    print(json.dumps(run(given.seconds, given.corpus), indent=2))


if __name__ == "__main__":
    main()
