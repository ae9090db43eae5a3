"""Originals on their way out: in parts, each read when the one before it has gone.

Sources may be slow, and clients are. So originals are read in threads of their own, no thread waits
for a client, and no more of an original is in memory than a part.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from calotype.api.leaving import watch
from calotype.errors import Overloaded
from calotype.model import Image
from calotype.originals import PART, Original, Originals

THREADS = 4
MOST_OPENED = 32
"""Originals that are being opened, or wait for it. To open one may mean to read and hash it."""

RETRY_SECONDS = 2


class Download:
    """The bytes from `start` to `stop` of an original that is open. Close it."""

    def __init__(
        self, original: Original, start: int, stop: int, threads: ThreadPoolExecutor
    ) -> None:
        self._original, self._start, self._stop = original, start, stop
        self._threads = threads
        self._reading: Future[bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for at in range(self._start, self._stop, PART):
            stop = min(self._stop, at + PART)
            self._reading = self._threads.submit(self._original.read, at, stop)
            yield await asyncio.wrap_future(self._reading)

    def close(self) -> None:
        """A part that is being read just now is read to its end first."""
        if self._reading is None:
            self._original.close()
        else:
            self._reading.add_done_callback(lambda _: self._original.close())


class Downloads:
    """Belongs to one event loop."""

    def __init__(
        self, originals: Originals, threads: int = THREADS, most_opened: int = MOST_OPENED
    ) -> None:
        self._originals, self._most = originals, most_opened
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="original")
        self._opening = 0

    async def open(self, image: Image, part: slice) -> Download:
        """Raises what `Originals.open` does, and Overloaded where too many are being opened."""
        if self._opening >= self._most:
            raise Overloaded("Too many originals are being read. Try again.", RETRY_SECONDS)
        self._opening += 1
        opening = self._threads.submit(self._originals.open, image)
        opening.add_done_callback(partial(self._ended, asyncio.get_running_loop()))
        try:
            original = await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise
        return Download(original, part.start, part.stop, self._threads)

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    def _ended(self, loop: asyncio.AbstractEventLoop, _: Future[Original]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(self._gone)

    def _gone(self) -> None:
        self._opening -= 1


class Streamed(StreamingResponse):
    """Sends a download, and closes it whatever comes."""

    def __init__(
        self, download: Download, status: int, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(download, status, headers, media_type)
        self._download = download

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not as StreamingResponse does, which asks anew whether the client has gone: see `leaving`.
        sending = asyncio.create_task(self.stream_response(send))
        try:
            gone = watch(scope, receive)
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            await asyncio.wait((sending,))
            self._download.close()


def _close(opening: Future[Original]) -> None:
    """Nobody waits for it any more."""
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
