"""What came of an ingest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from calotype.catalog import Applied

Progress = Callable[[str, int, int, str], None]
"""Called with stage, done, total, current name. Stages: `find`, `read`, `remove`, `analyse`."""

OnEvent = Callable[[str, str], None]
"""Called with `ingested` and an outcome, or with `refused` and a reason."""


class RefusedFile(NamedTuple):
    """A file that was not taken, or taken in part (a metadata file with bad lines)."""

    name: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers of images; of files: `refused`, and `skipped`, which are no images and claim nothing.

    Content that lies at two places counts once.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: tuple[RefusedFile, ...] = ()
    skipped: int = 0
    seq: int = 0


@dataclass(slots=True)
class Tally:
    """A summary in the making."""

    added: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    refused: dict[str, RefusedFile] = field(default_factory=dict)
    skipped: int = 0
    seq: int = 0

    def take(self, applied: Applied) -> None:
        self.added.update(applied.added)
        self.changed.update(applied.changed)
        self.removed.update(applied.removed)
        self.seq = max(self.seq, applied.seq)

    def refuse(self, name: str, reason: str, message: str) -> None:
        self.refused[name] = RefusedFile(name, reason, message)

    def summary(self) -> Summary:
        # An image that came and went, or went and came back, is where it ended.
        changed = (self.changed | (self.removed & self.added)) - (self.added - self.removed)
        return Summary(
            added=len(self.added - self.removed),
            changed=len(changed),
            unchanged=len(self.unchanged - self.added - changed - self.removed),
            removed=len(self.removed - self.added),
            refused=tuple(self.refused[name] for name in sorted(self.refused)),
            skipped=self.skipped,
            seq=self.seq,
        )
