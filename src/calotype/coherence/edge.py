"""The port of an edge cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

EVERYTHING = "*"
"""In place of tags: all that is kept. Each edge has its own word for it."""


@dataclass(frozen=True, slots=True)
class At:
    """A place in the feed: the catalog's epoch, and a change of it."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Moment:
    """Which changes a purge is for: those of the catalog `epoch` after `after`, up to `seq`.

    `reset`: `seq` has gone backwards, as it does when a catalog was restored from a copy; what the
    edge knows of it is to be forgotten.
    """

    epoch: str
    after: int
    seq: int
    reset: bool = False


class Edge(Protocol):
    """A cache whose objects are purged by tag."""

    @property
    def name(self) -> str:
        """What tells it from others, in logs and cursors."""
        ...

    def purge(self, soft: Sequence[str], hard: Sequence[str], moment: Moment) -> None:
        """Make `soft` stale and remove `hard`: tags, or `EVERYTHING` alone in its list.

        Returns when the edge has taken all of it. Raises EdgeError if it did not, or perhaps only a
        part: doing it again does no harm. Called from one thread.
        """
        ...

    def close(self) -> None: ...


class EdgeError(Exception):
    """An edge did not take a purge; the text is for the log."""
