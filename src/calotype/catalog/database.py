"""Opening the database: SQLite or PostgreSQL, and the migrations that bring it up to date."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy import column as sql_column
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from calotype.errors import CatalogUnavailable

if TYPE_CHECKING:
    from psycopg import Connection as Psycopg

log = logging.getLogger(__name__)

HEAD = "0003"
"""The newest migration in `migrations/versions`."""

_MIGRATION_LOCK = 0x63616C6F
"""Key of PostgreSQL's advisory lock under which one process at a time migrates."""

CHANNEL = "calotype"
"""Of PostgreSQL's NOTIFY: images have changed."""

_version = table("alembic_version", sql_column("version_num"))


def make_engine(url: str, busy_seconds: float) -> Engine:
    """An engine that has not connected yet. Raises `CatalogUnavailable` if the URL is wrong."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise CatalogUnavailable(
            "The catalog's URL is not one. Give sqlite:////path/catalog.db or "
            "postgresql+psycopg://user@host/database."
        ) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(url, parsed.database, busy_seconds)
    if backend == "postgresql":
        return _postgresql(url)
    raise CatalogUnavailable(f"The catalog is SQLite or PostgreSQL; {backend} is neither.")


def connect_apart(engine: Engine) -> Psycopg:
    """A connection to PostgreSQL that is not the pool's and commits every statement by itself.

    Close it. Raises psycopg's errors, and SQLAlchemy's.
    """
    borrowed = engine.raw_connection()
    connection = cast("Psycopg", borrowed.driver_connection)
    borrowed.detach()
    connection.autocommit = True
    return connection


def unavailable(error: SQLAlchemyError) -> CatalogUnavailable:
    """Our error for one of the database's, with the mend where we know it."""
    original = getattr(error, "orig", None)
    code = getattr(original, "sqlite_errorcode", 0) & 0xFF
    mends = {
        sqlite3.SQLITE_FULL: "The disk that holds the catalog is full. Free some space.",
        sqlite3.SQLITE_BUSY: "The catalog is locked by another process. Try again.",
        sqlite3.SQLITE_LOCKED: "The catalog is locked by another process. Try again.",
        sqlite3.SQLITE_READONLY: "The catalog's file may not be written. Check its permissions.",
        sqlite3.SQLITE_CANTOPEN: "The catalog's file cannot be opened. Check the folder that it "
        "lies in and its permissions.",
        sqlite3.SQLITE_IOERR: "The disk that holds the catalog failed or is full.",
        sqlite3.SQLITE_CORRUPT: "The catalog's file is damaged. Put back a copy of it, or delete "
        "it and run `calotype add` again: it is built from the source, without edits and keys.",
        sqlite3.SQLITE_NOTADB: "The catalog's file is not a database. Choose another --data.",
    }
    # What it says may name hosts and users: for the log, not for whoever asked.
    log.warning("the catalog's database: %s", " ".join(str(original or error).split()))
    if code in mends:
        return CatalogUnavailable(mends[code])
    if getattr(original, "sqlstate", "") == "53100":
        return CatalogUnavailable("The database server's disk is full. Free some space there.")
    return CatalogUnavailable(
        "The catalog's database does not answer. Check its URL, and that it runs."
    )


def _sqlite(url: str, database: str | None, busy_seconds: float) -> Engine:
    if not database or database == ":memory:":
        raise CatalogUnavailable("The catalog needs a file: sqlite:////path/catalog.db.")
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogUnavailable(
            f"The catalog's folder cannot be made ({error.strerror}). Choose another --data."
        ) from None
    engine = create_engine(url, connect_args={"timeout": busy_seconds})

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        # Transactions are begun by us: sqlite3's own way begins them too late for DDL and locks.
        connection.isolation_level = None
        for pragma in (
            # An edit that was acknowledged outlives a power failure. Ingest writes in batches: for
            # it a sync each is nothing.
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            "PRAGMA journal_size_limit = 67108864",
        ):
            connection.execute(pragma).close()
        _write_ahead(connection, busy_seconds)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer takes its lock at once: a reader that turned writer could not wait for it.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: Any, busy_seconds: float) -> None:
    """Switch to WAL. Two processes that do so at once may collide without the usual waiting."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if (error.sqlite_errorcode & 0xFF) != sqlite3.SQLITE_BUSY or (
                time.monotonic() > deadline
            ):
                raise
            time.sleep(0.01)
        else:
            return


_PATIENCE = {
    # a host that vanishes says nothing: without these its locks last for hours
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": "-c lock_timeout=5s -c statement_timeout=60s "
    "-c idle_in_transaction_session_timeout=60s "
    # and the server must notice that we vanished: else our lease would be nobody's
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
}
"""Of libpq, and of the server's sessions."""


def _postgresql(url: str) -> Engine:
    from calotype.catalog import silence  # needs psycopg, which SQLite does not

    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=4,
        pool_timeout=5,
        connect_args={
            "connect_timeout": silence.CONNECT_SECONDS,
            "application_name": "calotype",
            **_PATIENCE,
        },
    )
    silence.bound(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to `HEAD`. Safe when several processes start at the same time.

    Raises `CatalogUnavailable` if it was written by a newer Calotype, and SQLAlchemy's errors.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            from calotype.catalog.silence import take_time

            take_time(connection)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        revision = _revision(connection)
        if revision == HEAD:
            return
        if revision is not None and revision > HEAD:
            raise CatalogUnavailable(
                "The catalog was written by a newer Calotype. Install that one, or choose "
                "another --data."
            )
        _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(_version.c.version_num))


def _upgrade(connection: Connection) -> None:
    # Alembic is slow to import, and needed once in a database's life.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
