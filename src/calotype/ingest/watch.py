"""Following a folder: what changes in it is in the catalog within moments."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from watchfiles import watch as watch_files

from calotype.blobs import FolderSource
from calotype.errors import CalotypeError, SourceUnavailable
from calotype.ingest.config import IngestConfig
from calotype.ingest.summary import Summary
from calotype.ingest.touched import MOST

_TICK_MS = 500
_RETRY_SECONDS = 2.0
_log = logging.getLogger(__name__)


def follow(
    source: FolderSource,
    config: IngestConfig,
    stop: threading.Event,
    compare: Callable[[set[str] | None], Summary],
    on_change: Callable[[Summary], None],
    on_error: Callable[[CalotypeError], None],
) -> None:
    """Call `compare` with the names that changed, or with None for all, until told to stop.

    The first comparison is one of all, made when the watch stands, so that nothing falls between
    it and an earlier ingest. A folder that goes away is waited for. Where the kernel cannot watch
    (its limit is reached, a network drive), all is compared every `rescan_seconds`.
    """
    while not stop.is_set():
        try:
            source.check()
            for names in _changes(source, config, stop):
                summary = compare(names)
                if names is None or _is_change(summary):
                    on_change(summary)
        except CalotypeError as error:
            on_error(error)
            stop.wait(_RETRY_SECONDS)


def _is_change(summary: Summary) -> bool:
    return bool(summary.added or summary.changed or summary.removed or summary.refused)


def _changes(
    source: FolderSource, config: IngestConfig, stop: threading.Event
) -> Iterator[set[str] | None]:
    """Names that changed, in groups; None at first, from time to time, and when in doubt."""
    started, compared = False, time.monotonic()
    identity = source.identity
    try:
        for changes in watch_files(
            source.root,
            watch_filter=None,
            debounce=config.debounce_ms,
            step=min(50, config.debounce_ms),
            rust_timeout=_TICK_MS,
            yield_on_timeout=True,
            stop_event=stop,
            raise_interrupt=False,
        ):
            if source.identity != identity:
                # What is watched is not what lies there now.
                raise SourceUnavailable(f"{source.key} was replaced or taken away.")
            names = {_name(source.root, path) for _, path in changes} - {""}
            late = time.monotonic() - compared > config.rescan_seconds
            if not started or late or len(names) > MOST:
                started = True
                yield None
                compared = time.monotonic()
            elif names:
                yield names
    except OSError as error:
        _log.warning("%r cannot be watched (%s); it is compared instead", source.key, error)
        while not stop.is_set():
            yield None
            stop.wait(config.rescan_seconds)


def _name(root: Path, path: str) -> str:
    """The name in the source; empty for the root itself and for what no database can hold."""
    try:
        name = Path(path).relative_to(root).as_posix()
        name.encode()
    except ValueError:
        return ""
    return "" if name == "." else name
