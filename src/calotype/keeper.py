"""Keeps the index in step with the catalog, in the background of a service, and says when it is.

One thread indexes: it applies what the catalog's feed has that the index has not, and takes up the
commits of whichever process is the writer. Others hear of commits, lead (`leading.py`: ingest, on
one instance of those that share a catalog), make smaller copies, and publish snapshots of the
index. Requests wait for none of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Thread

from calotype import report as reports
from calotype.blobs import Source
from calotype.catalog import Catalog
from calotype.coherence import Purger
from calotype.errors import CatalogUnavailable
from calotype.ingest import Ingest
from calotype.leading import Leading
from calotype.levels import Levels
from calotype.metrics import Metrics
from calotype.render.maker import Maker
from calotype.report import Progress, Report
from calotype.search import Archive, Indexer, SearchIndex, Work

log = logging.getLogger(__name__)

POLL = 0.25
"""Seconds between two looks at the feed; a commit of our own ingest is seen at once."""
POLL_HEARING = 3.0
"""The same where commits are heard of; for the notice that was lost."""
PATIENCE = 10.0
"""Seconds after which a first ingest may go on while what is there is served."""
PUBLISH = 20.0
"""Seconds between two looks whether a snapshot of the index is due."""
STOP = 4.0
"""Seconds that all threads together get to come to an end, not counting what edges are told."""


class Keeper:
    """`start` and `stop` once each; everything else may be read at any time.

    `sources`: what is ingested, asked whenever this instance begins to lead. `uploads` is followed
    like them, but nothing waits for it to be read. `archive`: where snapshots of the index are
    published; None: nowhere.
    """

    def __init__(
        self,
        catalog: Catalog,
        ingest: Ingest,
        indexer: Indexer,
        index: SearchIndex,
        sources: Callable[[], Sequence[Source]],
        metrics: Metrics,
        *,
        watch: bool,
        rescan_seconds: float = 300,
        maker: Maker | None = None,
        archive: Archive | None = None,
        space: Callable[[], str] = lambda: "",
        purger: Purger | None = None,
        clock: Callable[[], float] = time.monotonic,
        uploads: Source | None = None,
    ) -> None:
        self._catalog, self._indexer, self._index = catalog, indexer, index
        self._sources, self._metrics, self._clock = sources, metrics, clock
        self._maker, self._archive, self._purger = maker, archive, purger
        self._space, self._disk_problem = space, ""
        indexer.committed = self._show
        self.report = Report(metrics)
        self._leading = Leading(
            catalog,
            ingest,
            sources,
            self,
            self.report,
            watch=watch,
            rescan_seconds=rescan_seconds,
            uploads=uploads,
        )
        self._listener = catalog.listener()
        self._stop, self._wake, self._told_all = Event(), Event(), Event()
        self._turn = self._finished = 0
        self._needed = 1
        self._in_step = 0.0
        self._walked = False
        self._unwritable = False
        self._started = 0.0
        self._threads: list[Thread] = []
        self._indexing: Thread | None = None
        self.draining = False
        self.settled = Event()

    @property
    def progress(self) -> Progress:
        return self.report.progress

    @property
    def indexing(self) -> Work:
        """How far the index is on its way to what the catalog has."""
        return self._indexer.work

    @property
    def leads(self) -> bool:
        """Whether this instance ingests."""
        return self._leading.leads

    def start(self) -> None:
        self._started = self._in_step = self._clock()
        self._metrics.index_lag.set_function(lambda: self._clock() - self._in_step)
        if self._purger is not None:
            self._purger.start()
        self._indexing = self._run(self._keep_index, "index")
        if self._listener is not None:
            self._run(partial(self._listener.run, self._wake.set, self._stop), "listen")
        self._run(partial(self._leading.run, self._stop, self._told_all), "lead")
        if self._maker is not None:
            levels = Levels(self._catalog, self._maker, lambda: self.leads, self.report)
            self._run(partial(levels.run, self._stop), "levels")
        if self._archive is not None:
            self._run(partial(self._keep_published, self._archive), "publish")

    def wake(self) -> None:
        """The catalog was changed just now: to be seen at once."""
        self._wake.set()

    def stop(self) -> None:
        """Stop following; what was begun is finished or undone as a whole. A thread that does not
        end, as its source hangs, is left behind.

        Edges are told once nothing is indexed any more, whatever else hangs, and while the lease is
        held: some are told by its holder alone.
        """
        self._stop.set()
        self._wake.set()
        if self._maker is not None:
            self._maker.stop()
        end = time.monotonic() + STOP
        if self._indexing is not None:
            self._indexing.join(STOP)
        if self._purger is not None:
            began = time.monotonic()
            self._purger.stop()
            end += time.monotonic() - began
        self._told_all.set()
        end = max(end, time.monotonic() + STOP / 4)  # something is left, however long that took
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        if left := [thread.name for thread in self._threads if thread.is_alive()]:
            # Nothing is closed under them: a killed process does no more harm than this.
            log.warning("still at work when it stopped: %s", ", ".join(left))
            return
        self._indexer.close()
        self._catalog.close()

    @property
    def seq(self) -> int:
        """The last change that is in the index; 0 before the first."""
        return self._indexer.last_seq

    @property
    def waiting_for(self) -> str:
        """Why the service is not ready yet; empty when it is."""
        if self.draining:
            return "The service is shutting down."
        if self._leading.broken or not all(thread.is_alive() for thread in self._threads):
            return "A part of the service has stopped; restart it. The log says why."
        if self._disk_problem:
            return self._disk_problem
        if self._index.damaged:
            return "The search index is damaged, and is being built anew from the catalog."
        if self._unwritable:
            return "The search index cannot be written. Is its disk full?"
        if not self._index.ready or self._finished < self._needed:
            return "The search index is being brought up to date."
        if not self._walked and not (
            self._index.count() and self._clock() - self._started > PATIENCE
        ):
            return "The source is being read for the first time."
        return ""

    def _run(self, work: Callable[[], None], name: str) -> Thread:
        thread = Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread

    def _keep_index(self) -> None:
        while not self._stop.is_set():
            self._turn += 1
            hearing = self._listener is not None and self._listener.active
            wait = POLL_HEARING if hearing else POLL
            self._disk_problem = self._space()
            try:
                if behind := self._indexer.catch_up():
                    log.debug("indexed %d changes", behind)
                    self._stir()
                self._index.refresh()
                self._tell_edges()
                self._finished, self._in_step = self._turn, self._clock()
                self._unwritable = False
                self._see_others()
            except Exception as error:
                self.report.failed("index", error)
                self._index.refresh()
                self._make_do(error)
                wait = reports.RETRY
            self._metrics.index_images.set(self._index.count())
            self._wake.wait(wait)
            self._wake.clear()

    def _show(self) -> None:
        """What is committed while the feed goes on."""
        self._index.refresh()
        self._tell_edges()
        self._in_step = self._clock()

    def _tell_edges(self) -> None:
        """Of what is visible now: from here on nothing older is answered."""
        at = self._index.position
        if self._purger is not None and at is not None:
            self._purger.visible(at.epoch, at.seq)

    def _make_do(self, error: Exception) -> None:
        """Reads go on without the database; but an index that stays behind alone misleads."""
        if isinstance(error, CatalogUnavailable):
            if self._index.ready and self._index.count():
                self._finished, self._walked = max(self._turn, self._needed), True
        elif isinstance(error, OSError):
            self._unwritable = True

    def _stir(self) -> None:
        """There are changes, of whichever instance: there may be pixels to look at, or levels to
        make."""
        if self.leads:
            self._leading.look()
            if self._maker is not None:
                self._maker.look()

    def _see_others(self) -> None:
        """Where another instance ingests, all that can be known of its first walk is whether it
        has begun, and whether there is anything yet. A long one is not waited for: this index has
        all that the catalog has, even if that is nothing."""
        if not self._leading.follows:
            return
        self.settled.set()
        if not self._walked:
            keys = [source.key for source in self._sources()]
            begun = not keys or not set(keys).isdisjoint(self._catalog.sources())
            late = self._clock() - self._started > PATIENCE
            self._walked = late or (begun and self._index.count() > 0)

    def _keep_published(self, archive: Archive) -> None:
        while not self._stop.wait(PUBLISH):
            try:
                if self.leads and (frozen := self._indexer.freeze()) is not None:
                    with frozen:
                        if archive.due(frozen.label.epoch, frozen.label.seq):
                            archive.publish(frozen, self._stop.is_set)
            except Exception as error:
                self.report.failed("snapshots", error)

    # What `leading` tells ----------------------------------------------------------------------

    def began(self, known: bool) -> None:
        self._walked = self._walked or known

    def came(self) -> None:
        if not self._walked:
            # A turn that is under way may have read the feed before what came was in it.
            self._needed = self._turn + 1
            self._walked = True
        self._wake.set()

    def looked(self) -> None:
        self.settled.set()
        if self._maker is not None:
            self._maker.look()
        self._wake.set()
