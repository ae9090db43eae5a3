"""The catalog: the truth about the images, and the numbered feed of its changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Self

import orjson
from sqlalchemy import Connection, Engine, Select, exists, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from calotype.catalog.database import CHANNEL, make_engine, migrate, unavailable
from calotype.catalog.keys import Keys
from calotype.catalog.lease import Lease, lease_of
from calotype.catalog.listener import Listener
from calotype.catalog.operations import Applied, Known, Operation
from calotype.catalog.tables import counters, edits, images, places, sources
from calotype.catalog.writer import Writer
from calotype.model import Change, Image

BUSY_SECONDS = 30.0
"""How long a SQLite writer waits for another before it gives up."""

_KNOWN = select(
    places.c.name,
    places.c.version,
    places.c.image_id,
    places.c.reason,
    places.c.message,
    places.c.beside_version,
).join(sources)


class Catalog:
    """Safe to use from several threads and processes. Every method raises `CatalogUnavailable`
    if the database does not answer; a transaction is then undone as a whole."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine, clock
        self._migrated, self._guard = False, Lock()
        self.keys = Keys(self._reading, self._transaction, clock)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        busy_seconds: float = BUSY_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """`sqlite:////path/catalog.db` or `postgresql+psycopg://…`. Nothing is connected to until
        it is first used; then tables are migrated to the newest, and a SQLite file is made if there
        is none. Raises `CatalogUnavailable` for a URL that cannot be."""
        return cls(make_engine(url, busy_seconds), clock)

    def close(self) -> None:
        self._engine.dispose()

    def check(self) -> None:
        """Raise `CatalogUnavailable`, with the mend, unless the database answers."""
        self.head()

    def lead(self, name: str) -> Lease:
        """The lease of this name, which one instance at a time has. It is not taken yet."""
        return lease_of(self._engine, name)

    def listener(self) -> Listener | None:
        """Hears of commits as they happen; None where nothing tells of them."""
        return Listener(self._engine) if self._engine.dialect.name == "postgresql" else None

    # Reading -----------------------------------------------------------------------------------

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """The feed: images changed or gone since `after`, in the order of `seq`.

        Each image is in it once, as it is now; a reader that asks again after the last `seq` it
        was given misses nothing.
        """
        query = select(images).where(images.c.seq > after).order_by(images.c.seq).limit(limit)
        with self._reading() as db:
            return [Change(row.seq, row.id, _image(row)) for row in db.execute(query)]

    def last_seq(self) -> int:
        with self._reading() as db:
            return db.scalar(select(counters.c.value).where(counters.c.name == "seq")) or 0

    def epoch(self) -> str:
        """What tells this catalog from every other: a new one counts `seq` from 1 again."""
        return self.head()[0]

    def head(self) -> tuple[str, int]:
        """`epoch` and `last_seq`, at one moment."""
        both = select(counters.c.name, counters.c.value)
        with self._reading() as db:
            values = {row.name: row.value for row in db.execute(both)}
        return f"{values.get('epoch', 0):x}", values.get("seq", 0)

    def counter(self, name: str) -> int | None:
        """The value of a counter beside the catalog's own, None if there is none yet."""
        with self._reading() as db:
            value: int | None = db.scalar(select(counters.c.value).where(counters.c.name == name))
            return value

    def get(self, id: str) -> Image | None:
        with self._reading() as db:
            row = db.execute(select(images).where(images.c.id == id)).first()
        return None if row is None else _image(row)

    def count(self) -> int:
        with self._reading() as db:
            counted = select(func.count()).select_from(images).where(images.c.record.is_not(None))
            return db.scalar(counted) or 0

    def unanalysed(self, limit: int, after: int = 0) -> list[Image]:
        """Images whose pixels were not looked at yet, by `seq`, from after a given one on."""
        query = (
            select(images)
            .where(~images.c.analysed, images.c.record.is_not(None), images.c.seq > after)
            .order_by(images.c.seq)
            .limit(limit)
        )
        with self._reading() as db:
            return [image for row in db.execute(query) if (image := _image(row)) is not None]

    def unanalysed_count(self) -> int:
        with self._reading() as db:
            return (
                db.scalar(select(func.count()).select_from(images).where(~images.c.analysed)) or 0
            )

    def sources(self) -> list[str]:
        """The keys of the sources that were ever ingested, sorted."""
        with self._reading() as db:
            return list(db.scalars(select(sources.c.key).order_by(sources.c.key)))

    def known(self, source: str, names: Sequence[str] | None = None) -> dict[str, Known]:
        """The places of a source by name, refused files included; all, or those in `names`."""
        query = _KNOWN.where(sources.c.key == source)
        with self._reading() as db:
            return {row[0]: _known(row[1:]) for row in _each(db, query, names)}

    def known_below(self, source: str, folders: Sequence[str]) -> dict[str, Known]:
        """The places of a source that lie below any of some folders ("" is the root)."""
        if "" in folders:
            return self.known(source)
        query = _KNOWN.where(sources.c.key == source)
        found: dict[str, Known] = {}
        with self._reading() as db:
            for folder in folders:
                # "0" is the character after "/": all names between begin with the folder.
                name = places.c.name
                below = query.where(name > folder + "/", name < folder + "0")
                found.update((row[0], _known(row[1:])) for row in db.execute(below))
        return found

    def has(self, source: str) -> bool:
        """Whether there is any place of a source, be it a refused file's."""
        found = exists().where(places.c.source_id == sources.c.id, sources.c.key == source)
        with self._reading() as db:
            return bool(db.scalar(select(found)))

    def identity(self, source: str) -> str:
        """What `Source.identity` was at the last ingest; empty if there was none."""
        with self._reading() as db:
            return db.scalar(select(sources.c.identity).where(sources.c.key == source)) or ""

    # Writing -----------------------------------------------------------------------------------

    def apply(self, operations: Sequence[Operation]) -> Applied:
        """Do all of the operations, in their order, in one transaction.

        Each image that readers see changed gets the next `seq`; one that does not, gets none.
        """
        if not operations:
            return Applied(seq=self.last_seq())
        with self._writing() as (db, seq):
            now = self._clock().isoformat(timespec="seconds")
            applied = Writer(db, seq, now).apply(operations)
            if applied.seq > seq and db.dialect.name == "postgresql":  # told when it is committed
                db.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
            return applied

    @contextmanager
    def withholding(self, id: str) -> Iterator[bool]:
        """Whether somebody had the image taken away, and that stays so meanwhile.

        All who write wait for it to end, and give up in the end: be brief.
        """
        query = select(edits.c.withheld).where(edits.c.image_id == id)
        with self._writing() as (db, _):
            yield bool(db.scalar(query))

    def remember_source(self, source: str, identity: str) -> None:
        with self._writing() as (db, _):
            same = sources.c.key == source
            if db.execute(update(sources).where(same).values(identity=identity)).rowcount == 0:
                db.execute(insert(sources).values(key=source, identity=identity))

    def advance(self, name: str, value: int) -> None:
        """Raise a counter to `value`, if it is not that far; made if there is none."""
        known = self.counter(name)
        if known is None:
            with self._writing() as (db, _):  # one at a time
                if not db.scalar(select(exists().where(counters.c.name == name))):
                    db.execute(insert(counters).values(name=name, value=value))
                    return
        if known is None or known < value:  # often another instance was first
            lower = counters.c.name == name, counters.c.value < value
            with self._transaction() as db:
                db.execute(update(counters).where(*lower).values(value=value))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            self._bring_up_to_date()
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, int]]:
        """A transaction that holds the counter's lock, and the counter's value."""
        with self._transaction() as connection:
            locked = select(counters.c.value).where(counters.c.name == "seq")
            yield connection, connection.scalar(locked.with_for_update()) or 0

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """One that changes no image, and so needs no lock."""
        try:
            self._bring_up_to_date()
            with (
                self._engine.connect().execution_options(writes=True) as connection,
                connection.begin(),
            ):
                yield connection
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    def _bring_up_to_date(self) -> None:
        """Once; tried again by the next call if it fails."""
        if not self._migrated:
            with self._guard:
                if not self._migrated:
                    migrate(self._engine)
                    self._migrated = True


def _image(row: Any) -> Image | None:
    if row.record is None:
        return None
    record = orjson.loads(row.record)
    return Image.from_dict({**record, "id": row.id, "seq": row.seq, "born": row.born})


def _known(row: Any) -> Known:
    version, image_id, reason, message, beside_version = row
    return Known(version, image_id, reason or "", message or "", beside_version)


def _each(db: Connection, query: Select[Any], names: Sequence[str] | None) -> Iterator[Any]:
    if names is None:
        yield from db.execute(query)
        return
    for start in range(0, len(names), 500):
        yield from db.execute(query.where(places.c.name.in_(names[start : start + 500])))
