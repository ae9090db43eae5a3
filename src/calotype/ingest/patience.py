"""What could not be looked at for want of time or memory, and when to try it again.

That says little of the file: the machine may have been busy. So it waits, twice as long each time.
What ran out of its own time again and again is given up; what the machine had no room for is not.
Kept in memory: a new process tries anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Hashable
from dataclasses import dataclass

from calotype.errors import Overloaded

MOST_TRIES = 5
FIRST_WAIT = 60.0
"""Seconds."""
LONGEST_WAIT = 3600.0

OF_THE_MACHINE = (Overloaded, MemoryError, OSError)
"""Raised where there is no process, memory or file handle left: nothing is said of the file."""


@dataclass(slots=True)
class _Waiting:
    tries: int = 0
    rounds: int = 0
    due: float = 0.0


class Patience:
    """Threads may share it, as long as no two work at the same key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: dict[Hashable, _Waiting] = {}

    def due(self, key: Hashable) -> bool:
        """Whether to try it now; so it is with what never failed."""
        waiting = self._waiting.get(key)
        return waiting is None or self._clock() >= waiting.due

    def keep(self, keys: Container[Hashable]) -> float | None:
        """Forget all others, which have gone; seconds until the first is due, None if none is."""
        self._waiting = {key: waiting for key, waiting in self._waiting.items() if key in keys}
        due = min((waiting.due for waiting in self._waiting.values()), default=None)
        return None if due is None else max(0.0, due - self._clock())

    def put_off(self, key: Hashable) -> None:
        """The machine had no room: try again later, however often that was so."""
        waiting = self._waiting.setdefault(key, _Waiting())
        waiting.due = self._clock() + min(LONGEST_WAIT, FIRST_WAIT * 2**waiting.rounds)
        waiting.rounds += 1

    def exhausted(self, key: Hashable) -> bool:
        """Count a try that the file itself used up: whether it was the last, else it waits."""
        self.put_off(key)
        self._waiting[key].tries += 1
        if self._waiting[key].tries < MOST_TRIES:
            return False
        self.forget(key)
        return True

    def forget(self, key: Hashable) -> None:
        """It is done with."""
        self._waiting.pop(key, None)
