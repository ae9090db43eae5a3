"""Snapshots of the index in the derived store, from which a new instance begins.

    index/<fingerprint>/<epoch of the catalog>/<last change, 16 digits>.tar

An instance without an index of its own takes the newest that fits, checks it, and follows the feed
from there: seconds instead of reading a catalog of millions. What is damaged, cut short or of
another catalog is left, with a line in the log.
"""

from __future__ import annotations

import logging
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from calotype.blobs import Derived, DerivedUnavailable, Stored
from calotype.search.config import SearchConfig
from calotype.search.frozen import Frozen, Label, thaw
from calotype.search.schema import fingerprint
from calotype.search.store import Store, Unusable

log = logging.getLogger("calotype.search")

KEPT = 2
MANY = 20_000
"""Changes after which the newest snapshot is worth replacing: a second or two of indexing."""
SOON, LATE = timedelta(minutes=2), timedelta(minutes=15)
"""Not replaced before `SOON`; replaced after `LATE` if anything has changed."""
FORGOTTEN = timedelta(days=7)
"""What other versions, settings or catalogs left goes when it is this old."""
_SPARE = 256 << 20
"""Bytes of disk that a snapshot leaves free."""
_NAME = re.compile(r"index/([0-9a-f]{16})/([0-9a-f]*)/(\d{16})\.tar")

Note = Callable[[int, int], None]
"""Hears how many bytes have come, and of how many."""


class Archive:
    """The snapshots that fit these settings. `clock` gives Unix time."""

    def __init__(
        self, store: Derived, config: SearchConfig, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._clock = store, clock
        self._fingerprint = fingerprint(config)

    def due(self, epoch: str, seq: int) -> bool:
        """Whether an index that is at `seq` should be published. Raises DerivedUnavailable."""
        if not seq:
            return False
        newest = next(iter(self._fitting(epoch, None)), None)
        if newest is None:
            return True
        age = self._age(newest)
        changes = seq - _label(newest).seq
        return changes != 0 and (age >= LATE or (age >= SOON and abs(changes) >= MANY))

    def publish(self, frozen: Frozen, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Write a snapshot and remove old ones; False if it was stopped on the way.

        Raises DerivedUnavailable.
        """

        def parts() -> Iterator[bytes]:
            for part in frozen.stream():
                if stopped():
                    raise _Stopped
                yield part

        label = frozen.label
        name = f"index/{label.fingerprint}/{label.epoch}/{label.seq:016}.tar"
        try:
            self._store.put_parts(name, parts())
        except _Stopped:
            return False
        log.info("a snapshot of the index was published: %s", name)
        self._prune(label.epoch)
        return True

    def fetch(
        self, into: Store, epoch: str | None, seq: int | None, note: Note = lambda done, total: None
    ) -> Path | None:
        """A sound build from the newest snapshot of the catalog `epoch` up to change `seq`.

        None for `epoch`: the catalog cannot be asked; one is taken if all are of the same catalog.
        It is not in use yet, and of no use to who may not write the index. `note` hears how far it
        is.
        """
        try:
            for stored in self._fitting(epoch, seq):
                if build := self._fetch(stored, into, note):
                    return build
        except DerivedUnavailable as problem:
            log.warning("snapshots of the index cannot be read: %s", problem)
        return None

    def _fetch(self, stored: Stored, into: Store, note: Note) -> Path | None:
        label = _label(stored)
        build = into.create(label.epoch)
        try:
            if stored.size + _SPARE > shutil.disk_usage(build).free:
                raise Unusable("the disk has no room for it")
            thaw(_noted(self._store.parts(stored), stored.size, note), build, label, stored.size)
        except (Unusable, DerivedUnavailable, OSError) as problem:
            log.warning("the snapshot %s is not used: %s", stored.name, problem)
            shutil.rmtree(build, ignore_errors=True)
            return None
        log.info("the index begins with the snapshot %s", stored.name)
        return build

    def _fitting(self, epoch: str | None, seq: int | None) -> list[Stored]:
        """The newest first."""
        found = [
            stored
            for stored in self._store.below(f"index/{self._fingerprint}")
            if _NAME.fullmatch(stored.name)
            and (epoch is None or _label(stored).epoch == epoch)
            and (seq is None or _label(stored).seq <= seq)
        ]
        if len({_label(stored).epoch for stored in found}) > 1:
            return []
        return sorted(found, key=lambda stored: stored.name, reverse=True)

    def _prune(self, epoch: str) -> None:
        """Written last is newest here: after a restored backup the numbers begin lower again."""
        mine = sorted(self._fitting(epoch, None), key=lambda stored: stored.written)
        kept = {stored.name for stored in mine[-KEPT:]}
        for stored in self._store.below("index"):
            if stored.name in kept:
                continue
            if stored in mine or self._age(stored) > FORGOTTEN:
                self._store.delete(stored.name)

    def _age(self, stored: Stored) -> timedelta:
        return timedelta(seconds=self._clock() - stored.written.timestamp())


def _noted(parts: Iterable[bytes], size: int, note: Note) -> Iterator[bytes]:
    done = 0
    for part in parts:
        yield part
        done += len(part)
        note(done, size)


class _Stopped(Exception):
    """Raised through the store, so that it leaves nothing."""


def _label(stored: Stored) -> Label:
    found = _NAME.fullmatch(stored.name)
    assert found is not None
    return Label(found[1], found[2], int(found[3]))
