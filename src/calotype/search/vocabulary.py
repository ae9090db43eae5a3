"""The words that the index knows, and which of them a misspelt one may have been."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

import tantivy
from rapidfuzz import process
from rapidfuzz.distance import OSA

from calotype.search.text import Words

EDIT_COST = 3.5
"""What one edit costs, in powers of e: a word must be 33 times as frequent to make up for it."""

KEPT = 8
"""Near words considered for each word that was typed."""

MOST_BEGINNINGS = 64
"""Words remembered for each beginning that was typed."""


_Lengths = dict[int, tuple[list[str], list[int]]]
"""By length: the words, and how many images have each."""


@dataclass(frozen=True, slots=True)
class Near:
    """A known word near a typed one. `prior` is the log of how likely it was meant."""

    word: str
    stem: str
    distance: int
    prior: float


def reach(word: str) -> int:
    """How many edits a word may be away: none below 4 letters, 1 below 8, else 2."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


class Vocabulary:
    """The words of one commit; read letter by letter as they are asked for."""

    def __init__(self, searcher: tantivy.Searcher, words: Words) -> None:
        self._searcher = searcher
        self._words = words
        self._letters: dict[str, _Lengths] = {}
        self._near: dict[str, list[Near]] = {}
        self._beginnings: dict[str, list[str]] = {}

    def frequency(self, word: str) -> int:
        """How many images have the word as it is written."""
        return self._searcher.doc_freq("words", word)

    def near(self, word: str) -> list[Near]:
        """Known words within reach of `word`, itself too, likeliest first; one for a stem.

        The first letter is taken to be right, as it nearly always is (Pollock and Zamora 1984).
        """
        if (known := self._near.get(word)) is None:
            known = self._near[word] = self._find(word)
        return known

    def _find(self, word: str) -> list[Near]:
        found: dict[str, int] = {}
        if (frequency := self.frequency(word)) > 0:
            found[word] = frequency
        most = reach(word)
        lengths: _Lengths = self._letter(word[:1]) if most else {}
        counts: dict[str, int] = {}
        for length in range(len(word) - most, len(word) + most + 1):
            if several := lengths.get(length):
                names, numbers = several
                for near, _, at in process.extract(
                    word, names, scorer=OSA.distance, score_cutoff=most, limit=None
                ):
                    counts[near] = numbers[at]
        return self._ranked(word, counts | found)

    def _ranked(self, word: str, counts: dict[str, int]) -> list[Near]:
        by_stem: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        for near, frequency in counts.items():
            distance = OSA.distance(word, near)
            by_stem[self._words.stem(near)].append((distance, -frequency, near))
        ranked = []
        for stem, several in by_stem.items():
            distance, _, best = min(several)
            total = -sum(frequency for _, frequency, _ in several)
            ranked.append(Near(best, stem, distance, math.log(total) - EDIT_COST * distance))
        ranked.sort(key=lambda near: (-near.prior, near.word))
        return ranked[:KEPT]

    def _letter(self, letter: str) -> _Lengths:
        if (lengths := self._letters.get(letter)) is None:
            lengths = {}
            for word, frequency in self._searcher.terms_with_prefix("words", letter):
                names, numbers = lengths.setdefault(len(word), ([], []))
                names.append(word)
                numbers.append(frequency)
            self._letters[letter] = lengths
        return lengths

    def beginning(self, prefix: str, most: int) -> list[str]:
        """Known words that begin with `prefix`, the most frequent first."""
        if (known := self._beginnings.get(prefix)) is None:
            found = self._searcher.terms_with_prefix("words", prefix)
            found.sort(key=lambda pair: (-pair[1], pair[0]))
            known = self._beginnings[prefix] = [word for word, _ in found[:MOST_BEGINNINGS]]
        return known[:most]
