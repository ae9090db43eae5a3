"""Renditions are kept, in memory and on disk, and each is rendered once however many ask."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from calotype.deliver.disk import Disk, OnEvent
from calotype.deliver.verified import Stored
from calotype.errors import Unrenderable
from calotype.model import Rendition

Produce = Callable[[], Awaitable[Rendition]]

_FAILED_SECONDS = 60.0
_MOST_FAILED = 1_000
"""Renditions that broke under the decoder are not tried again for a while: a few bytes can ask for
seconds of work, and would be given them again at every request."""

_READERS = 4
"""Threads that read from the disk and do nothing else: a hit waits for no one's slow source."""

_MOST_WRITES = 64
"""Renditions that may wait for a slow disk, in memory; past it they are not kept."""

_LARGEST_SHARE = 8
"""One rendition may take 1/8 of the memory tier."""

OVERHEAD = 384
"""Bytes that one takes in memory beside its body: 333 as measured, with its key and its place."""


@dataclass(slots=True, eq=False)
class _Flight:
    """One rendition under way, and how many wait for it."""

    task: asyncio.Task[tuple[Rendition, str]]
    idle: Callable[[], bool]
    waiting: int = 0


class Renditions:
    """Belongs to one event loop. `disk` None: kept in memory only.

    Outcomes of `get`: `memory`, `disk`, `rendered`, and `joined` for who waited for another's.
    """

    def __init__(
        self,
        memory_bytes: int,
        disk: Disk | None,
        on_event: OnEvent = lambda event: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._failed: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._memory = Memory(memory_bytes)
        self._disk = disk
        self._on_event = on_event
        self._flights: dict[str, _Flight] = {}
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="rendition-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="rendition-writer")
        self._writes: set[Future[None]] = set()

    def start(self) -> None:
        """Tidy the folder, in the background."""
        if self._disk is not None:
            self._write(self._disk.tidy)

    def close(self) -> None:
        """Wait for what is being written, not for what is read."""
        self._readers.shutdown(wait=False)
        self._writer.shutdown(wait=True)

    def put(self, key: str, rendition: Rendition) -> None:
        """Keep what was made without being asked for."""
        self._memory.put(key, rendition)
        self._keep(key, rendition)

    def drop(self, key: str) -> None:
        """Forget it: another has taken its place."""
        self._memory.drop(key)
        if self._disk is not None:
            disk = self._disk
            self._write(lambda: disk.drop(key))

    def background(self, job: Callable[[], None]) -> None:
        """Do what may wait for the disk, after what waits for it already."""
        self._write(job)

    async def get(
        self, key: str, produce: Produce, idle: Callable[[], bool] = lambda: False
    ) -> tuple[Rendition, str]:
        """The rendition and where it came from.

        Whoever asks while it is made waits for the same one; if one of them goes away the others
        are not disturbed. When all have gone it is finished and kept all the same, unless `idle`
        says that nothing has been done for it yet: then it is given up. What `produce` raises
        reaches all of them; only Unrenderable is kept, for a minute.
        """
        kept = self._memory.get(key)
        if kept is not None:
            return kept, "memory"
        self._refuse_failed(key)
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            flight = _Flight(asyncio.create_task(self._fly(key, produce)), idle)
            self._flights[key] = flight
            flight.task.add_done_callback(lambda task: self._land(key, task))
        flight.waiting += 1
        try:
            rendition, outcome = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            self._leave(key, flight)
        return rendition, "joined" if joined else outcome

    async def find(self, key: str) -> Rendition | None:
        """From memory or disk, where it is kept; never rendered."""
        kept = self._memory.get(key)
        if kept is None and self._disk is not None:
            kept = await self._read(self._disk, key)
        return kept

    def stored(self, key: str, least: int = 0) -> Stored | None:
        """What lies on disk under that key, known to be whole; nothing is read. None too where it
        has fewer than `least` bytes and is in memory.
        """
        found = self._disk.stored(key) if self._disk is not None else None
        if found is None or (found.size < least and self._memory.get(key) is not None):
            return None
        return found

    def used(self, key: str) -> None:
        """The file on disk is sent by somebody else, who does not say so."""
        if self._disk is not None and self._disk.verified.used(key):
            with suppress(RuntimeError):  # closing
                self._readers.submit(self._disk.touch, key)

    def mislaid(self, key: str) -> None:
        """Who was to send the file did not find it: another process has evicted it, say."""
        if self._disk is not None:
            self._disk.verified.forget(key)

    async def _read(self, disk: Disk, key: str) -> Rendition | None:
        try:
            reading = self._readers.submit(disk.read, key)
        except RuntimeError:  # closing
            return None
        return await asyncio.wrap_future(reading)

    async def _fly(self, key: str, produce: Produce) -> tuple[Rendition, str]:
        if self._disk is not None:
            kept = await self._read(self._disk, key)
            if kept is not None:
                self._memory.put(key, kept)
                return kept, "disk"
        try:
            rendition = await produce()
        except Unrenderable as error:
            self._failed[key] = self._clock() + _FAILED_SECONDS, str(error)
            if len(self._failed) > _MOST_FAILED:
                self._failed.popitem(last=False)
            raise
        self._memory.put(key, rendition)
        self._keep(key, rendition)
        return rendition, "rendered"

    def _refuse_failed(self, key: str) -> None:
        """Raise Unrenderable again for what broke a moment ago."""
        until, message = self._failed.get(key, (0.0, ""))
        if until > self._clock():
            raise Unrenderable(message)
        self._failed.pop(key, None)

    def _leave(self, key: str, flight: _Flight) -> None:
        if not flight.waiting and not flight.task.done() and flight.idle():
            flight.task.cancel()
            del self._flights[key]  # who comes now must not join what is being given up

    def _land(self, key: str, task: asyncio.Task[tuple[Rendition, str]]) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # seen, even if everyone who waited has gone

    def _keep(self, key: str, rendition: Rendition) -> None:
        """Write behind the answer's back: nobody waits for the disk."""
        disk = self._disk
        if disk is None:
            return
        if len(self._writes) >= _MOST_WRITES:
            self._on_event("write-skipped")
            return
        self._write(lambda: disk.write(key, rendition))

    def _write(self, job: Callable[[], Any]) -> None:
        try:
            future = self._writer.submit(job)
        except RuntimeError:  # closing
            return
        self._writes.add(future)
        future.add_done_callback(self._writes.discard)


class Memory:
    """Least recently used goes first, bounded in bytes: of bodies, and `OVERHEAD` for each."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._bytes = 0
        self._kept: OrderedDict[str, Rendition] = OrderedDict()

    def get(self, key: str) -> Rendition | None:
        rendition = self._kept.get(key)
        if rendition is not None:
            self._kept.move_to_end(key)
        return rendition

    def drop(self, key: str) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= _size(dropped)

    def put(self, key: str, rendition: Rendition) -> None:
        size = _size(rendition)
        if key in self._kept or size > self._capacity // _LARGEST_SHARE:
            return
        self._kept[key] = rendition
        self._bytes += size
        while self._bytes > self._capacity:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= _size(dropped)


def _size(rendition: Rendition) -> int:
    return len(rendition.body) + OVERHEAD
