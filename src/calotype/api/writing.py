"""What the routes that change something share: who may, how many at once, and in which threads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from calotype.api.auth import Doorkeeper
from calotype.api.receiving import Receiving
from calotype.catalog import Key, Keys
from calotype.errors import CalotypeError, NotReady, Overloaded
from calotype.settings import UploadConfig
from calotype.writes import Writes

NOTED_EVERY = timedelta(minutes=5)
"""How exactly it is known when a key was last used: to note it is a write of its own."""
RETRY_SECONDS = 2

log = logging.getLogger(__name__)
T = TypeVar("T")


class Writing:
    """Belongs to one event loop."""

    def __init__(
        self, writes: Writes, keys: Keys, receiving: Receiving, config: UploadConfig
    ) -> None:
        self.writes, self.receiving = writes, receiving
        self._keys, self._most = keys, config.max_requests
        self._threads = ThreadPoolExecutor(config.threads, thread_name_prefix="write")
        # Of its own: a key is looked up while all writers wait for a lock.
        self._doors = ThreadPoolExecutor(2, thread_name_prefix="keys")
        self.doorkeeper = Doorkeeper(self._look_up)
        self._under_way = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One of the requests that may be under way. Raises Overloaded."""
        if self._under_way >= self._most:
            raise Overloaded("Too many changes are under way. Try again.", RETRY_SECONDS)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def run(
        self, work: Callable[..., T], *arguments: Any, after: Callable[[], object] = lambda: None
    ) -> T:
        """In a thread; it goes on to its end whatever becomes of the request. `after` is called
        then, or when it will never begin. Raises NotReady where the service is closing.
        """
        try:
            begun = _submitted(self._threads, work, *arguments)
        except NotReady:
            after()
            raise
        begun.add_done_callback(lambda _: after())
        return await asyncio.wrap_future(begun)

    def close(self) -> None:
        """What was begun is finished; so it waits."""
        for threads in (self._threads, self._doors):
            threads.shutdown(cancel_futures=True)
        self.receiving.close()

    async def _look_up(self, id: str) -> Key | None:
        return await asyncio.wrap_future(_submitted(self._doors, self._found, id))

    def _found(self, id: str) -> Key | None:
        key = self._keys.find(id)
        now = datetime.now(UTC)
        noted = key is not None and key.last_used is not None and now - key.last_used < NOTED_EVERY
        if key is not None and key.good(now) and not noted:
            with suppress(NotReady):
                _submitted(self._threads, self._note, id)
        return key

    def _note(self, id: str) -> None:
        try:
            self._keys.used(id)
        except CalotypeError as error:
            log.debug("that a key was used is not noted: %s", error)


def _submitted(threads: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any) -> Future[T]:
    try:
        return threads.submit(work, *arguments)
    except RuntimeError:
        raise NotReady("The service is shutting down.") from None
