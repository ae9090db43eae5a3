"""The way to one edge: a thread that sends it purges, in order, each until the edge took it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from threading import Condition, Thread

from calotype.coherence.batch import Batch
from calotype.coherence.edge import At, Edge, EdgeError

log = logging.getLogger("calotype.coherence")

PAUSE = 0.2
"""Seconds between two purges; what comes meanwhile goes together. The first goes at once."""
FIRST_RETRY = 0.1
LAST_RETRY = 5.0
MOST_WAITING = 64
"""Batches kept apart while they wait; past that, the oldest are put together."""


class Line:
    """`start` and `stop` once each. Batches may be added at any time, from one thread.

    `count(outcome)` hears `sent`, `failed` and `left` (another instance has sent it). `sent(line)`
    is called after each purge that the edge has taken, in this line's thread.

    Where one instance of several should purge an edge, `leads` says whether it is this one, and
    `elsewhere` up to which seq the others have done it. What waits is kept until then, so that who
    leads next goes on where the last one stopped.
    """

    def __init__(
        self,
        edge: Edge,
        count: Callable[[str], None],
        *,
        pause: float = PAUSE,
        leads: Callable[[], bool] | None = None,
        elsewhere: Callable[[], int] = lambda: 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._edge, self._count, self._pause, self._clock = edge, count, pause, clock
        self._leads, self._elsewhere = leads, elsewhere
        self.sent: Callable[[Line], None] = lambda line: None
        self._changed = Condition()
        self._waiting: list[Batch] = []
        self._sending: Batch | None = None
        self._give_up: float | None = None
        self._fresh, self._failures = True, 0
        self._thread = Thread(target=self._run, name=f"purge-{edge.name}", daemon=True)
        self.confirmed: At | None = None
        """All changes up to this one have reached the edge."""

    @property
    def name(self) -> str:
        return self._edge.name

    @property
    def shared(self) -> bool:
        """Whether one instance purges this edge for all."""
        return self._leads is not None

    def start(self) -> None:
        self._thread.start()

    def add(self, batch: Batch) -> None:
        """Have it sent after all that was added before."""
        with self._changed:
            self._waiting.append(batch)
            if len(self._waiting) > MOST_WAITING:
                older, newer = self._waiting[:2]
                older.merge(newer)
                self._waiting[:2] = [older]
            self._changed.notify()

    def ask_to_stop(self, seconds: float) -> None:
        """Send what waits, for so long at most, and end."""
        with self._changed:
            self._give_up = self._clock() + seconds
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Wait for its end so long at most."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def oldest(self) -> float | None:
        """When the oldest change that the edge has not taken was learnt of; None if it has all."""
        with self._changed:
            waiting = [self._sending] if self._sending else self._waiting[:1]
            return waiting[0].since if waiting else None

    # In the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._wait_for_work():
                if self._is_ours():
                    self._send()
                else:
                    self._leave()
        finally:
            self._edge.close()

    def _wait_for_work(self) -> bool:
        """Return when it is time to send something; False when it is time to end."""
        pause = self._pause
        if self._failures:
            pause = min(LAST_RETRY, FIRST_RETRY * 2**self._failures) * random.uniform(0.5, 1.0)
        with self._changed:
            if self.shared:
                # What comes in this time goes together; of others, what comes after a purge.
                self._changed.wait_for(self._has_work)
                self._changed.wait_for(self._is_ending, pause)
            else:
                self._changed.wait_for(self._is_ending, 0 if self._fresh else pause)
                self._changed.wait_for(self._has_work)
            if self._give_up is None:
                return True
            if self._failures:
                self._changed.wait(FIRST_RETRY)
            return bool(self._waiting) and self._clock() < self._give_up and self._is_ours()

    def _is_ending(self) -> bool:
        return self._give_up is not None

    def _has_work(self) -> bool:
        return bool(self._waiting) or self._give_up is not None

    def _is_ours(self) -> bool:
        return self._leads is None or self._leads()

    def _send(self) -> None:
        self._fresh = False
        with self._changed:
            batch, *later = self._waiting
            for each in later:
                batch.merge(each)
            self._waiting, self._sending = [], batch
        try:
            self._edge.purge(batch.soft, batch.hard, batch.moment)
        except Exception as error:
            self._failed(batch, error)
            return
        with self._changed:
            self._sending = None
        self._failures = 0
        self.confirmed = At(batch.epoch, batch.seq)
        self._count("sent")
        self.sent(self)

    def _failed(self, batch: Batch, error: Exception) -> None:
        with self._changed:
            self._waiting.insert(0, batch)
            self._sending = None
        self._failures = min(self._failures + 1, 10)
        self._count("failed")
        if isinstance(error, EdgeError | OSError):
            log.warning("%s did not take a purge and is asked again: %s", self.name, error)
        else:
            log.exception("purging %s failed", self.name)

    def _leave(self) -> None:
        """Another instance sends it; forget what it has."""
        try:
            done = self._elsewhere()
        except Exception as error:  # the catalog, say: everything is kept until it is back
            log.debug("how far %s is cannot be read: %s", self.name, error)
            return
        with self._changed:
            left = [batch for batch in self._waiting if batch.seq > done]
            gone = self._waiting[: len(self._waiting) - len(left)]
            self._waiting = left
        for batch in gone:
            self._count("left")
            self.confirmed = At(batch.epoch, batch.seq)
        if gone:
            self.sent(self)
