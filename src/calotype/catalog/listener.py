"""Hearing of commits as they happen (PostgreSQL's LISTEN); SQLite's have to be looked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from threading import Event

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from calotype.catalog.database import CHANNEL, connect_apart

log = logging.getLogger(__name__)

_LOOK = 0.5
"""Seconds until a listener sees that it is to stop."""
_FIRST_WAIT, _MOST_WAIT = 0.25, 10.0
"""Seconds between two tries to listen."""


class Listener:
    """`active` says whether commits are heard at present; who reads must look from time to time
    all the same, for a notice may be lost with its connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.active = False

    def run(self, heard: Callable[[], None], stop: Event) -> None:
        """Call `heard` after every change of anyone, until `stop` is set. Needs a thread."""
        import psycopg

        wait = _FIRST_WAIT
        while not stop.is_set():
            try:
                with closing(connect_apart(self._engine)) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self.active, wait = True, _FIRST_WAIT
                    heard()  # what was committed before is told to nobody again
                    while not stop.is_set():
                        for _ in connection.notifies(timeout=_LOOK):
                            heard()
            except (psycopg.Error, SQLAlchemyError) as error:
                log.info("not listening to the catalog: %s", " ".join(str(error).split()))
            finally:
                self.active = False
            stop.wait(wait)
            wait = min(2 * wait, _MOST_WAIT)
