"""The reader: answers queries from the newest commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import tantivy
from tantivy import Occur
from tantivy import Query as TQuery

from calotype.errors import NotReady
from calotype.model import Image
from calotype.search.config import SearchConfig
from calotype.search.query import Query
from calotype.search.schema import build_schema, decode
from calotype.search.store import Store, Unusable

Match = Literal["exact", "words", "near", "some"]


@dataclass(frozen=True, slots=True)
class Hit:
    """An image, how well it matches (0 where nothing ranks), and the rung it was found on."""

    image: Image
    score: float
    match: Match


@dataclass(frozen=True, slots=True)
class Page:
    """One page of hits; `total` counts all pages; `next` is the next page's cursor.

    `terms` are the stems of the typed words and of what they were corrected to.
    """

    hits: tuple[Hit, ...]
    total: int
    next: str | None
    terms: tuple[str, ...] = ()


class SearchIndex:
    """A reader of the index in a folder. Safe to use from several threads."""

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
        self._state: tuple[object, ...] = ()
        self._searcher: tantivy.Searcher | None = None
        self._schema = build_schema()
        self.generation = 0
        self.refresh()

    @classmethod
    def open(cls, path: Path, config: SearchConfig, key: bytes = b"") -> SearchIndex:
        return cls(path, config, key)

    @property
    def ready(self) -> bool:
        """Whether there is an index to answer from."""
        return self._searcher is not None

    def refresh(self) -> bool:
        """Take up the newest commit; whether there was one. Costs two `stat` where not."""
        state = self._store.state()
        if state == self._state or not state:
            return False
        with self._guard:
            try:
                self._searcher = self._store.open().searcher()
            except Unusable:
                return False
            self._state = state
            self.generation += 1
        return True

    def count(self) -> int:
        return self._searcher.num_docs if self._searcher else 0

    def get(self, id: str) -> Image | None:
        hits = self._need().search(TQuery.term_query(self._schema, "id", id), 1).hits
        return decode(self._need().doc(hits[0][1])["record"][0]) if hits else None

    def _need(self) -> tantivy.Searcher:
        if self._searcher is None:
            raise NotReady("the search index is being built")
        return self._searcher

    def search(self, query: Query, limit: int = 24, cursor: str | None = None) -> Page:
        searcher = self._need()
        parts = [
            (Occur.Must, TQuery.term_query(self._schema, "all", stem)) for stem in query.stems
        ]
        asked = TQuery.boolean_query(parts) if parts else TQuery.all_query()
        result = searcher.search(asked, limit)
        hits = tuple(
            Hit(decode(searcher.doc(address)["record"][0]), float(score), "words")
            for score, address in result.hits
        )
        return Page(hits, result.count or 0, None, query.terms)

    def facets(self, query: Query) -> dict[str, dict[str, int]]:
        return {}

    def suggest(self, query: Query) -> list[str]:
        return []

    def complete(self, text: str, limit: int = 8) -> list[str]:
        return []
