"""Keeps the index in step with the sources, in the background of a service.

One thread a source walks it and then follows it; one looks at the pixels of what came; one makes
smaller copies of it; one indexes:
it applies what the catalog's feed has that the index has not, and takes up the commits of whichever
process is the writer. Requests wait for none of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

from calotype.blobs import FolderSource, Source
from calotype.catalog import Catalog
from calotype.errors import CalotypeError
from calotype.ingest import Ingest, Summary
from calotype.metrics import Metrics
from calotype.model import Change, Image
from calotype.render.maker import Maker
from calotype.search import Indexer, SearchIndex

log = logging.getLogger(__name__)

POLL = 0.25
"""Seconds between two looks at the feed; a commit of our own ingest is seen at once."""
PATIENCE = 10.0
"""Seconds after which a first ingest may go on while what is there is served."""
RETRY = 5.0
"""Seconds before a source or catalog that failed is tried again."""
LEVELS = "levels"
"""The stage in which smaller copies are made; searching and rendering wait for none of it."""
_LEVELS_AHEAD = 100


@dataclass(slots=True)
class Progress:
    """How far the ingest is: `stage` is empty when there is nothing to do."""

    stage: str = ""
    done: int = 0
    total: int = 0
    name: str = ""
    problem: str = ""


class Keeper:
    """`start` and `stop` once each; everything else may be read at any time."""

    def __init__(
        self,
        catalog: Catalog,
        ingest: Ingest,
        indexer: Indexer,
        index: SearchIndex,
        sources: Sequence[Source],
        metrics: Metrics,
        *,
        watch: bool,
        rescan_seconds: float = 300,
        maker: Maker | None = None,
        clock: Callable[[], float] = time.monotonic,
        uploads: Source | None = None,
    ) -> None:
        """`uploads` is followed like the sources, but nothing waits for it to be read."""
        self._uploads = uploads
        self._catalog, self._ingest, self._indexer = catalog, ingest, indexer
        self._index, self._sources, self._metrics = index, sources, metrics
        self._follows, self._rescan, self._clock = watch, rescan_seconds, clock
        self._stop, self._wake, self._new = Event(), Event(), Event()
        self._maker, self._levels_made, self._levels_total = maker, 0, 0
        self._turn = self._finished = 0
        self._needed = 1
        self._in_step = 0.0
        self._walked = not sources
        self._started = 0.0
        self._threads: list[Thread] = []
        self.progress = Progress()
        self.draining = False
        self.settled = Event()

    def start(self) -> None:
        self._started = self._in_step = self._clock()
        self._metrics.index_lag.set_function(lambda: self._clock() - self._in_step)
        self._run(self._keep_index, "index")
        self._run(self._keep_pixels, "pixels")
        if self._maker is not None:
            self._run(partial(self._keep_levels, self._maker), "levels")
        for number, source in enumerate(self._followed):
            self._run(partial(self._keep_source, source), f"ingest-{number}")

    def wake(self) -> None:
        """The catalog was changed just now: to be seen at once."""
        self._wake.set()
        self._new.set()

    @property
    def _followed(self) -> tuple[Source, ...]:
        return (*self._sources, *([self._uploads] if self._uploads is not None else []))

    def stop(self) -> None:
        """Stop following; what was begun is finished or undone as a whole."""
        self._stop.set()
        self._wake.set()
        self._new.set()
        if self._maker is not None:
            self._maker.stop()
        for thread in self._threads:
            thread.join()
        self._indexer.close()
        self._catalog.close()

    @property
    def waiting_for(self) -> str:
        """Why the service is not ready yet; empty when it is."""
        if self.draining:
            return "The service is shutting down."
        if not all(thread.is_alive() for thread in self._threads):
            return "A part of the service has stopped; restart it. The log says why."
        if not self._index.ready or self._finished < self._needed:
            return "The search index is being brought up to date."
        if not self._walked and not (
            self._index.count() and self._clock() - self._started > PATIENCE
        ):
            return "The source is being read for the first time."
        return ""

    def _run(self, work: Callable[[], None], name: str) -> None:
        thread = Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _keep_index(self) -> None:
        while not self._stop.is_set():
            self._turn += 1
            wait = POLL
            try:
                if behind := self._indexer.catch_up():
                    log.debug("indexed %d changes", behind)
                self._index.refresh()
                self._finished, self._in_step = self._turn, self._clock()
            except Exception as error:
                self._failed("index", error)
                wait = RETRY
            self._metrics.index_images.set(self._index.count())
            self._wake.wait(wait)
            self._wake.clear()

    def _keep_source(self, source: Source) -> None:
        while not self._stop.is_set():
            try:
                if source is not self._uploads:
                    self._walked = self._walked or self._catalog.has(source.key)
                self._ingest.run(source, progress=self._note, stop=self._stop)
                self._came(source, None)
                self._follow(source)
            except Exception as error:
                self.progress = Progress(problem=_public(error))
                self._failed("ingest", error)
                self._stop.wait(RETRY)

    def _follow(self, source: Source) -> None:
        """Return when the source is to be walked again, or when stopped."""
        if self._follows and isinstance(source, FolderSource):
            self._ingest.watch(
                source,
                self._stop,
                on_change=partial(self._came, source),
                on_error=self._lost,
            )
        else:
            self._stop.wait(self._rescan if self._follows else None)

    def _keep_pixels(self) -> None:
        """Look at the pixels of what came, whenever something did, and of what was put off."""
        again: float | None = None
        while not self._stop.is_set():
            self._new.wait(again)
            self._new.clear()
            try:
                done = self._ingest.analyse(self._followed, progress=self._note, stop=self._stop)
                again = done.again
                self.progress = Progress()
                self.settled.set()
                if self._maker is not None:
                    self._maker.look()
            except Exception as error:
                self._failed("analyse", error)
                self._stop.wait(RETRY)
                self._new.set()
            self._wake.set()

    def _keep_levels(self, maker: Maker) -> None:
        """Levels of what was asked for, and between them of all that the pixel pass is done with.

        From the feed's beginning: what another process or an earlier one made is seen and left.
        """
        after, began = 0, -1
        while not self._stop.is_set():
            try:
                maker.make_wanted()
                if began < 0:
                    began = self._catalog.last_seq()
                changes = self._catalog.changes(after, _LEVELS_AHEAD)
                for change in changes:
                    maker.make_wanted()
                    if self._stop.is_set():
                        return
                    self._keep_level(maker, change, gone=change.seq > began)
                    after = change.seq
                if not changes:
                    self._note_levels(None)
                    maker.wait()
            except Exception as error:
                self._failed("levels", error)
                self._stop.wait(RETRY)

    def _keep_level(self, maker: Maker, change: Change, *, gone: bool) -> None:
        if change.image is None:
            if gone:  # since we began; the levels of all that ever went are not looked for
                maker.drop(change.id)
        elif change.image.analysed and maker.make_missing(change.image):
            self._note_levels(change.image)

    def _note_levels(self, made: Image | None) -> None:
        """Ingest's progress goes before; None: there is nothing left to make."""
        if made is None:
            self._levels_made = 0
            if self.progress.stage == LEVELS:
                self.progress = Progress()
        else:
            if not self._levels_made:  # counting them takes a look at every one
                self._levels_total = self._catalog.count()
            self._levels_made += 1
            if self.progress.stage in ("", LEVELS) and not self.progress.problem:
                total = max(self._levels_made, self._levels_total)
                self.progress = Progress(LEVELS, self._levels_made, total, made.name)

    def _came(self, source: Source, _: Summary | None) -> None:
        self.progress = Progress()
        if not self._walked and source is not self._uploads:
            # A turn that is under way may have read the feed before what came was in it.
            self._needed = self._turn + 1
            self._walked = True
        self.wake()

    def _lost(self, error: CalotypeError) -> None:
        """The source or the catalog went away; said at /readyz until it is back."""
        self.progress = Progress(problem=_public(error))
        self._failed("watch", error)

    def _note(self, stage: str, done: int, total: int, name: str) -> None:
        self.progress = Progress(stage, done, total, name)
        self._wake.set()

    def _failed(self, part: str, error: Exception) -> None:
        self._metrics.fault(part)(type(error).__name__)
        if isinstance(error, CalotypeError | OSError):
            log.error("%s: %s", part, error)
        else:
            log.exception("%s failed", part)


def _public(error: Exception) -> str:
    return str(error) if isinstance(error, CalotypeError) else "It has been logged."
