"""Learns of changes from the index, and has every edge told of them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event, Lock, Thread
from typing import Protocol

from calotype.coherence.batch import Batch, Look, Terms
from calotype.coherence.cursor import Cursors
from calotype.coherence.edge import At
from calotype.coherence.line import Line
from calotype.errors import CalotypeError
from calotype.model import Change

log = logging.getLogger("calotype.coherence")

RETRY = 1.0
"""Seconds before a catalog that does not answer is asked again."""
STOP_SECONDS = 3.0
"""How long sending what waits may take when the service ends."""
KEEP_SECONDS = 5.0
"""Seconds between two notes in the catalog of how far the edges are."""
PURGED, INVALIDATED = "purged", "invalidated"
"""Counters in the catalog: up to which change edges have been told, where every instance tells them
and where one does for all."""
_PAGE = 1000


class Feed(Protocol):
    """What is asked of the catalog; each raises CatalogUnavailable."""

    def changes(self, after: int, limit: int = 1000) -> list[Change]: ...

    def last_seq(self) -> int: ...

    def counter(self, name: str) -> int | None: ...

    def advance(self, name: str, value: int) -> None: ...


class Purger:
    """`start` and `stop` once each. `heard` and `visible` are called by the thread that indexes.

    What `heard` gathers is sent when it is `visible`: when no answer of this instance can be older.
    What was not heard (before a restart, or by another process) is read from the feed; there the
    images as they were are not known, so every answer to a query becomes stale.
    """

    def __init__(
        self,
        lines: Sequence[Line],
        feed: Feed,
        cursors: Cursors,
        look: Look,
        terms: Terms,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lines, self._feed, self._cursors = lines, feed, cursors
        self._look, self._terms, self._clock = look, terms, clock
        self._lock, self._wake, self._stop = Lock(), Event(), Event()
        self._at: At | None = None
        self._told: At | None = None
        self._heard: Batch | None = None
        self._ready: Batch | None = None
        self._kept = dict.fromkeys((PURGED, INVALIDATED), 0)
        self._keep_at = 0.0
        self._thread = Thread(target=self._run, name="purger", daemon=True)
        for line in lines:
            line.sent = self._confirmed

    def start(self) -> None:
        for line in self._lines:
            line.start()
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Send what is visible, for so long at most: an edge or a catalog that hangs is left."""
        end = time.monotonic() + seconds

        def left() -> float:
            return max(0.0, end - time.monotonic())

        self._stop.set()
        self._wake.set()
        if self._thread.ident is None:
            return
        self._thread.join(left())
        for line in self._lines:
            line.ask_to_stop(left())
        for line in self._lines:
            line.join(left())
        if self._thread.is_alive():
            return  # the catalog does not answer
        try:
            self._keep()
        except CalotypeError as error:
            log.warning("how far the edges are told cannot be kept: %s", error)

    @property
    def lag(self) -> float:
        """Seconds since the oldest change that some edge was not told of; 0 if there is none."""
        waiting = [since for line in self._lines if (since := line.oldest()) is not None]
        return max(0.0, self._clock() - min(waiting)) if waiting else 0.0

    def heard(self, after: int, changes: Sequence[Change]) -> None:
        """Changes that follow `after` and are about to be committed: `look` still knows the images
        as they were. Never raises: the index must not wait for what is only about caches."""
        with self._lock:
            if self._told is None:
                return  # the first turn tells from the feed
            batch, told = self._heard, self._told
            if batch is None or batch.epoch != told.epoch or after > batch.seq:
                batch = self._heard = Batch(told.epoch, max(after, told.seq), after, self._clock())
        news = [change for change in changes if change.seq > told.seq]
        try:
            for change in news:
                batch.note(change, self._look, self._terms)
        except Exception:
            log.exception("what changes touch cannot be said; every query is purged")
            batch.note_unseen(news)
        batch.seq = max(batch.seq, changes[-1].seq)

    def visible(self, epoch: str, seq: int) -> None:
        """The index that answers has every change of `epoch` up to `seq`."""
        at = At(epoch, seq)
        with self._lock:
            heard = self._heard
            if heard is not None and (heard.epoch != epoch or heard.seq <= seq):
                self._heard = None
                if heard.epoch == epoch:
                    self._ready = _joined(self._ready, heard)
        if at != self._at:
            self._at = at
            self._wake.set()

    # In the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(KEEP_SECONDS)
            self._wake.clear()
            self._turn()
        self._turn()

    def _turn(self) -> None:
        try:
            self._tell()
            if self._clock() >= self._keep_at:
                self._keep_at = self._clock() + KEEP_SECONDS
                self._keep()
        except Exception as error:
            if isinstance(error, CalotypeError):
                log.warning("edges are told of changes later: %s", error)
            else:
                log.exception("telling edges of changes failed")
            if not self._stop.wait(RETRY):
                self._wake.set()

    def _tell(self) -> None:
        at, told = self._at, self._told
        if at is None or at == told:
            return
        if told is None:
            self._begin(at)
        elif at.epoch != told.epoch:
            self._everything(at)
        elif at.seq > told.seq:
            self._send(self._take(told.seq, at) or self._read(told.seq, at))
        elif self._feed.last_seq() < told.seq:
            self._everything(at, reset=True)
        else:
            return  # an older index for a while; what it answers the edges know to be old
        self._told = at

    def _take(self, after: int, at: At) -> Batch | None:
        """What was heard from `after` to `at`, if that is all of it."""
        with self._lock:
            batch, self._ready = self._ready, None
        if batch is None or batch.epoch != at.epoch:
            return None
        return batch if batch.after <= after and batch.seq >= at.seq else None

    def _read(self, after: int, at: At) -> Batch:
        """The same from the feed."""
        batch = Batch(at.epoch, after, at.seq, self._clock())
        while after < at.seq and not batch.all_gone:
            changes = [c for c in self._feed.changes(after, _PAGE) if c.seq <= at.seq]
            batch.note_unseen(changes)
            if not changes:
                break
            after = changes[-1].seq
        return batch

    def _begin(self, at: At) -> None:
        """Go on where the edges are; nobody knows of one that is new to us, so it has all."""
        counters = {name: self._feed.counter(name) for name in (PURGED, INVALIDATED)}
        for line in self._lines:
            known = self._cursors.get(at.epoch, line.name)
            if known is None:
                known = counters[INVALIDATED if line.shared else PURGED]
            after = at.seq if known is None else min(known, at.seq)
            line.confirmed = At(at.epoch, after)
            # With nothing to purge it is told, all the same, which changes answers have.
            behind = after < at.seq
            line.add(self._read(after, at) if behind else self._nothing(at))

    def _nothing(self, at: At) -> Batch:
        return Batch(at.epoch, at.seq, at.seq, self._clock())

    def _everything(self, at: At, reset: bool = False) -> None:
        self._kept = dict.fromkeys(self._kept, 0)
        self._send(replace(self._nothing(at), everything=True, queries=True, reset=reset))

    def _send(self, batch: Batch) -> None:
        for line in self._lines:
            line.add(batch.copy())

    # How far the edges are ---------------------------------------------------------------------

    def _confirmed(self, line: Line) -> None:
        if line.confirmed is not None:
            self._cursors.put(line.confirmed.epoch, line.name, line.confirmed.seq)

    def _keep(self) -> None:
        """Note it in the catalog, for instances to come."""
        told = self._told
        for name, shared in ((PURGED, False), (INVALIDATED, True)):
            lines = [line.confirmed for line in self._lines if line.shared is shared]
            seqs = [at.seq for at in lines if at and told and at.epoch == told.epoch]
            if seqs and len(seqs) == len(lines) and (seq := min(seqs)) > self._kept[name]:
                self._feed.advance(name, seq)
                self._kept[name] = seq


def _joined(earlier: Batch | None, later: Batch) -> Batch:
    """Both, if nothing lies between them; else the later."""
    if earlier is None or earlier.epoch != later.epoch or later.after > earlier.seq:
        return later
    earlier.merge(later)
    return earlier
