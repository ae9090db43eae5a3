"""The part as a whole: what app and command line call."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from calotype.blobs import FolderSource, Source
from calotype.catalog import Catalog
from calotype.decode import Limits
from calotype.errors import CalotypeError
from calotype.ingest.analyse import Analysis, analyse
from calotype.ingest.config import IngestConfig
from calotype.ingest.patience import Patience
from calotype.ingest.pipeline import Run, no_event, no_progress
from calotype.ingest.summary import OnEvent, Progress, Summary
from calotype.ingest.touched import compare_touched
from calotype.ingest.watch import follow


class Ingest:
    """Brings a catalog up to date with sources. It only ever reads the sources."""

    def __init__(
        self,
        catalog: Catalog,
        config: IngestConfig,
        limits: Limits | None = None,
        on_event: OnEvent = no_event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog, self._config, self._on_event = catalog, config, on_event
        self._limits = limits or Limits()
        self._seen: set[str] = set()
        self._headers, self._pixels = Patience(clock), Patience(clock)

    def run(
        self,
        source: Source,
        progress: Progress = no_progress,
        *,
        allow_empty: bool = False,
        stop: threading.Event | None = None,
    ) -> Summary:
        """Compare all of a source with the catalog: headers and texts, no pixels.

        Raises `SourceUnavailable` if the source cannot be read, and also if it suddenly looks
        empty, unless `allow_empty`; `CatalogUnavailable` if the catalog cannot be written. What
        was done until then is kept, also when `stop` is set on the way.
        """
        first = source.key not in self._seen
        run = self._run(source, progress, stop, first)
        summary = run.whole(allow_empty)
        self._seen.add(source.key)
        return summary

    def analyse(
        self,
        sources: Iterable[Source],
        progress: Progress = no_progress,
        *,
        stop: threading.Event | None = None,
    ) -> Analysis:
        """The pixel pass over what was not analysed yet: colours, placeholder, transparency.

        An image that cannot be decoded leaves the catalog, refused as `corrupt`; one that
        takes too much time or memory is tried again by later calls, and refused as `unfinished` in
        the end.
        """
        return analyse(
            self._catalog,
            self._config,
            self._limits,
            sources,
            progress,
            self._on_event,
            stop or threading.Event(),
            self._pixels,
        )

    def update(self, source: FolderSource, names: Iterable[str]) -> Summary:
        """Compare only what lies at, and below, some names that are known to have changed."""
        run = self._run(source)
        compare_touched(run, self._catalog, source, names)
        return run.summary()

    def _run(
        self,
        source: Source,
        progress: Progress = no_progress,
        stop: threading.Event | None = None,
        first: bool = False,
    ) -> Run:
        return Run(
            self._catalog,
            self._config,
            self._limits,
            source,
            progress,
            self._on_event,
            stop,
            first=first,
            patience=self._headers,
        )

    def watch(
        self,
        source: FolderSource,
        stop: threading.Event,
        on_change: Callable[[Summary], None] = lambda summary: None,
        on_error: Callable[[CalotypeError], None] = lambda error: None,
    ) -> None:
        """Follow a folder until `stop` is set; blocks, so give it a thread.

        `on_change` is called after the first comparison and after each change, so that the index
        can catch up; pixels are left to `analyse`. `on_error` is told what stands in the way (the
        folder went away, the database is locked); the watch then tries again.
        """

        def compare(names: set[str] | None) -> Summary:
            if names is None:
                return self.run(source, stop=stop)
            return self.update(source, names)

        follow(source, self._config, stop, compare, on_change, on_error)
