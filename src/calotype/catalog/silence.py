"""A PostgreSQL server that says nothing any more: stopped, or cut off without a word.

TCP's own bounds do not see the first, for its kernel still answers, and see the second late. So who
waits looks at the clock, gives the connection up, and for a moment nobody else waits in vain too.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, event, text

if TYPE_CHECKING:
    from psycopg.abc import PQGen

PING_SECONDS = 2.0
"""Until a connection of the pool that is asked whether it is alive counts as lost."""
CONNECT_SECONDS = 4
"""Until a new connection has not come about, for each address of the host."""
SILENT_SECONDS = 7.0
"""Until a statement of which nothing is heard is given up. Longer than a lock is waited for."""
REST_SECONDS = 2.0
"""How long nobody asks a server that was silent."""
LOOK = 0.1
"""Seconds between two looks at the clock."""

RV = TypeVar("RV")


class Silent(psycopg.OperationalError):
    """Nothing was heard of the server. It may have done what it was told, all the same."""


class Rest:
    """Keeps those who would wait from a server that was silent a moment ago."""

    def __init__(self) -> None:
        self._until = 0.0

    def check(self) -> None:
        """Raises Silent."""
        if time.monotonic() < self._until:
            raise Silent("nothing was heard of the server a moment ago")

    def begin(self) -> None:
        self._until = time.monotonic() + REST_SECONDS


class Heard(psycopg.Connection[Any]):
    """A connection that is closed, and raises `Silent`, when nothing is heard for `seconds`."""

    seconds = SILENT_SECONDS
    rest: Rest | None = None

    def wait(self, gen: PQGen[RV], interval: float = LOOK, timeout: float | None = None) -> RV:
        try:
            return super().wait(_heard(gen, self.seconds), interval, timeout)
        except Silent:
            self.close()
            if self.rest is not None:
                self.rest.begin()
            raise


def bound(engine: Engine) -> None:
    """Let nobody wait for longer than the seconds above for a server that says nothing."""
    rest = Rest()

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, given: Any, named: Any) -> Heard:
        rest.check()
        try:
            connection = Heard.connect(*given, **named)
        except psycopg.errors.ConnectionTimeout:
            rest.begin()
            raise
        connection.rest = rest
        return connection

    @event.listens_for(engine, "checkin")
    def came_back(connection: Heard | None, _record: object) -> None:
        if connection is not None:
            connection.seconds = PING_SECONDS  # what it is asked next is whether it is alive

    @event.listens_for(engine, "checkout")
    def taken(connection: Heard, _record: object, _proxy: object) -> None:
        connection.seconds = SILENT_SECONDS


def take_time(connection: Connection) -> None:
    """Let statements of this transaction take as long as they do."""
    heard = connection.connection.driver_connection
    assert isinstance(heard, Heard)
    heard.seconds = math.inf
    connection.execute(text("SET LOCAL statement_timeout = 0"))


def _heard(gen: PQGen[RV], seconds: float) -> PQGen[RV]:
    """`gen`, which is resumed from time to time even when nothing came."""
    last = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                last = time.monotonic()
            elif time.monotonic() - last > seconds:
                raise Silent(f"nothing was heard of the server for {seconds:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: RV = end.value
        return result
