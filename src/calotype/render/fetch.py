"""What a render begins with is read before it, so that a worker only computes.

A source may be slow or hang. So reads have threads of their own and a limit of time, and what has
been read keeps its place until it is rendered: no more is in memory than there are places.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from calotype.errors import Overloaded, SourceUnavailable
from calotype.render.pool import Decided

T = TypeVar("T")


class Fetch:
    """Belongs to one event loop. `threads` read; `places` are for what is read, waits for a worker,
    or is rendered. `most_waiting` may wait for a place, for `patience` seconds; a read may take
    `seconds`, a wait for a thread included.
    """

    def __init__(
        self,
        threads: int,
        places: int,
        most_waiting: int,
        patience: float,
        seconds: float,
        decided: Decided = lambda outcome: None,
    ) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="fetch")
        self._threads, self._most_waiting = threads, most_waiting
        self._patience, self._seconds, self._decided = patience, seconds, decided
        self._places = asyncio.Semaphore(places)
        self._waiting = self._reading = 0

    @property
    def waiting_for_workers(self) -> int:
        """How many wait for a place that a render will leave, and not a read."""
        return self._waiting if self._reading < self._threads else 0

    @asynccontextmanager
    async def run(self, read: Callable[[], T]) -> AsyncIterator[T]:
        """What `read` gives, which has its place until the block is left.

        Raises what `read` does, Overloaded, and SourceUnavailable past the limit of time. A read
        that can not be stopped keeps its thread and its place to its end.
        """
        loop = asyncio.get_running_loop()
        await self._enter()
        try:
            reading = self._executor.submit(read)
        except RuntimeError:
            self._places.release()
            raise Overloaded("The renderer is shutting down.") from None
        self._reading += 1
        reading.add_done_callback(lambda _: _soon(loop, self._read))
        try:
            yield await self._within(asyncio.wrap_future(reading))
        finally:
            if reading.done():
                self._places.release()
            else:  # its thread goes on, and so does what it holds
                reading.add_done_callback(lambda _: _soon(loop, self._places.release))

    def close(self) -> None:
        self._executor.shutdown(wait=False)

    async def _enter(self) -> None:
        if self._places.locked() and self._waiting >= self._most_waiting:
            self._decided("refused")
            raise Overloaded("Too many images are being read. Try again in a moment.")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            self._decided("expired")
            late = "The image could not be rendered in time. Try again in a moment."
            raise Overloaded(late, reason="late") from None
        finally:
            self._waiting -= 1

    async def _within(self, reading: asyncio.Future[T]) -> T:
        try:
            # not `wait_for`, which in Python 3.11 may swallow a cancellation
            async with asyncio.timeout(self._seconds):
                return await reading
        except TimeoutError:
            raise SourceUnavailable("The original could not be read in time.") from None

    def _read(self) -> None:
        self._reading -= 1


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(call)
