"""PostgreSQL tells of commits; SQLite has to be looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Queue

import pytest

from calotype.catalog import Catalog, Listener
from tests.api.house import until

from .postgres import Server
from .test_catalog import A, B, put
from .test_lease import cut_off

pytestmark = pytest.mark.server


class Hearing:
    """A listener in a thread; `notices` has one entry for each time that it called."""

    def __init__(self, listener: Listener) -> None:
        self.listener, self.notices = listener, Queue[None]()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=listener.run, args=(lambda: self.notices.put(None), self._stop)
        )
        self._thread.start()
        self.hear()  # at the beginning, for what came before

    def hear(self) -> None:
        self.notices.get(timeout=20)

    def end(self) -> None:
        self._stop.set()
        self._thread.join()


@pytest.fixture
def url(postgres: Server, request: pytest.FixtureRequest) -> str:
    return postgres.database(request.node.name[:60])


@pytest.fixture
def hearing(url: str) -> Iterator[Hearing]:
    catalog = Catalog.open(url)
    listener = catalog.listener()
    assert listener is not None
    hearing = Hearing(listener)
    yield hearing
    hearing.end()
    catalog.close()


def test_a_commit_of_another_is_heard(hearing: Hearing, url: str) -> None:
    other = Catalog.open(url)
    other.apply([put(A, "a.jpg")])
    hearing.hear()
    other.close()


def test_what_changes_no_image_is_not_heard(hearing: Hearing, url: str) -> None:
    """Else every instance that notes how far edges are would wake all others, and they note it."""
    other = Catalog.open(url)
    other.advance("purged", 7)
    other.advance("purged", 8)
    other.keys.used("no key")
    other.remember_source("/s", "disk")
    other.apply([put(A, "a.jpg")])
    hearing.hear()
    hearing.end()  # what was committed before it is heard by then
    assert hearing.notices.empty()
    other.close()


def test_it_listens_again_after_its_connection_was_lost(hearing: Hearing, url: str) -> None:
    cut_off(url)
    hearing.hear()  # at once: something may have been missed
    until(lambda: hearing.listener.active)
    other = Catalog.open(url)
    other.apply([put(B, "b.jpg")])
    hearing.hear()
    other.close()


def test_sqlite_tells_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path_factory.mktemp('catalog')}/catalog.sqlite")
    assert catalog.listener() is None
