"""What the threads behind a service say of themselves: progress, problems, faults."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from calotype.blobs import DerivedUnavailable
from calotype.errors import CalotypeError
from calotype.metrics import Metrics

log = logging.getLogger("calotype.keeper")

RETRY = 5.0
"""Seconds before what failed (a source, the catalog, a store) is tried again."""


@dataclass(slots=True)
class Progress:
    """How far the ingest is: `stage` is empty when there is nothing to do."""

    stage: str = ""
    done: int = 0
    total: int = 0
    name: str = ""
    problem: str = ""


class Report:
    """May be written to and read from any thread."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.progress = Progress()

    def idle(self) -> None:
        self.progress = Progress()

    def problem(self, error: Exception) -> None:
        """What stands in the way, until something goes on; said at /readyz."""
        text = str(error) if isinstance(error, CalotypeError) else "It has been logged."
        self.progress = Progress(problem=text)

    def failed(self, part: str, error: Exception) -> None:
        self.metrics.fault(part)(type(error).__name__)
        if isinstance(error, CalotypeError | OSError | DerivedUnavailable):
            log.error("%s: %s", part, error)
        else:
            log.exception("%s failed", part)
