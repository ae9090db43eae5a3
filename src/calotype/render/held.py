"""Originals that are held decoded for a moment, while a viewer zooms into them.

A viewer at full resolution asks for dozens of tiles of one image, six at a time. Each is a small
part of an original that has to be decoded for it from its first row on; held, it is decoded once
and each tile is cut from memory.

Bounded in bytes, those that are being decoded counted, and given back after `SECONDS` without use.
The key is the content's hash, so that what is held can not be out of date.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from calotype import decode
from calotype.decode import VipsImage, memory
from calotype.model import Image
from calotype.render import geometry, pyramid, source
from calotype.render.spec import RenderSpec

SECONDS = 10.0
"""Without use, until an original is given back."""

SETTLED = 2.0
"""Without use, until it may make room for another. Two viewers of two originals that do not fit
together would else throw out each other's, and decode all of them for each tile."""

SMALL = 0.5
"""The share of an original that is a tile of it: of larger ones there are no more than two."""

_PIXEL = 3
"""Bytes, until the file has been opened."""

OnEvent = Callable[[str], None]
"""Called with `decoded`, `used` (for a tile), or `dropped`."""


@dataclass(slots=True)
class _Original:
    pixels: VipsImage
    bytes: int
    used: float
    lent: int = 0


@dataclass(slots=True)
class _Flight:
    """A decode under way, and how many wait for it."""

    task: asyncio.Task[None]
    waiting: int = 0


class Held:
    """At most `capacity` bytes of pixels; 0 holds nothing. All but `ready` may be called from any
    thread.
    """

    def __init__(
        self,
        capacity: int,
        on_event: OnEvent = lambda event: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capacity, self._on_event, self._clock = capacity, on_event, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Original] = OrderedDict()
        self._decoding: dict[str, int] = {}
        self._flights: dict[str, _Flight] = {}
        self._timer: threading.Timer | None = None
        self._closed = False

    @property
    def bytes(self) -> int:
        """Of pixels that are held, or being decoded to be."""
        with self._lock:
            return self._bytes()

    def serves(self, image: Image, spec: RenderSpec) -> bool:
        """Whether this is a small part of an original that no level serves, that may be cut from
        held pixels with the same result, and that there is room to hold, as far as known.
        """
        pixels = image.width * image.height
        if image.frames > 1 or not source.may_be_held(image, spec):
            return False
        plan = geometry.plan(spec, image.width, image.height, image.orientation)
        small = plan.used.width * plan.used.height <= SMALL * pixels
        if not small or pyramid.serving(image, max(plan.scale)) is not None:
            return False
        with self._lock:
            known = image.id in self._kept or image.id in self._decoding
            return known or self._room(pixels * _PIXEL) is not None

    async def ready(self, id: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait until the original is held, or has turned out not to be. However many ask, one
        `work` runs, and what it raises reaches all of them; it is cancelled when all have gone.
        """
        with self._lock:
            if id in self._kept:
                return
        flight = self._flights.get(id)
        if flight is None or flight.task.done():
            flight = self._flights[id] = _Flight(asyncio.create_task(work()))
            flight.task.add_done_callback(lambda task: self._land(id, task))
        flight.waiting += 1
        try:
            await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._forget(id, flight.task)  # who comes now must not join it

    def hold(self, id: str, undecoded: VipsImage) -> None:
        """Decode now, in this thread, and hold it: unless there is no room. Raises VipsError, and
        nothing is remembered of it.
        """
        size = undecoded.width * undecoded.height * decode.pixel_bytes(undecoded)
        if not self._reserve(id, size):
            return
        kept = None
        try:
            kept = _Original(decode.in_memory(undecoded), size, self._clock())
        finally:
            with self._lock:
                del self._decoding[id]
                if kept is not None and not self._closed:
                    self._kept[id] = kept
                    self._wind()
        self._on_event("decoded")

    @contextmanager
    def lend(self, id: str) -> Iterator[VipsImage | None]:
        """The original, which is not given back within; None where it is not held."""
        with self._lock:
            found = self._kept.get(id)
            if found is not None:
                self._kept.move_to_end(id)
                found.lent += 1
        if found is None:
            yield None
            return
        self._on_event("used")
        try:
            yield found.pixels
        finally:
            with self._lock:
                found.lent -= 1
                found.used = self._clock()

    def drop_unused(self) -> None:
        """Give back what was not used for a while. A timer does this too."""
        with self._lock:
            unused = self._unused_for(SECONDS)
            for id in unused:
                self._drop(id)
        if unused:
            memory.trim()

    def close(self) -> None:
        """Give all back, and hold no more."""
        with self._lock:
            self._closed = True
            self._kept.clear()
            if self._timer is not None:
                self._timer.cancel()

    def _bytes(self) -> int:
        held = sum(original.bytes for original in self._kept.values())
        return held + sum(self._decoding.values())

    def _reserve(self, id: str, size: int) -> bool:
        """Make room; False where there is none, or no need of it."""
        with self._lock:
            if self._closed or id in self._kept or id in self._decoding:
                return False
            leaving = self._room(size)
            if leaving is None:
                return False
            for other in leaving:
                self._drop(other)
            self._decoding[id] = size
            return True

    def _room(self, size: int) -> list[str] | None:
        """What would have to go to make room, least recently used first; None if that can not."""
        over, leaving = self._bytes() + size - self._capacity, []
        for id in self._unused_for(SETTLED):
            if over <= 0:
                break
            leaving.append(id)
            over -= self._kept[id].bytes
        return leaving if over <= 0 else None

    def _unused_for(self, seconds: float) -> list[str]:
        since = self._clock() - seconds
        return [id for id, held in self._kept.items() if not held.lent and held.used <= since]

    def _drop(self, id: str) -> None:
        del self._kept[id]
        self._on_event("dropped")

    def _wind(self) -> None:
        """One timer for all, while anything is held."""
        if self._timer is None:
            self._timer = threading.Timer(SECONDS / 2, self._ring)
            self._timer.daemon = True
            self._timer.start()

    def _ring(self) -> None:
        self.drop_unused()
        with self._lock:
            self._timer = None
            if self._kept:
                self._wind()

    def _land(self, id: str, task: asyncio.Task[None]) -> None:
        self._forget(id, task)
        if not task.cancelled():
            task.exception()  # seen, even if everyone who waited has gone

    def _forget(self, id: str, task: asyncio.Task[None]) -> None:
        flight = self._flights.get(id)
        if flight is not None and flight.task is task:
            del self._flights[id]
