"""One commit of the index: what every answer is given from, and all that is remembered of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import tantivy
from tantivy import Occur

from calotype.model import Image
from calotype.search import plan
from calotype.search.documents import decode
from calotype.search.ladder import Ladder, Rung
from calotype.search.query import Query
from calotype.search.text import Words

RESOLVED = 4_000
"""Queries whose rung is remembered."""


class Snapshot:
    """A searcher with its ladder and caches. Threads may share it: entries are only ever added."""

    def __init__(
        self, searcher: tantivy.Searcher, generation: int, words: Words, most_images: int
    ) -> None:
        self.searcher = searcher
        self.generation = generation
        self._most_images = most_images
        self._images: OrderedDict[tuple[int, int], Image] = OrderedDict()
        self.ladder = Ladder(searcher, words, self.load)
        self.newest = self._newest()
        self.pages: dict[tuple[str, int, str | None], Any] = {}
        self.facets: dict[str, dict[str, dict[str, int]]] = {}
        self._rungs: dict[str, Rung | None] = {}

    def load(self, addresses: Sequence[tantivy.DocAddress]) -> list[Image]:
        """The images of documents; what is known is not read from disk again."""
        known, images = self._images, []
        for address in addresses:
            place = (address.segment_ord, address.doc)
            image = known.get(place)
            if image is None:
                image = decode(self.searcher.doc(address)["record"][0])
                known[place] = image
                if len(known) > self._most_images:
                    known.popitem(last=False)
            images.append(image)
        return images

    def _newest(self) -> int:
        hits = self.searcher.search(
            tantivy.Query.all_query(), 1, count=False, order_by_field="born"
        ).hits
        return int(hits[0][0]) if hits else 0

    def total(self, parts: list[plan.Part]) -> int:
        """How many images match."""
        return self.ladder.count(parts) if parts else self.searcher.num_docs

    def newest_below(
        self, parts: list[plan.Part], below: int, limit: int
    ) -> list[tuple[int, tantivy.DocAddress]]:
        """The newest matching images born before `below`, with their `born`.

        Sorting a million documents takes 20 ms, and a window of the newest 0.3: so it looks into
        windows, each eight times as wide as the one before, until there are enough.
        """
        found: list[tuple[int, tantivy.DocAddress]] = []
        high, width = min(below - 1, self.newest), 8 * limit
        while high > 0 and len(found) < limit:
            low = high - width + 1 if width < high else None
            window = plan.silent(plan.between("born", low, high))
            result = self.searcher.search(
                plan.join([*parts, (Occur.Must, window)]),
                limit - len(found),
                count=False,
                order_by_field="born",
            )
            found += [(int(born), address) for born, address in result.hits]
            high, width = (0, 0) if low is None else (low - 1, width * 8)
        return found

    def remember(self, query: Query, rung: Rung | None) -> None:
        """Note which rung answers a query."""
        if len(self._rungs) >= RESOLVED:
            self._rungs.clear()
        self._rungs[query.key] = rung

    def answering(self, query: Query) -> Rung | None:
        """The rung that answers, or None if nothing matches."""
        if query.key not in self._rungs:
            always = plan.conditions(query)
            for rung in self.ladder.rungs(query):
                parts = [*rung.parts, *always]
                if rung.name == "all" or (rung.parts and self.ladder.count(parts)):
                    self.remember(query, rung)
                    return rung
            self.remember(query, None)
        return self._rungs.get(query.key)
