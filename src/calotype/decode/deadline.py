"""A bound of time on what libvips does in this thread.

libvips looks at an image's kill flag before each piece of work on it, so setting the flag from
another thread stops most decoders and encoders within milliseconds. Some work is one piece: the
passes of an interlaced PNG or progressive JPEG before the first row is out, an AVIF inside its
codec, and a frame of a GIF while its colours are chosen. That runs on to its end (pixels, and
`max_avif_pixels` and `max_gif_pixels` for what is encoded, bound it), and whoever waits is told at
the deadline all the same: `over`.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from calotype.decode.vips import VipsError, VipsImage

_AGAIN = 0.02
"""Seconds until the flag is set anew: libvips takes it down when it has seen it."""

_here = threading.local()


class Deadline:
    """`over` is called once, from another thread, if the work still goes on after `seconds`.

    They count from when `bounded` is entered: a wait before that is none of it.
    """

    def __init__(self, seconds: float, over: Callable[[], None] = lambda: None) -> None:
        self.seconds = seconds
        self.passed = False
        self.ends = math.inf
        self._over = over
        self.image: VipsImage | None = None
        """What is worked on now; a thread does one thing after the other."""

    def kill(self) -> None:
        first, self.passed = not self.passed, True
        image = self.image
        if image is not None:
            image.set_kill(True)
        if first:
            self._over()


@contextmanager
def bounded(deadline: Deadline) -> Iterator[None]:
    """All that this thread has watched within goes on until the deadline at most."""
    _here.deadline = deadline
    deadline.ends = time.monotonic() + deadline.seconds
    _watchdog.add(deadline)
    try:
        yield
    finally:
        _watchdog.remove(deadline)
        _here.deadline = deadline.image = None


def watched(image: VipsImage) -> VipsImage:
    """The same image; raises VipsError at once if the time is over already."""
    deadline: Deadline | None = getattr(_here, "deadline", None)
    if deadline is not None:
        if deadline.passed:
            raise VipsError("out of time")
        deadline.image = image
    return image


class _Watchdog:
    """One thread for all deadlines, begun with the first of them."""

    def __init__(self) -> None:
        self._running: deque[Deadline] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            # it sleeps until the first of them ends: only an empty list has it asleep for ever
            if not self._running or deadline.ends < self._running[0].ends:
                self._running.appendleft(deadline)
                self._changed.notify()
            else:
                self._running.append(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)
                self._thread.start()

    def remove(self, deadline: Deadline) -> None:
        with self._changed, suppress(ValueError):
            self._running.remove(deadline)

    def _watch(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                late = [each for each in self._running if each.ends <= now]
                if not late:
                    first = min((each.ends for each in self._running), default=None)
                    self._changed.wait(None if first is None else first - now)
                    continue
            for each in late:
                each.kill()
            time.sleep(_AGAIN)


_watchdog = _Watchdog()
