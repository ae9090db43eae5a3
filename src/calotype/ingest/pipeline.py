"""From a source to the catalog: what is new or changed is read, what has gone is taken out.

    find     list the source, and compare it with what the catalog knows
    read     hash, header and texts of what is new or changed, in a few threads
    remove   places where nothing lies any more

The catalog is written in batches, each in one transaction: a run that is killed at any moment
keeps what it has done, and the next one goes on from there.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from calotype.blobs import Entry, Source
from calotype.catalog import Catalog, Drop, Known, Operation, Put, Refuse, Retext
from calotype.decode import Limits
from calotype.errors import Refused
from calotype.ingest.batch import Batch
from calotype.ingest.beside import TEXT_REASONS, Beside
from calotype.ingest.config import IngestConfig
from calotype.ingest.drives import absent, below, mounted, recall, refuse_to_empty, remember
from calotype.ingest.patience import Patience
from calotype.ingest.probe import SKIPPED, TRANSIENT, UNFINISHED, Probed, given_up, probe, refusal
from calotype.ingest.summary import OnEvent, Progress, Summary, Tally
from calotype.model import Place


def no_progress(stage: str, done: int, total: int, name: str) -> None:
    """For callers who do not watch."""


def no_event(event: str, what: str) -> None:
    """For callers who do not count."""


class Run:
    """One comparison of (a part of) a source with the catalog."""

    def __init__(
        self,
        catalog: Catalog,
        config: IngestConfig,
        limits: Limits,
        source: Source,
        progress: Progress = no_progress,
        on_event: OnEvent = no_event,
        stop: threading.Event | None = None,
        *,
        first: bool = False,
        patience: Patience | None = None,
    ) -> None:
        """`first`: what an earlier process refused is counted by `on_event` too."""
        self._patience = patience or Patience()
        self._first = first
        self._stop = stop or threading.Event()
        self._catalog, self._config, self._limits = catalog, config, limits
        self._source = source
        self._progress, self._on_event = progress, on_event
        self._tally = Tally()

    def whole(self, allow_empty: bool) -> Summary:
        """Compare all of the source. Raises `SourceUnavailable` rather than empty the catalog."""
        self._source.check()
        known = self._catalog.known(self._source.key)
        entries, closed = self._find(self._source.walk())
        if self._stop.is_set():
            return self.summary()
        drives = mounted(self._source, entries)
        if not allow_empty:
            refuse_to_empty(self._catalog, self._source, known, entries.keys(), closed)
            drives.update(self.close_absent_drives(entries, closed, known))
        remember(self._catalog, self._source, drives)
        self.compare(entries, closed, known, entries.keys())
        return self.summary()

    def compare(
        self,
        entries: Mapping[str, Entry],
        closed: Sequence[str],
        known: Mapping[str, Known],
        names: Iterable[str],
    ) -> None:
        """Bring the places `known` to what `entries` are, reading those of `names` only.

        What lies below a folder in `closed` is not known to have gone. Told to stop, it keeps what
        it has done and removes nothing.
        """
        beside = Beside(self._source, entries, self._config)
        images = [name for name in names if not beside.is_text(name)]
        self._read([entries[name] for name in images], known, beside)
        if self._stop.is_set():
            return
        self._write_problems(beside, entries, known)
        gone = {
            name: was.version
            for name, was in known.items()
            if (name not in entries or (was.image_id and beside.is_text(name)))
            and not below(name, closed)
        }
        if self._source.ours:
            # Its row is in the catalog when the file is there; the listing may not have it yet.
            gone = {name: was for name, was in gone.items() if self._source.stat(name) is None}
        self._remove(gone)

    def summary(self) -> Summary:
        self._tally.seq = self._tally.seq or self._catalog.last_seq()
        return self._tally.summary()

    # The three stages --------------------------------------------------------------------------

    def _find(self, walked: Iterable[Entry]) -> tuple[dict[str, Entry], list[str]]:
        """The entries by name, and the folders that could not be looked into."""
        entries: dict[str, Entry] = {}
        closed: list[str] = []
        for entry in walked:
            if entry.problem is not None and entry.problem.folder:
                closed.append(entry.name)
                problem = entry.problem
                self._refuse(entry.name, problem.reason, problem.message, again=True)
            else:
                entries[entry.name] = entry
            if self._stop.is_set():
                break
            if len(entries) % 1000 == 0:
                self._progress("find", len(entries), 0, entry.name)
        self._progress("find", len(entries), len(entries), "")
        return entries, closed

    def _read(self, found: Sequence[Entry], known: Mapping[str, Known], beside: Beside) -> None:
        jobs = [entry for entry in found if not self._settled(entry, known, beside)]
        done, batch = 0, Batch(self._write, self._config.batch)
        try:
            for entry, operation in self._operations(jobs, known, beside):
                done += 1
                if operation is not None:
                    batch.add(operation)
                self._progress("read", done, len(jobs), entry.name)
        finally:
            # Also when the source goes away in the middle: what was read is kept.
            batch.flush()

    def _settled(self, entry: Entry, known: Mapping[str, Known], beside: Beside) -> bool:
        """Whether the catalog has this file as it is; counted if so."""
        was = known.get(entry.name)
        if (
            was is not None
            and was.reason == UNFINISHED
            and not self._patience.due(self._try(entry))
        ):
            self._refuse(entry.name, was.reason, was.message, again=True)
            return True
        if was is None or was.version != entry.version:
            return False
        if was.image_id is None:
            self._refuse(entry.name, was.reason, was.message, again=True)
            return True
        if was.beside_version != beside.version(entry.name):
            return False
        self._tally.unchanged.add(was.image_id)
        return True

    def _operations(
        self, jobs: Sequence[Entry], known: Mapping[str, Known], beside: Beside
    ) -> Iterator[tuple[Entry, Operation | None]]:
        """What to tell the catalog of each entry, in their order, a few read ahead."""
        limits, ahead = self._limits, 2 * self._config.workers
        waiting: deque[tuple[Entry, Future[Probed | Refuse | None] | Operation]] = deque()
        with ThreadPoolExecutor(self._config.workers, "ingest") as pool:
            try:
                for entry in jobs:
                    if self._stop.is_set():
                        break
                    was = known.get(entry.name)
                    if entry.problem is not None:
                        place = Place(self._source.key, entry.name, entry.version)
                        problem = Refused(entry.problem.reason, entry.problem.message)
                        waiting.append((entry, refusal(place, problem)))
                    elif was is not None and was.version == entry.version:
                        self._tally.unchanged.add(was.image_id or "")
                        waiting.append((entry, self._retext(entry, beside)))
                    else:
                        waiting.append((entry, pool.submit(probe, self._source, entry, limits)))
                    if len(waiting) > ahead:
                        yield self._result(*waiting.popleft(), known, beside)
                while waiting:
                    yield self._result(*waiting.popleft(), known, beside)
            finally:
                pool.shutdown(cancel_futures=True)

    def _result(
        self,
        entry: Entry,
        found: Future[Probed | Refuse | None] | Operation,
        known: Mapping[str, Known],
        beside: Beside,
    ) -> tuple[Entry, Operation | None]:
        outcome = found.result() if isinstance(found, Future) else found
        if isinstance(outcome, Refuse) and outcome.reason == UNFINISHED:
            if self._patience.exhausted(self._try(entry)):
                outcome = given_up(outcome, entry.version)
        else:
            self._patience.forget(self._try(entry))
        if isinstance(outcome, Refuse):
            was, reason = known.get(entry.name), outcome.reason
            again = reason in TRANSIENT and was is not None and was.reason == reason
            self._refuse(entry.name, reason, outcome.message, again=again)
        if isinstance(outcome, Probed):
            name = entry.name
            words, version = beside.words(name), beside.version(name)
            return entry, Put(outcome.place, outcome.image, outcome.embedded, words, version)
        return entry, outcome

    def _try(self, entry: Entry) -> tuple[str, str, str]:
        return self._source.key, entry.name, entry.version

    def _retext(self, entry: Entry, beside: Beside) -> Retext:
        words, version = beside.words(entry.name), beside.version(entry.name)
        return Retext(self._source.key, entry.name, words, version)

    def _write_problems(
        self, beside: Beside, entries: Mapping[str, Entry], known: Mapping[str, Known]
    ) -> None:
        """Remember what was wrong in metadata files; a remembered fault of one that was not read
        again, because nothing has changed, is told again."""
        batch = Batch(self._write, self._config.batch)
        for name, problem in beside.problems.items():
            place = Place(self._source.key, name, entries[name].version)
            batch.add(refusal(place, problem))
            self._refuse(name, problem.reason, str(problem), again=False)
        for name in entries.keys() & known.keys():
            was = known[name]
            if was.image_id is None and name not in beside.problems and beside.is_text(name):
                if was.version == entries[name].version and was.reason in TEXT_REASONS:
                    self._refuse(name, was.reason, was.message, again=True)
                else:
                    batch.add(Drop(self._source.key, name, was.version))
        batch.flush()

    def _remove(self, gone: Mapping[str, str]) -> None:
        """Take out places by name, each only if it has this version still."""
        batch = Batch(self._write, self._config.batch)
        for done, (name, version) in enumerate(gone.items(), 1):
            batch.add(Drop(self._source.key, name, version))
            self._progress("remove", done, len(gone), name)
        batch.flush()

    # Safety and book-keeping -------------------------------------------------------------------

    def close_absent_drives(
        self, entries: Mapping[str, Entry], closed: list[str], known: Mapping[str, Known]
    ) -> list[str]:
        """Add the drives that are not mounted to the folders in `closed`, and return them."""
        _, drives = recall(self._catalog, self._source)
        found = dict(absent(self._source, drives, known, entries.keys()))
        for name, problem in found.items():
            self._refuse(name, problem.reason, str(problem), again=True)
        closed += found
        return list(found)

    def _write(self, operations: Sequence[Operation]) -> None:
        applied = self._catalog.apply(operations)
        self._tally.take(applied)
        for outcome in ("added", "changed", "removed"):
            for _ in getattr(applied, outcome):
                self._on_event("ingested", outcome)

    def _refuse(self, name: str, reason: str, message: str, *, again: bool) -> None:
        """Tell of a file that was not taken; count it unless an earlier run has."""
        if reason == SKIPPED:
            self._tally.skipped += 1
            return
        self._tally.refuse(name, reason, message)
        if self._first or not again:
            self._on_event("refused", reason)
