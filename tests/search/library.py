"""A catalog in memory, and an index that follows it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from calotype.model import Change, Image, Place
from calotype.search import Indexer, Page, SearchConfig, SearchIndex, parse

CONFIG = SearchConfig(refresh_ms=0)


class Library:
    """Images by name. Each change gets the next `seq`; `feed` is what an Indexer follows."""

    def __init__(self) -> None:
        self.rows: dict[str, Change] = {}
        self.seq = 0

    def add(self, name: str, **values: Any) -> Image:
        """Add or change the image called `name`."""
        self.seq += 1
        id = identify(name)
        held = self.rows.get(id)
        born = held.image.born if held is not None and held.image is not None else self.seq
        place = Place("photos", name, str(self.seq))
        shape: dict[str, Any] = {
            "format": "jpeg",
            "width": 800,
            "height": 600,
            "bytes": 1000,
        } | values
        image = Image(id=id, places=(place,), seq=self.seq, born=born, **(shape | values))
        self.rows[id] = Change(self.seq, id, image)
        return image

    def remove(self, name: str) -> None:
        self.seq += 1
        id = identify(name)
        self.rows[id] = Change(self.seq, id, None)

    def feed(self, after: int, limit: int) -> list[Change]:
        rows = sorted((row for row in self.rows.values() if row.seq > after), key=lambda r: r.seq)
        return rows[:limit]


def identify(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:40]


class Searching:
    """A library, its indexer and a reader."""

    def __init__(self, path: Path, config: SearchConfig = CONFIG) -> None:
        self.path, self.config = path, config
        self.library = Library()
        self.events: list[tuple[str, str]] = []
        self.indexer = self.another_indexer()
        self.index = SearchIndex.open(path, config, b"key")

    def another_indexer(self) -> Indexer:
        return Indexer(
            self.path, self.config, self.library.feed, lambda *event: self.events.append(event)
        )

    def add(self, name: str, **values: Any) -> Image:
        return self.library.add(name, **values)

    def commit(self) -> None:
        self.indexer.catch_up()
        self.index.refresh()

    def page(self, text: str, limit: int = 24, cursor: str | None = None, **filters: str) -> Page:
        query = parse(text, filters, config=self.config)
        return self.index.search(query, limit, cursor)

    def names(self, text: str, limit: int = 24, **filters: str) -> list[str]:
        return [hit.image.name for hit in self.page(text, limit, **filters).hits]

    def matches(self, text: str) -> list[tuple[str, str]]:
        return [(hit.image.name, hit.match) for hit in self.page(text).hits]
