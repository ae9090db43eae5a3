"""Levels of the pyramid as they are stored, for whoever cannot have a rendition.

To read one costs a look into the store and no pixel. A store may be slow or hang, and then it is
asked by many at once: so reads have threads of their own, are bounded in number and in time, and
what is not to be had within those bounds is not there.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from calotype import decode
from calotype.decode import Limits
from calotype.errors import Refused
from calotype.model import Image, Rendition
from calotype.render.encoders import CONTENT_TYPES
from calotype.render.pyramid import Pyramid, sides

FORMATS = frozenset({"jpeg", "webp"})
"""What levels are stored as."""

THREADS = 2
MOST_READ = 32
"""Reads under way and waiting for a thread; each holds a level, of some hundred kilobytes."""

SECONDS = 1.0
"""For one read, its wait for a thread included."""


class StoredLevels:
    """Belongs to one event loop."""

    def __init__(
        self,
        pyramid: Pyramid,
        limits: Limits | None = None,
        most: int = MOST_READ,
        seconds: float = SECONDS,
    ) -> None:
        self._pyramid, self._limits = pyramid, limits or Limits()
        self._most, self._seconds = most, seconds
        self._reading = 0
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="stored-level")

    async def find(self, image: Image, size: tuple[int, int]) -> Rendition | None:
        """The smallest level that is at least so wide and high, as it is stored.

        `size` has the image's proportions. None where the image has no such level, it is not made
        yet, or it cannot be read now.
        """
        side = next((side for side in sides(image) if side >= max(size)), None)
        if side is None or self._reading >= self._most:
            return None
        self._reading += 1
        try:
            reading = self._threads.submit(self._read, image, side)
        except RuntimeError:  # closing
            self._reading -= 1
            return None
        reading.add_done_callback(partial(self._ended, asyncio.get_running_loop()))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(reading)
        except TimeoutError:
            return None  # the thread goes on, and counts until it ends

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, loop: asyncio.AbstractEventLoop, _: Future[Rendition | None]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(self._gone)

    def _gone(self) -> None:
        self._reading -= 1

    def _read(self, image: Image, side: int) -> Rendition | None:
        level = self._pyramid.read(image, side)
        if level is None:
            return None
        try:
            found = decode.header(level, self._limits)
        except Refused:
            return None
        return Rendition(level, CONTENT_TYPES[found.format], found.width, found.height)
