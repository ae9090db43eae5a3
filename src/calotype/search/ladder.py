"""The ladder: the rungs on which an answer is sought, and what each asks of the index.

    exact   an image's id or name, followed by what all the words find
    words   all the words
    near    all the words, some of them as they were probably meant
    some    any of the words

The first rung that finds anything answers. `all` stands for a query without words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product

import tantivy

from calotype.model import Image
from calotype.search import plan
from calotype.search.query import Query
from calotype.search.schema import CODES, id_key, name_key
from calotype.search.text import Words, bare_name, key
from calotype.search.vocabulary import Near, Vocabulary

EXPANSIONS = 24
"""Words that the beginning of one stands for."""

TRIED = 24
"""Combinations of near words that are counted."""

TOGETHER = 1.0
"""Weight of how often corrected words occur together, against how likely each is."""

SAME_NAME = 200
"""Images of one file name that are looked at for the right folder."""

_ID = re.compile(r"[0-9a-f]{40}")

Stems = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """What a rung asks: `parts` rank and match; `fixed` are the stems it took each word for.

    `total` is how many images match, where that is known without looking: then only the best of
    them need be ranked (block-max WAND: Ding, Suel 2011), and a frequent word costs half.
    """

    name: str
    parts: list[plan.Part]
    fixed: Stems = ()
    total: int | None = None


class Ladder:
    """The rungs of queries against one commit."""

    def __init__(
        self,
        searcher: tantivy.Searcher,
        words: Words,
        load: Callable[[Sequence[tantivy.DocAddress]], list[Image]],
    ) -> None:
        self._searcher = searcher
        self._words = words
        self._load = load
        self.vocabulary = Vocabulary(searcher, words)

    def rungs(self, query: Query) -> Iterator[Rung]:
        """The rungs to try, in order; each is made only when the ones before found nothing."""
        if not query.ranked:
            yield Rung("all", [])
            return
        stems = self.stems(query)
        whole = plan.all_words(query, stems) if self._known(query, stems) else []
        if ids := self._exact(query):
            yield Rung("exact", plan.exactly(ids, whole), stems)
        elif whole:
            yield Rung("words", whole, stems, self._frequency(query, stems))
        if query.words:
            if near := self.near(query):
                yield self.rung("near", query, near)
            yield self.rung("some", query, self._or_near(query, stems))

    def rung(self, name: str, query: Query, fixed: Stems) -> Rung:
        """The rung `name` with words taken as they were before: what a cursor goes on with."""
        if name == "all":
            return Rung(name, [])
        if name == "exact":
            return Rung(name, plan.exactly(self._exact(query),
                                           plan.all_words(query, fixed)), fixed)  # fmt: skip
        make = plan.some_words if name == "some" else plan.all_words
        return Rung(name, make(query, fixed), fixed)

    def stems(self, query: Query) -> Stems:
        """The stems of each word; of the last, with `prefix`, those of all that it begins."""
        stems = [(stem,) for stem in query.stems]
        if query.prefix:
            begun = self.vocabulary.beginning(query.words[-1], EXPANSIONS)
            last = [query.stems[-1], *(self._words.stem(word) for word in begun)]
            return (*stems[:-1], tuple(dict.fromkeys(last)))
        return tuple(stems)

    def stem(self, word: str) -> str:
        return self._words.stem(word)

    def count(self, parts: list[plan.Part]) -> int:
        """How many images match."""
        return plan.total_of(self._searcher.search(plan.silent(plan.join(parts)), 1))

    def _known(self, query: Query, stems: Stems) -> bool:
        """Whether each required word is in the index at all: if not, all of them never are."""
        return all(
            not needed or any(self._searcher.doc_freq("all", stem) for stem in several)
            for needed, several in zip(query.required, stems, strict=True)
        )

    def _frequency(self, query: Query, stems: Stems) -> int | None:
        """How many images a query of one word alone matches."""
        more = query.phrases or query.filters or query.excluded or len(stems) != 1
        if more or len(stems[0]) != 1 or not self._undeleted:
            return None
        return self._searcher.doc_freq("all", stems[0][0])

    @cached_property
    def _undeleted(self) -> bool:
        """Whether no document waits to be merged away: frequencies count those too.

        Each document has one orientation.
        """
        codes = CODES["orientation"].values()
        return self._searcher.num_docs == sum(self._searcher.doc_freq("code", c) for c in codes)

    def _exact(self, query: Query) -> list[str]:
        """The ids of the images whose id or name the text is."""
        asked = query.exact
        if image := self.by_id(asked):
            return [image.id]
        last = asked.rpartition("/")[2]
        names = {last, bare_name(last)} - {""}
        found = self._keyed([name_key(name) for name in names])
        return [image.id for image in found if _is_called(image, asked)]

    def by_id(self, id: str) -> Image | None:
        """The image with this id; None too for a text that is none."""
        found = self._keyed([id_key(id)]) if _ID.fullmatch(id) else []
        return next((image for image in found if image.id == id), None)

    def _keyed(self, keys: list[int]) -> list[Image]:
        """The images with one of the hashes of `schema.id_key` and `name_key`."""
        keys = [number for number in keys if self._searcher.doc_freq("key", number)]
        if not keys:
            return []
        hits = self._searcher.search(plan.any_term("key", keys), SAME_NAME, count=False).hits
        return self._load([address for _, address in hits])

    def near(self, query: Query) -> Stems:
        """What the words were probably meant to be: the likeliest combination that finds
        anything, each word by its distance and frequency, all by how often they occur together.
        Empty if there is none."""
        choices = [
            self.vocabulary.near(word) if need else []
            for word, need in zip(query.words, query.required, strict=True)
        ]
        if not all(near for near, need in zip(choices, query.required, strict=True) if need):
            return ()
        best = -math.inf
        found: Stems = ()
        always = plan.conditions(query)
        for chosen in _likeliest(choices):
            stems = tuple((near.stem,) if near else () for near in chosen)
            prior = sum(near.prior for near in chosen if near)
            number = self.count([*plan.all_words(query, stems), *always])
            if number and prior + TOGETHER * math.log(number) > best:
                best, found = prior + TOGETHER * math.log(number), stems
        return found

    def _or_near(self, query: Query, stems: Stems) -> Stems:
        """The stems, and for a word that is not known the likeliest one near it."""
        return tuple(
            several
            if any(self._searcher.doc_freq("all", stem) for stem in several)
            else tuple(near.stem for near in self.vocabulary.near(word)[:1])
            for word, several in zip(query.words, stems, strict=True)
        )


def _likeliest(choices: list[list[Near]]) -> list[tuple[Near | None, ...]]:
    """Combinations of one choice for each word, the likeliest by their priors first."""
    several = sum(1 for near in choices if len(near) > 1)
    each = 24 if several < 2 else 8 if several == 2 else 4 if several == 3 else 2
    kept: list[list[Near | None]] = [[*near[:each]] or [None] for near in choices]
    combined = list(islice(product(*kept), 4096))
    combined.sort(key=lambda chosen: -sum(near.prior for near in chosen if near))
    return combined[:TRIED]


def _is_called(image: Image, asked: str) -> bool:
    """Whether `asked` is one of the image's names: whole, without folders, without extension."""
    for place in image.places:
        name = key(place.name)
        bare = bare_name(name)
        folders = name.rpartition("/")[0]
        whole = f"{folders}/{bare}" if folders else bare
        if asked in (name, name.rpartition("/")[2], bare, whole):
            return True
    return False
