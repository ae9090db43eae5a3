"""What the edge costs and what it saves.

`against_bare`: requests a second of one cached rendition through our VCL, over those of Varnish
with its built-in VCL and the same parameters, in front of the same load balancer: the same file
from both, in turns, with wrk. `zipf`: 50,000 requests over 2,000 URLs, the n-th most popular asked
for 1/n times as often as the first, against an edge that has none of them.
"""

from __future__ import annotations

import http.client
import itertools
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from tests.faults.fleet import Fleet
from tests.fleet.programs import DEPLOY, answers, free_port, program, running, until

from benchmarks.http import wrk

ROUNDS = 5
REQUESTS, URLS, CONNECTIONS = 50_000, 2_000, 16
SEED = 20_261
ACCEPT = {"Accept": "image/avif,image/webp,*/*"}


@contextmanager
def bare_varnish(backend: int) -> Iterator[str]:
    """The origin of a Varnish that has no VCL of ours."""
    with tempfile.TemporaryDirectory(prefix="calotype-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)  # the VCL is compiled by another user
        lines = (DEPLOY / "edge" / "varnishd.params").read_text().splitlines()
        parameters = [line for line in lines if line and not line.startswith("#")]
        command = [
            program("varnishd"), "-F", "-n", str(folder / "run"), "-a", f"127.0.0.1:{port}",
            "-b", f"127.0.0.1:{backend}", "-s", "malloc,256M", "-T", "none",
            *(part for each in parameters for part in ("-p", each)),
        ]  # fmt: skip
        origin = f"http://127.0.0.1:{port}"
        with running(command, folder / "log"):
            until(answers(origin), "an answer of the bare Varnish")
            yield origin


def against_bare(fleet: Fleet, path: str) -> dict[str, Any]:
    """Both rates, and ours over its; medians of rounds that take turns."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk")
    backend = int(fleet.status()["load_balancer"]["port"])
    with bare_varnish(backend) as bare, tempfile.TemporaryDirectory() as folder:
        rates: dict[str, list[float]] = {fleet.url: [], bare: []}
        for origin in rates:
            wrk(origin, [path], Path(folder))  # has it cached, and warms up
        for _ in range(ROUNDS):
            for origin, found in rates.items():
                run = wrk(origin, [path], Path(folder))
                if run["failed"]:
                    sys.exit(f"{run['failed']} requests to {origin} failed")
                found.append(run["rps"])
        ratios = [ours / theirs for ours, theirs in zip(*rates.values(), strict=True)]
        return {
            "edge_rps": round(statistics.median(rates[fleet.url])),
            "bare_rps": round(statistics.median(rates[bare])),
            "ratio": round(statistics.median(ratios), 3),
            "ratios": [round(ratio, 3) for ratio in ratios],
        }


def zipf(fleet: Fleet, paths: Sequence[str]) -> dict[str, Any]:
    """Shares of the answers that the edge had. `paths`: the most popular first."""
    weights = 1 / np.arange(1, len(paths) + 1)
    picks = np.random.default_rng(SEED).choice(len(paths), REQUESTS, p=weights / weights.sum())
    order, lock = iter(picks.tolist()), threading.Lock()
    seen: Counter[str] = Counter()
    times: list[float] = []

    def work() -> None:
        client = http.client.HTTPConnection(urlsplit(fleet.url).netloc, timeout=60)
        while True:
            with lock:
                at = next(order, None)
            if at is None:
                return
            began = time.perf_counter()
            client.request("GET", paths[at], headers=ACCEPT)
            answer = client.getresponse()
            answer.read()
            took = time.perf_counter() - began
            hit = "; hit" in (answer.headers["cache-status"] or "")
            with lock:
                seen["hit" if hit else "miss" if answer.status == 200 else str(answer.status)] += 1
                times.append(took)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "requests": REQUESTS,
        "urls": len(paths),
        "urls_seen": len(set(picks.tolist())),
        "seconds": round(time.perf_counter() - began, 1),
        "outcomes": dict(seen),
        "hit_ratio": round(seen["hit"] / REQUESTS, 4),
        "p50_ms": round(float(np.percentile(times, 50)) * 1000, 2),
        "p99_ms": round(float(np.percentile(times, 99)) * 1000, 1),
    }


def popular(ids: Sequence[str]) -> list[str]:
    """URLs as a gallery has them: each image in several widths."""
    widths = (320, 240, 160, 400, 480, 200, 280, 360, 120, 440)
    pairs = itertools.product(itertools.count(), ids)
    paths = (f"/i/{id}?w={widths[n % len(widths)] + n // len(widths)}" for n, id in pairs)
    return list(itertools.islice(paths, URLS))
