"""The part as a whole: what app and command line call."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from calotype.blobs import Source
from calotype.catalog import Catalog
from calotype.ingest.analyse import Analysis, analyse
from calotype.ingest.config import IngestConfig
from calotype.ingest.pipeline import Run, no_event, no_progress
from calotype.ingest.summary import OnEvent, Progress, Summary


class Ingest:
    """Brings a catalog up to date with sources. It only ever reads the sources."""

    def __init__(
        self, catalog: Catalog, config: IngestConfig, on_event: OnEvent = no_event
    ) -> None:
        self._catalog, self._config, self._on_event = catalog, config, on_event

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
        run = Run(self._catalog, self._config, source, progress, self._on_event, stop)
        return run.whole(allow_empty)

    def analyse(
        self,
        sources: Iterable[Source],
        progress: Progress = no_progress,
        *,
        stop: threading.Event | None = None,
    ) -> Analysis:
        """The pixel pass over what was not analysed yet: colours, placeholder, transparency.

        An image that cannot be decoded leaves the catalog, refused as `corrupt`.
        """
        return analyse(
            self._catalog,
            self._config,
            sources,
            progress,
            self._on_event,
            stop or threading.Event(),
        )
