"""Which of several instances does what one alone should do."""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from calotype.catalog.database import connect_apart
from calotype.filelock import FileLock

if TYPE_CHECKING:
    from psycopg import Connection

log = logging.getLogger(__name__)


class Lease(Protocol):
    """A claim that one holder at a time has; it ends with its holder, however that ends."""

    def held(self) -> bool:
        """Whether it is ours now; takes it if nobody has it, and waits for nobody.

        False where the database does not answer. Who had it and lost it is told so once, even if
        it could be had again at once: another may have had it meanwhile.
        """
        ...

    def release(self) -> None:
        """Let another have it."""
        ...


def lease_of(engine: Engine, name: str) -> Lease:
    if engine.dialect.name == "postgresql":
        return _ServerLease(engine, name)
    return _FileLease(Path(engine.url.database or ""), name)


class _ServerLease:
    """A session's advisory lock in PostgreSQL: the server frees it when the connection ends."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._key = engine, _key(name)
        self._guard = Lock()
        self._connection: Connection | None = None
        self._ours = False

    def held(self) -> bool:
        import psycopg

        with self._guard:
            try:
                if self._connection is None:
                    self._connection = connect_apart(self._engine)
                asked = "SELECT true" if self._ours else f"SELECT pg_try_advisory_lock({self._key})"
                row = self._connection.execute(asked).fetchone()
                self._ours = row is not None and bool(row[0])
            except (psycopg.Error, SQLAlchemyError) as error:
                log.debug("no lease: %s", error)
                self._drop()
            return self._ours

    def release(self) -> None:
        with self._guard:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection, self._ours = self._connection, None, False
        if connection is not None:
            with suppress(Exception):  # it is broken, or will be now
                connection.close()


class _FileLease:
    """A lock on a file beside SQLite's."""

    def __init__(self, database: Path, name: str) -> None:
        self._lock = FileLock(database.with_name(f"{database.name}.{name}.lease"))

    def held(self) -> bool:
        try:
            return self._lock.acquire()
        except OSError as error:
            log.debug("no lease: %s", error)
            return False

    def release(self) -> None:
        self._lock.release()


def _key(name: str) -> int:
    """One of PostgreSQL's 64-bit keys, which all users of a database share."""
    digest = hashlib.sha256(f"calotype lease {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
