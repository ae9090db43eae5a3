"""Which renditions on disk this process has seen to be whole: written itself, or read and their
checksum found right. Only these are handed to nginx, which looks at no checksum.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from msgspec import Struct

from calotype.model import Rendition

MOST = 50_000
"""About 20 MB; who was not asked for the longest is read, and looked at, once more."""

TOUCH_SECONDS = 60.0
"""How exactly a file says when it was used last: nginx does not say so when it sends one."""


class Stored(Struct, frozen=True):
    """A rendition that lies on disk; `size` is that of its body, in bytes."""

    size: int
    content_type: str
    width: int
    height: int


class Verified:
    """Safe to use from several threads. Least recently used is forgotten first."""

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._known: OrderedDict[str, tuple[Stored, float]] = OrderedDict()
        self._lock = Lock()

    def note(self, key: str, found: Rendition) -> None:
        """It is on disk, whole, and was touched just now."""
        stored = Stored(len(found.body), found.content_type, found.width, found.height)
        with self._lock:
            self._known[key] = stored, self._clock()
            self._known.move_to_end(key)
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def forget(self, key: str) -> None:
        with self._lock:
            self._known.pop(key, None)

    def get(self, key: str) -> Stored | None:
        known = self._known.get(key)
        return known[0] if known else None

    def used(self, key: str) -> bool:
        """It is sent once more; whether its file should be touched."""
        now = self._clock()
        with self._lock:
            known = self._known.get(key)
            if known is None:
                return False
            self._known.move_to_end(key)
            if now - known[1] < TOUCH_SECONDS:
                return False
            self._known[key] = known[0], now
            return True
