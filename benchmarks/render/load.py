"""The client: so many connections, each asking for the next path of one list until all are done.

Every server gets whole passes over the same photographs, however fast it is, so that none is
measured on easier ones. The client runs on the same machine; `client_share` is the part of all its
cores' time that it took, which lowers the fastest server's figure most.
"""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np

PATIENCE = 120
CORES = os.cpu_count() or 1
CONNECTIONS = 2 * CORES


@dataclass(slots=True)
class Load:
    """What one run saw. Times in seconds; `bodies` only where they were asked for, in order."""

    seconds: float = 0.0
    client_seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    bodies: dict[int, bytes] = field(default_factory=dict)
    total_bytes: int = 0

    @property
    def rps(self) -> float:
        return len(self.times) / self.seconds

    @property
    def p95_ms(self) -> float:
        return float(np.percentile(self.times, 95)) * 1000 if self.times else float("nan")

    @property
    def client_share(self) -> float:
        return self.client_seconds / self.seconds / CORES


def ask(
    origin: str,
    paths: Sequence[str],
    connections: int = CONNECTIONS,
    keep: bool = False,
    headers: dict[str, str] | None = None,
) -> Load:
    """Ask for every path once. An answer other than 200 is a failure and no time of it counts."""
    load, lock = Load(), threading.Lock()
    numbered = iter(enumerate(paths))
    barrier = threading.Barrier(connections + 1)

    def work() -> None:
        client = _Client(origin, headers or {})
        barrier.wait()
        spent = time.thread_time()
        while True:
            with lock:
                number, path = next(numbered, (-1, ""))
            if number < 0:
                break
            begun = time.perf_counter()
            problem, body = client.get(path)
            took = time.perf_counter() - begun
            with lock:
                if problem:
                    load.failures.append(f"{path}: {problem}")
                    continue
                load.times.append(took)
                load.total_bytes += len(body)
                if keep:
                    load.bodies[number] = body
        client.close()
        with lock:
            load.client_seconds += time.thread_time() - spent

    threads = [threading.Thread(target=work, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    load.seconds = time.perf_counter() - started
    return load


class _Client:
    """One connection, opened again where the server closed it."""

    def __init__(self, origin: str, headers: dict[str, str]) -> None:
        self._address = urlsplit(origin).netloc
        self._headers = headers
        self._connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)

    def get(self, path: str) -> tuple[str, bytes]:
        """What went wrong, if anything, and the body."""
        try:
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return repr(error), b""
        return ("" if answer.status == 200 else str(answer.status)), body

    def close(self) -> None:
        self._connection.close()
