"""A bounded pool of threads behind a bounded queue: so many renders at once, so many waiting, no
more, and none for longer than it is worth.

A job that has waited past the deadline is not started: whoever asked has given up, or is about to,
and to render for them would only make the next one late as well. A job whose asker goes away
leaves the queue at once.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Generic, NoReturn, TypeVar

from calotype.errors import Overloaded
from calotype.render.admission import Level, Load, Thresholds

Observe = Callable[[str, float], None]
"""Called with `queue_wait`, or the work's name, and seconds, from the thread that did it."""

Decided = Callable[[str], None]
"""Called with `admitted` when a job begins, `refused` when it may not wait, `expired` when it has
waited too long."""

T = TypeVar("T")

_RECENT = 16
"""Renders that the mean looks back on, roughly: it is an exponential moving average."""

_LONGEST_RETRY = 30


@dataclass(slots=True)
class Ticket:
    """What whoever asked may look at: a render that has begun is not worth dropping."""

    begun: bool = False


@dataclass(slots=True, eq=False, repr=False)
class _Job(Generic[T]):
    work: Callable[[], T]
    queued: float
    ticket: Ticket
    name: str
    future: Future[T] = field(default_factory=Future)


class Pool:
    """`run` raises Overloaded; what to do then, its `reason` says. libvips releases the GIL."""

    def __init__(
        self,
        workers: int,
        thresholds: Thresholds,
        observe: Observe = lambda stage, seconds: None,
        decided: Decided = lambda outcome: None,
        clock: Callable[[], float] = time.monotonic,
        coming: Callable[[], int] = lambda: 0,
    ) -> None:
        """`coming`: how many wait for a worker elsewhere, and are counted with those here."""
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="render")
        self._workers, self._thresholds = workers, thresholds
        self._observe, self._decided, self._clock = observe, decided, clock
        self._coming = coming
        self._lock = Lock()
        self._queue: deque[_Job[Any]] = deque()
        self._running = 0
        self._mean = 0.0
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether no job runs or waits."""
        return not self._running

    @property
    def load(self) -> Load:
        """How many wait, and how long one that came now would."""
        waiting = len(self._queue) + self._coming()
        return Load(waiting, waiting * self._mean / self._workers)

    @property
    def level(self) -> Level:
        """What is asked of a job that came now."""
        if self._running < self._workers:
            return Level.CALM
        return self._thresholds.level(self.load)

    async def run(
        self,
        work: Callable[[], T],
        below: Level = Level.FULL,
        ticket: Ticket | None = None,
        name: str = "render",
    ) -> T:
        """Do `work` in a thread, if the level is `below` this one; what it raises is raised here.

        Cancelled while it waits it gives its place back; once begun it is finished.
        """
        job = _Job(work, self._clock(), ticket or Ticket(), name)
        self._admit(job, below)
        timer = asyncio.get_running_loop().call_later(
            self._thresholds.deadline, self._expire_waiting, job
        )
        try:
            return await asyncio.wrap_future(job.future)
        finally:
            timer.cancel()
            self._withdraw(job)

    def close(self) -> None:
        """Finish what runs, refuse what waits."""
        with self._lock:
            self._closed = True
            left, self._queue = list(self._queue), deque()
        for job in left:
            job.future.set_exception(Overloaded("The renderer is shutting down."))
        self._executor.shutdown(wait=True)

    def _admit(self, job: _Job[Any], below: Level) -> None:
        with self._lock:
            if self._closed:
                raise Overloaded("The renderer is shutting down.")
            level = self.level
            if level < below:
                if self._running < self._workers:
                    self._running += 1
                    self._executor.submit(self._work, job)
                else:
                    self._queue.append(job)
                return
        self._refuse(level)

    def check(self, below: Level = Level.FULL) -> None:
        """Raise Overloaded where `run` would now."""
        if self._closed:
            raise Overloaded("The renderer is shutting down.")
        level = self.level
        if level >= below:
            self._refuse(level)

    def _refuse(self, level: Level) -> NoReturn:
        if level is Level.FULL:
            self._decided("refused")
            full = "Too many images are being rendered. Try again in a moment."
            raise Overloaded(full, self._retry_after())
        raise Overloaded("The renderer is busy.", self._retry_after(), "busy")

    def _retry_after(self) -> int:
        return min(_LONGEST_RETRY, max(1, math.ceil(self.load.seconds)))

    def _work(self, first: _Job[Any]) -> None:
        """One worker, until nothing waits; the first has not waited at all."""
        self._begin(first)
        del first
        while (job := self._next()) is not None:
            if self._clock() - job.queued > self._thresholds.deadline:
                self._expire(job)
            else:
                self._begin(job)

    def _begin(self, job: _Job[Any]) -> None:
        if job.future.set_running_or_notify_cancel():
            self._observe("queue_wait", self._clock() - job.queued)
            self._do(job)

    def _next(self) -> _Job[Any] | None:
        with self._lock:
            if self._queue:
                return self._queue.popleft()
            self._running -= 1
            return None

    def _do(self, job: _Job[Any]) -> None:
        self._decided("admitted")
        job.ticket.begun = True
        started = self._clock()
        try:
            done = job.work()
        except BaseException as error:
            self._took(job.name, self._clock() - started)
            job.future.set_exception(error)
            del job  # the error holds this frame: it must not hold the error in turn
        else:
            self._took(job.name, self._clock() - started)
            job.future.set_result(done)

    def _took(self, name: str, seconds: float) -> None:
        with self._lock:
            self._mean += (seconds - self._mean) / (_RECENT if self._mean else 1)
        self._observe(name, seconds)

    def _expire_waiting(self, job: _Job[Any]) -> None:
        """Whoever asked is told on time, even while no worker comes to look at the queue."""
        if self._withdraw(job):
            self._expire(job)

    def _expire(self, job: _Job[Any]) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        self._decided("expired")
        late = "The image could not be rendered in time. Try again in a moment."
        job.future.set_exception(Overloaded(late, self._retry_after(), "late"))

    def _withdraw(self, job: _Job[Any]) -> bool:
        """Take it out of the queue; whether it was there still."""
        with self._lock:
            if job not in self._queue:
                return False  # asked first: `remove` would tell of the job, with all bytes it holds
            self._queue.remove(job)
            return True
