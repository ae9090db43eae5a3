"""Makes levels one image at a time, and gives way to renders."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Event, Lock

from calotype.decode import memory
from calotype.errors import CalotypeError
from calotype.model import Image
from calotype.render.pyramid import Pyramid, sides

MOST_WANTED = 1000
"""Images that wait for levels since a render asked for one; the oldest are forgotten first, and
asked for again by their next render."""

HELD = 2
"""Originals that are kept in memory for it; the others are read again."""

PATIENCE = 2.0
"""Seconds that one image gives way to renders. A service that is never idle needs levels most."""

_LOOK = 0.02


class Maker:
    """`want` may be called from any thread; all else is for the one that works."""

    def __init__(
        self,
        pyramid: Pyramid,
        read: Callable[[Image], bytes],
        busy: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
    ) -> None:
        self._pyramid, self._read, self._patience = pyramid, read, patience
        self.busy = busy
        self._wanted: OrderedDict[str, tuple[Image, bytes | None]] = OrderedDict()
        self._lock, self._wake, self._stopped = Lock(), Event(), Event()

    def want(self, image: Image, original: bytes | None = None) -> None:
        """Make the levels of an image soon. Takes no time."""
        if not sides(image):
            return
        with self._lock:
            held = sum(data is not None for _, data in self._wanted.values())
            if image.id not in self._wanted:
                self._wanted[image.id] = (image, original if held < HELD else None)
            if len(self._wanted) > MOST_WANTED:
                self._wanted.popitem(last=False)
        self._wake.set()

    def make_wanted(self) -> None:
        """All that was asked for, first come first served."""
        while not self._stopped.is_set():
            with self._lock:
                if not self._wanted:
                    return
                _, (image, original) = self._wanted.popitem(last=False)
            self.make_missing(image, original)

    def make_missing(self, image: Image, original: bytes | None = None) -> bool:
        """The levels of this image, unless they are there; whether any were made."""
        if not sides(image) or not self._pyramid.missing(image):
            return False
        self._give_way()
        if self._stopped.is_set():
            return False
        try:
            data = self._read(image) if original is None else original
        except CalotypeError:
            return False  # gone, or away: whoever asks for it next is told
        made = self._pyramid.make(image, data)
        memory.trim()
        return made

    def drop(self, id: str) -> None:
        """Remove the levels of an image that has gone."""
        self._pyramid.drop(id)

    def seen(self, catalog: str) -> int:
        """Up to which change of a catalog all was made, by whichever instance."""
        return self._pyramid.seen(catalog)

    def mark_seen(self, catalog: str, seq: int) -> None:
        self._pyramid.mark_seen(catalog, seq)

    def look(self) -> None:
        """End `wait`: there may be something new."""
        self._wake.set()

    def wait(self) -> None:
        """Until something is wanted, or `look` is called, or it is stopped."""
        self._wake.wait()
        if not self._stopped.is_set():
            self._wake.clear()

    def stop(self) -> None:
        """Finish what is being made and begin nothing more."""
        self._stopped.set()
        self._wake.set()

    def _give_way(self) -> None:
        until = time.monotonic() + self._patience
        while self.busy() and time.monotonic() < until:
            if self._stopped.wait(_LOOK):
                return
