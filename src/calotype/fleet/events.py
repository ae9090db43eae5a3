"""What happened in a fleet, the newest last."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

KEPT = 500


@dataclass(frozen=True, slots=True)
class Event:
    """`number` counts from 1; `at` is Unix time. `kind`: started ready crashed failed scaling
    draining stopped reloaded problem."""

    number: int
    at: float
    kind: str
    text: str


class Events:
    """The last `KEPT` of them."""

    def __init__(self) -> None:
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._count = 0

    def say(self, kind: str, text: str) -> None:
        self._count += 1
        self._kept.append(Event(self._count, time.time(), kind, text))

    def after(self, number: int) -> list[Event]:
        """Those that are newer than the one of this number."""
        return [event for event in self._kept if event.number > number]
