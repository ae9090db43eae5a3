"""The reader: answers queries from the newest commit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from calotype.errors import BadParameter, NotReady
from calotype.model import Image
from calotype.search.config import SearchConfig
from calotype.search.facets import count_facets
from calotype.search.pages import Hit, Page, page_of
from calotype.search.query import Query
from calotype.search.snapshot import Snapshot
from calotype.search.store import Position, Store, Unusable, intact, is_panic
from calotype.search.suggest import complete, suggest
from calotype.search.text import words_of

__all__ = ["Hit", "Page", "SearchIndex"]

T = TypeVar("T")

log = logging.getLogger("calotype.search")


class SearchIndex:
    """A reader of the index in a folder, safe to use from several threads.

    `key` signs cursors: the same on every instance. Without an index it answers NotReady, until
    a writer has made one. `generation` changes whenever what it sees changes.
    """

    def __init__(
        self,
        path: Path,
        config: SearchConfig,
        key: bytes = b"",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = Store(path, config)
        self._config = config
        self._key = key
        self._clock = clock
        self._guard = threading.Lock()
        self._seen: tuple[object, ...] = ()
        self._bad: tuple[object, ...] = ()
        self._broken = False
        self._snapshot: Snapshot | None = None
        self._look_at = 0.0
        self.generation = 0
        self.position: Position | None = None
        """How far the index is that answers: what is read after this has at least so much."""
        self.refresh()

    @classmethod
    def open(cls, path: Path, config: SearchConfig, key: bytes = b"") -> SearchIndex:
        """A reader of `path`, whether or not there is an index yet."""
        return cls(path, config, key)

    @property
    def ready(self) -> bool:
        """Whether there is an index to answer from, none that turned out damaged."""
        return self._snapshot is not None and not self._broken

    @property
    def damaged(self) -> bool:
        """Whether its files were found damaged, and the writer has not built it anew so far."""
        return self._store.damage_noted()

    def refresh(self) -> bool:
        """Take up the newest commit; whether there was one. Costs a read and a `stat` if not.

        What cannot be taken up leaves the one before in place, and is tried again.
        """
        self._look_at = self._clock() + self._config.refresh_ms / 1000
        # In this order: the build has been committed that far before it says so.
        position = self._store.position()
        state = self._store.state()
        if not state:
            return False
        if state == self._seen:
            if position != self.position:
                with self._guard:
                    self._move_to(position, state)
            return False
        with self._guard:
            if state == self._seen:
                return False
            try:
                searcher = self._store.open().searcher()
                fresh = Snapshot(
                    searcher,
                    self.generation + 1,
                    words_of(self._config.language),
                    self._config.image_cache,
                )
            except Unusable as problem:
                if problem.damaged and state == self._store.state():
                    self._store.note_damage()
                return False
            except BaseException as problem:
                if not isinstance(problem, ValueError | OSError) and not is_panic(problem):
                    raise
                self._refused(state, problem)
                return False
            self._seen, self._snapshot, self._broken = state, fresh, False
            self.generation = fresh.generation
            self._move_to(position, state)
        return True

    def _move_to(self, position: Position | None, state: tuple[object, ...]) -> None:
        """Forward, or to another build. Of two that refresh, either may come last."""
        now = self.position
        if position is None or state != self._seen or position.build != state[0]:
            return
        if now is None or now.build != position.build or now.seq < position.seq:
            self.position = position

    def _refused(self, state: tuple[object, ...], problem: BaseException) -> None:
        """Say so once a commit, and ask for a rebuild if its files are damaged."""
        if state == self._bad:
            return
        self._bad = state
        log.error("the newest commit of the index cannot be read: %s", problem)
        build = self._store.pointed()
        if build is not None and state == self._store.state() and not intact(build):
            self._store.note_damage()

    def search(self, query: Query, limit: int = 24, cursor: str | None = None) -> Page:
        """The best `limit` images, or with `cursor` the next ones.

        Raises BadParameter for a limit out of bounds, BadCursor, and NotReady.
        """
        if not 1 <= limit <= self._config.max_limit:
            raise BadParameter("limit", f"from 1 to {self._config.max_limit}", limit)
        snapshot = self._current()
        place = (query.key, limit, cursor)
        page: Page | None = snapshot.pages.get(place)
        if page is None:
            page = self._reading(lambda: page_of(snapshot, query, limit, cursor, self._key))
            if len(snapshot.pages) >= self._config.page_cache:
                snapshot.pages.clear()
            if self._config.page_cache:
                snapshot.pages[place] = page
        return page

    def facets(self, query: Query) -> dict[str, dict[str, int]]:
        """How many of the matching images have each colour, orientation, format, tag (the 20
        most frequent), license and creator."""
        snapshot = self._current()
        return self._reading(lambda: count_facets(snapshot, query))

    def suggest(self, query: Query) -> list[str]:
        """Queries near this one that find something; for when it does not."""
        snapshot = self._current()
        return self._reading(lambda: suggest(snapshot, query))

    def complete(self, text: str, limit: int = 8) -> list[str]:
        """Queries that begin with `text` and find something, the most frequent first."""
        snapshot = self._current()
        return self._reading(lambda: complete(snapshot, text, limit, self._config))

    def get(self, id: str) -> Image | None:
        """The image with this id."""
        snapshot = self._current()
        return self._reading(lambda: snapshot.ladder.by_id(id))

    def count(self) -> int:
        """How many images there are; 0 while there is no index."""
        return self._snapshot.searcher.num_docs if self._snapshot else 0

    def _current(self) -> Snapshot:
        if self._clock() >= self._look_at:
            self.refresh()
        if self._snapshot is None:
            raise NotReady("The search index is being built; try again in a moment.")
        return self._snapshot

    def _reading(self, read: Callable[[], T]) -> T:
        """What `read` returns; a file that turns out unreadable asks the writer for a rebuild."""
        try:
            return read()
        except (ValueError, OSError) as problem:
            self._suspect(problem)
            raise
        except BaseException as problem:
            if is_panic(problem):
                self._suspect(problem)
                raise RuntimeError("the search engine failed on this query") from problem
            raise

    def _suspect(self, problem: BaseException) -> None:
        """Ask for a rebuild if files are damaged; a mere bug must not cause one."""
        build = self._store.pointed()
        if build is not None and not intact(build):
            self._store.note_damage()
            self._broken = True
            raise NotReady("The search index is damaged and is being rebuilt.") from problem
