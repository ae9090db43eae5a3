"""The writer: keeps the index up with the catalog."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import tantivy

from calotype.errors import CalotypeError
from calotype.filelock import FileLock
from calotype.model import Change
from calotype.search.archive import Archive
from calotype.search.config import SearchConfig
from calotype.search.documents import documents_of
from calotype.search.frozen import Frozen, Label
from calotype.search.schema import fingerprint, id_key
from calotype.search.store import (
    Store,
    Unusable,
    Witness,
    create_index,
    intact,
    is_panic,
    open_index,
)

log = logging.getLogger("calotype.search")

BATCH = 1000
"""Changes asked of the feed at a time."""
COMMIT_SECONDS = 1.0
"""A feed that does not come to its end, as somebody ingests, is committed this often."""

Feed = Callable[[int, int], list[Change]]

Head = Callable[[], tuple[str, int]]
"""What tells the catalog from others, and its last change."""


class Indexer:
    """Applies the catalog's changes to the index in `path`, as the only writer of it.

    `feed(after, limit)` is `Catalog.changes` and `head()` is `Catalog.head`: an index of another
    catalog, or of one that has gone back to a backup, is built anew. `archive` has snapshots to
    begin with. `on_event(name, detail)` hears `build` of the first index, `rebuild` of another,
    both with the reason, `snapshot` if it begins with one, and `failed` with the exception's class;
    all are logged too.
    """

    def __init__(
        self,
        path: Path,
        config: SearchConfig,
        feed: Feed,
        on_event: Callable[[str, str], None] = lambda name, detail: None,
        head: Head = lambda: ("", sys.maxsize),
        archive: Archive | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._store = Store(path, config)
        self._config = config
        self._feed = feed
        self._on_event = on_event
        self._head, self._archive = head, archive
        self._lock = FileLock(path / "writer.lock")
        self._guard = threading.Lock()
        self._index: tantivy.Index | None = None
        self._witness: Witness | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._last = 0
        self.heard: Callable[[int, Sequence[Change]], None] = lambda after, changes: None
        """Is told of changes and of the `seq` that they follow on, before they are committed: until
        then a reader knows the images as they were. More than once if a commit fails."""
        self.committed: Callable[[], None] = lambda: None
        """Is told of a commit while there is more to come, in the thread that indexes."""

    @property
    def last_seq(self) -> int:
        """The last change that is in the index; 0 before the first `catch_up`."""
        return self._last

    def catch_up(self) -> int:
        """Apply and commit what changed since the last time; the number of changes.

        0 too where another process is the writer. Raises OSError if the index cannot be written
        (disk full, say), and what the feed raises: the last commit stays in place, and the next
        call tries again.
        """
        with self._guard:
            if not self._lock.acquire():
                return 0
            try:
                return self._catch_up()
            except BaseException as problem:
                # Whoever keeps the exception keeps its frames, these the writer, and that the lock.
                traceback.clear_frames(problem.__traceback__)
                self._drop()
                if isinstance(problem, Exception) or is_panic(problem):
                    self._on_event("failed", type(problem).__name__)
                    if not isinstance(problem, CalotypeError):  # the catalog's
                        log.error("the index could not be written: %s", problem)
                if isinstance(problem, ValueError) or is_panic(problem):  # tantivy's own
                    raise OSError("the index could not be written; is its disk full?") from problem
                raise

    def close(self) -> None:
        """Stop, and let another process be the writer."""
        with self._guard:
            self._drop()
            self._witness = None
            self._lock.release()

    def freeze(self) -> Frozen | None:
        """The last commit, for a snapshot; None where there is none, or another is the writer."""
        with self._guard:
            if self._index is None:
                return None
            label = Label(fingerprint(self._config), self._store.epoch() or "", self._last)
            try:
                return Frozen(self._store.current(), label)
            except Unusable:
                return None

    def _catch_up(self) -> int:
        reason = self._open()
        try:
            epoch, newest_seq = self._head()
        except Exception:
            if reason is not None:  # something to answer from, until the catalog is back
                self._adopt(None, None)
            raise
        if reason is None and self._store.epoch() != epoch:
            reason = Unusable("it is another catalog's")
        elif reason is None and newest_seq < self._last:
            reason = Unusable("the catalog has gone back to an older state")
        if reason is not None:
            self._drop()
            self._tell(reason)
            if not self._adopt(epoch, newest_seq):
                return self._rebuild(epoch)
        if newest_seq == self._last:
            return 0
        changes = self._feed(self._last, BATCH)
        if not changes:
            return 0
        assert self._index is not None
        if self._writer is None:
            self._writer = self._index.writer(self._config.writer_memory_mb << 20, 1)
        done, last = self._apply(self._writer, changes, _Seen(), self._last, self._show)
        self._note(last)
        return done

    def _note(self, last: int) -> None:
        self._last = last
        self._store.note_seq(self._store.current(), last)

    def _show(self, last: int) -> None:
        self._note(last)
        self.committed()

    def _open(self) -> Unusable | None:
        """Have the build in use open; or the reason why that is not possible."""
        known = self._witness
        sound = known is not None and not known.touched() and not self._store.damage_noted()
        if sound and self._index is not None:
            return None
        self._drop()
        try:
            index, build = self._store.open(), self._store.current()
            if not (sound or intact(build)):
                self._store.note_damage()  # said at /readyz until it is built anew
                raise Unusable("it is damaged", damaged=True)
        except Unusable as reason:
            return reason
        self._take(index, build)
        return None

    def _take(self, index: tantivy.Index, build: Path) -> None:
        self._index, self._witness = index, Witness(build)
        self._witness.touched()
        self._store.sweep(build)
        self._last = newest(index, "seq")
        noted = self._store.position()
        if noted is None or noted.build != build.name or noted.seq < self._last:
            self._store.note_seq(build, self._last)

    def _adopt(self, epoch: str | None, seq: int | None) -> bool:
        """Begin with a snapshot, if there is one for this catalog that is not ahead of it."""
        build = None if self._archive is None else self._archive.fetch(self._store, epoch, seq)
        if build is None:
            return False
        self._store.publish(build)
        self._take(open_index(build), build)
        self._on_event("snapshot", str(self._last))
        return True

    def _tell(self, reason: Unusable) -> None:
        if self._store.pointed():
            log.warning("the search index is being built anew: %s", reason)
            self._on_event("rebuild", str(reason))
        else:
            log.info("the search index is being built: %s", reason)
            self._on_event("build", str(reason))

    def _rebuild(self, epoch: str) -> int:
        """Build beside the index in use, which answers until the new one takes its place."""
        self._store.sweep(self._store.pointed())
        build = self._store.create(epoch)
        index = create_index(build)
        threads = self._config.bulk_threads or os.cpu_count() or 1
        writer = index.writer(self._config.bulk_memory_mb << 20, threads)
        done, last = self._apply(writer, self._feed(0, BATCH), _Seen(everything=False), 0)
        writer.wait_merging_threads()
        self._store.note_seq(build, last)
        self._store.publish(build)
        self._take(index, build)
        self._last = last
        return done

    def _apply(
        self,
        writer: tantivy.IndexWriter,
        changes: list[Change],
        seen: _Seen,
        after: int,
        show: Callable[[int], None] | None = None,
    ) -> tuple[int, int]:
        """Write `changes`, the first after `after`, and all that follow them, and commit: their
        number, and the last. `show` is told how far it is when it was committed on the way."""
        done, last, since = 0, after, self._clock()
        document = documents_of(self._config).json
        while changes:
            self.heard(last, changes)
            for change in changes:
                if seen.before(change.id):
                    writer.delete_documents_by_term("key", id_key(change.id))
                if change.image is not None:
                    writer.add_json(document(change.image))
            done += len(changes)
            last = changes[-1].seq
            changes = self._feed(last, BATCH)
            if changes and show is not None and self._clock() - since >= COMMIT_SECONDS:
                writer.commit()
                show(last)
                since = self._clock()
        writer.commit()
        return done, last

    def _drop(self) -> None:
        writer, self._writer, self._index = self._writer, None, None
        del writer


def newest(index: tantivy.Index, field: str) -> int:
    """The largest value of an integer field, 0 in an empty index."""
    hits = (
        index.searcher()
        .search(tantivy.Query.all_query(), 1, count=False, order_by_field=field)
        .hits
    )
    return int(hits[0][0]) if hits else 0


class _Seen:
    """Whether an index may have an image already, so that the older document must go.

    In an index that starts empty almost none has, and looking for it would cost more than the
    rest: a bit for a hash of the id tells nearly all of them apart in 4 MB.
    """

    BITS = 1 << 25

    def __init__(self, everything: bool = True) -> None:
        self._bits = None if everything else bytearray(self.BITS >> 3)

    def before(self, id: str) -> bool:
        if self._bits is None:
            return True
        place = hash(id) & (self.BITS - 1)
        known = self._bits[place >> 3] >> (place & 7) & 1
        self._bits[place >> 3] |= 1 << (place & 7)
        return bool(known)
