"""What is asked for often is encoded once more, slowly, and delivered smaller from then on.

A rendition that was taken from the cache `after` times, the first of them `SPREAD` seconds ago, is
due. When somebody asks for it while nothing else is rendered, it is rendered with the slow setting,
one at a time; on a busy service it simply stays due. If it is at least 5 % smaller it takes the
quick one's place, else the quick one stays, and in both cases it is not tried again. Nor is what
breaks, or takes too long: it would do so again, for as long.

The slow rendition has a key of its own, so each key and each ETag keeps meaning one encoding,
whatever is lost, restarted or shared: the ledger only says which of the two keys is current. If the
ledger is lost the quick rendition is current again, under its own ETag; if the slow bytes
are lost they are rendered anew, slowly.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from calotype.deliver.caching import slow_key
from calotype.deliver.ledger import Ledger
from calotype.deliver.renditions import Produce, Renditions
from calotype.errors import CalotypeError, Overloaded, SourceUnavailable

log = logging.getLogger(__name__)

WORTH = 0.95
"""Share of the quick rendition's bytes that the slow one may have at most."""

SPREAD = 60.0
"""Seconds from the first hit that counts to the slow render. The clients of one wave ask for a new
URL within moments: that is once, not often, and all of them should get the same bytes."""

MOST_COUNTED = 16_384
"""Renditions whose hits are counted; who was not asked for the longest is forgotten first."""

_CLOSE_SECONDS = 5.0

_PASSING = (Overloaded, SourceUnavailable)
"""What says nothing of the rendition: nothing was rendered."""


class Upgrades:
    """Belongs to one event loop. `after` 0: none. `idle`: whether there is time now.

    `on_outcome` is told `smaller`, `kept` or `failed`.
    """

    def __init__(
        self,
        renditions: Renditions,
        ledger: Ledger,
        after: int,
        idle: Callable[[], bool],
        on_outcome: Callable[[str], None] = lambda outcome: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renditions, self._ledger = renditions, ledger
        self._after, self._idle, self._on_outcome = after, idle, on_outcome
        self._clock = clock
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._running: asyncio.Task[None] | None = None

    def current(self, key: str) -> tuple[str, bool]:
        """The key under which the rendition is delivered now, and whether it is the slow one."""
        if self._after and self._ledger.get(key):
            return slow_key(key), True
        return key, False

    def hit(self, key: str, size: int, produce: Produce) -> bool:
        """The quick rendition of `key`, `size` bytes long, was taken from a cache.

        `produce` makes the slow one. False: that has taken its place, so this one should not be
        sent any more.
        """
        if not self._after:
            return True
        settled = self._ledger.get(key)
        if settled is not None:
            return not settled
        if self._count(key) and self._running is None and self._idle():
            self._running = asyncio.create_task(self._upgrade(key, size, produce))
            self._running.add_done_callback(self._finished)
        return True

    def _count(self, key: str) -> bool:
        """One more hit; whether that was often enough, and for long enough."""
        now = self._clock()
        count, since = self._counts.pop(key, (0, now))
        self._counts[key] = (count + 1, since)
        if len(self._counts) > MOST_COUNTED:
            self._counts.popitem(last=False)
        return count + 1 >= self._after and now - since >= SPREAD

    async def close(self) -> None:
        """Give up what is being encoded."""
        self._after = 0
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running], timeout=_CLOSE_SECONDS)

    async def _upgrade(self, key: str, size: int, produce: Produce) -> None:
        try:
            slow = await produce()
        except _PASSING:
            self._counts.pop(key, None)  # as often again, and as long, before it is tried again
            self._on_outcome("failed")
            return
        except Exception as error:
            self._settle(key, False)
            self._on_outcome("failed")
            if isinstance(error, CalotypeError):
                return
            raise
        smaller = len(slow.body) <= size * WORTH
        if smaller:
            self._renditions.put(slow_key(key), slow)
            self._renditions.drop(key)
        self._settle(key, smaller)
        self._on_outcome("smaller" if smaller else "kept")

    def _settle(self, key: str, slow: bool) -> None:
        self._ledger.put(key, slow)
        self._counts.pop(key, None)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A rendition could not be encoded anew.", exc_info=error)
