"""What one instance does for all that share a catalog: walk the sources, and look at pixels.

Who does it has the lease. Another may begin while the last one's threads are still ending: that
doubles work and nothing else, for what they write are whole transactions that say what lies at a
place, and the same again changes nothing. What a slow one wrote late, the next comparison mends.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Thread
from typing import Protocol

from calotype import report as reports
from calotype.blobs import FolderSource, Source
from calotype.catalog import Catalog, Lease
from calotype.errors import CalotypeError
from calotype.ingest import Ingest, Summary
from calotype.report import Report

log = logging.getLogger(__name__)

LEASE = "ingest"
CHECK = 1.0
"""Seconds between two looks at the lease: about the time until another takes over."""
GIVE_UP = 180.0
"""Seconds in which no source could be read, after which another instance may try."""
END = 30.0
"""Seconds that threads get to come to an end when the lease is lost."""


class Hearer(Protocol):
    """Who is told what comes of it."""

    def began(self, known: bool) -> None:
        """A source is walked now; `known`: something of it was indexed before."""

    def came(self) -> None:
        """A walk or a change is in the catalog."""

    def wake(self) -> None:
        """The same, of what nothing waits for."""

    def looked(self) -> None:
        """The pixels of all that could be were looked at."""


class Leading:
    """`run` in a thread of its own. `leads`: the lease is ours; `follows`: it is another's."""

    def __init__(
        self,
        catalog: Catalog,
        ingest: Ingest,
        sources: Callable[[], Sequence[Source]],
        hearer: Hearer,
        report: Report,
        *,
        watch: bool,
        rescan_seconds: float,
        uploads: Source | None = None,
    ) -> None:
        self._catalog, self._ingest, self._sources = catalog, ingest, sources
        self._hearer, self._report = hearer, report
        self._watches, self._rescan, self._uploads = watch, rescan_seconds, uploads
        self._lease: Lease = catalog.lead(LEASE)
        self._over, self._new = Event(), Event()
        self._threads: list[Thread] = []
        self._left: list[Thread] = []
        self._failing: dict[str, float] = {}
        self.leads = self.follows = self._read = False

    @property
    def broken(self) -> bool:
        """Whether a thread ended that should not have, or does not end, as its source hangs."""
        dead = self.leads and not all(thread.is_alive() for thread in self._threads)
        return dead or self._hangs()

    def look(self) -> None:
        """There may be pixels that nobody looked at."""
        self._new.set()

    def run(self, stop: Event) -> None:
        try:
            while not stop.is_set():
                if not self._hangs() and self._lease.held():
                    self._lead(stop)
                else:
                    self.follows = True
                    stop.wait(CHECK)
        finally:
            self._lease.release()

    def _hangs(self) -> bool:
        return any(thread.is_alive() for thread in self._left)

    def _lead(self, stop: Event) -> None:
        """Until the lease is lost or given up, or told to stop: then all that was begun is ended
        first.
        """
        try:
            sources = (*self._sources(), *([self._uploads] if self._uploads else []))
        except CalotypeError as error:
            self._report.failed("ingest", error)
            self._let_go(stop, reports.RETRY)
            return
        log.info("this instance ingests")
        self._over, self._new = Event(), Event()
        self._failing = {}
        self._threads = [Thread(target=self._keep_pixels, args=(sources,), name="pixels")]
        self._threads += [
            Thread(target=self._keep_source, args=(source,), name=f"ingest-{number}")
            for number, source in enumerate(sources)
        ]
        for thread in self._threads:
            thread.daemon = True
            thread.start()
        self.leads, self.follows = True, False
        self._report.metrics.leads.set(1)
        if all(source is self._uploads for source in sources):
            self._came(None, None)  # there is nothing to wait for
        held = True
        while not stop.wait(CHECK) and (held := self._lease.held()) and not self._fails(sources):
            pass
        self.leads = False
        self._report.metrics.leads.set(0)
        self._over.set()
        self._new.set()
        if not held:
            log.warning("the lease was lost: another instance may ingest from now on")
        elif not stop.is_set():
            log.warning("no source can be read here: another instance may try")
        self._end()
        if held:
            self._let_go(stop, 2 * CHECK)
        self._report.idle()

    def _end(self) -> None:
        end = time.monotonic() + END
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._left = [thread for thread in self._threads if thread.is_alive()]
        if self._left:
            names = ", ".join(thread.name for thread in self._left)
            log.error("these do not come to an end, so this instance ingests no more: %s", names)

    def _let_go(self, stop: Event, seconds: float) -> None:
        """Leave the lease to another, who may know better, for so long at least."""
        self._lease.release()
        self.follows = True
        stop.wait(seconds)

    def _fails(self, sources: Sequence[Source]) -> bool:
        """Whether none could be read for long. Uploads alone are no reason to go on leading."""
        asked = [source for source in sources if source is not self._uploads] or sources
        since = [self._failing.get(source.key) for source in asked]
        late = time.monotonic() - GIVE_UP
        return bool(since) and all(at is not None and at <= late for at in since)

    def _keep_source(self, source: Source) -> None:
        over = self._over
        while not over.is_set():
            try:
                if source is not self._uploads:
                    self._hearer.began(self._catalog.has(source.key))
                # From the beginning, whoever led before: nothing that came between is missed.
                self._ingest.run(source, progress=self._note, stop=over)
                self._came(source, None)
                self._follow(source, over)
            except Exception as error:
                self._fail(source)
                self._report.problem(error)
                self._report.failed("ingest", error)
                over.wait(reports.RETRY)

    def _follow(self, source: Source, over: Event) -> None:
        """Return when the source is to be walked again, or when it is over."""
        if self._watches and isinstance(source, FolderSource):
            self._ingest.watch(
                source,
                over,
                on_change=partial(self._came, source),
                on_error=partial(self._lost, source),
            )
        else:
            over.wait(self._rescan if self._watches else None)

    def _keep_pixels(self, sources: Sequence[Source]) -> None:
        """Look at the pixels of what came, whenever something did, and of what was put off."""
        again: float | None = None
        over, new = self._over, self._new
        analyse = partial(self._ingest.analyse, sources, progress=self._note, stop=over)
        while not over.is_set():
            new.wait(again)
            new.clear()
            try:
                read = self._read  # or these were the pixels of uploads alone
                again = analyse().again
                if not over.is_set():
                    self._report.idle()
                    (self._hearer.looked if read else self._hearer.wake)()
            except Exception as error:
                self._report.failed("analyse", error)
                over.wait(reports.RETRY)
                new.set()

    def _came(self, source: Source | None, _: Summary | None) -> None:
        if source is not None:
            self._failing.pop(source.key, None)
        if not self._over.is_set():
            self._report.idle()
            if source is None or source is not self._uploads:
                self._read = True
                self._new.set()
                self._hearer.came()
            else:
                self._new.set()
                self._hearer.wake()

    def _fail(self, source: Source) -> None:
        self._failing.setdefault(source.key, time.monotonic())

    def _lost(self, source: Source, error: CalotypeError) -> None:
        """The source or the catalog went away; said at /readyz until it is back."""
        self._fail(source)
        self._report.problem(error)
        self._report.failed("watch", error)

    def _note(self, stage: str, done: int, total: int, name: str) -> None:
        self._report.progress = reports.Progress(stage, done, total, name)
