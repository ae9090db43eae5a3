"""A bounded pool of threads: so many renders at once, so many waiting, and no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar

from calotype.errors import Overloaded

Observe = Callable[[str, float], None]
"""Called with `queue_wait` or `render` and seconds, from the thread that did it."""

T = TypeVar("T")


class Pool:
    """`run` raises Overloaded when `queue` jobs wait already. libvips releases the GIL."""

    def __init__(self, workers: int, queue: int, observe: Observe | None = None) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="render")
        self._places = self._room = workers + queue
        self._lock = Lock()
        self._observe = observe or (lambda stage, seconds: None)

    @property
    def idle(self) -> bool:
        """Whether no job runs or waits."""
        return self._room == self._places

    async def run(self, job: Callable[[], T]) -> T:
        with self._lock:
            if self._room <= 0:
                raise Overloaded("Too many images are being rendered. Try again in a moment.")
            self._room -= 1
        try:
            future = self._executor.submit(self._timed, job, time.perf_counter())
        except RuntimeError:  # shut down
            self._release(None)
            raise Overloaded("The renderer is shutting down.") from None
        future.add_done_callback(self._release)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Finish what runs, drop what waits."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _timed(self, job: Callable[[], T], queued: float) -> T:
        started = time.perf_counter()
        self._observe("queue_wait", started - queued)
        try:
            return job()
        finally:
            self._observe("render", time.perf_counter() - started)

    def _release(self, future: Future[Any] | None) -> None:
        with self._lock:
            self._room += 1
