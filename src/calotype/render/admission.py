"""When there is more to render than can be: what is still done, and for whom.

    CALM      everything
    QUICK     no work that can wait: slow encoders, renditions nobody asked for
    DEGRADED  only what has no larger rendition that could be sent instead
    FULL      nothing more

The level follows from how many wait, and from how long one that came now would: the number that
wait × the mean time of recent renders ÷ workers. That is simple on purpose. It is wrong for any
single job, but as the mean of many it is what the last in the queue will see, and it is nothing as
soon as nothing waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Level(IntEnum):
    CALM = 0
    QUICK = 1
    DEGRADED = 2
    FULL = 3


class Load(NamedTuple):
    """How many jobs wait, and the seconds that one that came now is estimated to."""

    waiting: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where each level begins: past so many seconds, or past a quarter, half and all of `queue`.

    While fewer than `few` wait no estimate counts: a page asks for as many at once (browsers: six
    on a host), and on a slow machine each may take seconds. `deadline`: seconds after which a job
    that still waits is not started any more.
    """

    queue: int
    quick: float = 0.15
    degrade: float = 0.4
    refuse: float = 0.8
    deadline: float = 1.0
    few: int = 0

    def level(self, load: Load) -> Level:
        """The level while all workers are busy."""
        waiting, seconds = load
        if waiting < self.few:
            seconds = 0.0
        if waiting >= self.queue or seconds > self.refuse:
            return Level.FULL
        if waiting * 2 > self.queue or seconds > self.degrade:
            return Level.DEGRADED
        if waiting * 4 > self.queue or seconds > self.quick:
            return Level.QUICK
        return Level.CALM
