"""Words: how text is cut, folded and stemmed, alike for records and queries."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

STOP_WORDS = frozenset(
    {"danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian"}
    | {"norwegian", "portuguese", "russian", "spanish", "swedish"}
)
"""The languages that tantivy has a list of stop words for."""

LONGEST_WORD = 64
"""In bytes. Longer runs of letters are no words (data in a name, say) and are left out."""

_NAME_PARTS = re.compile(r"\d+|[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Analyzers:
    """The three ways to cut text: folded only, folded and stemmed, and into stop-word-free words.

    Folding comes before stemming, so that `théâtres` and `theatres` have one stem.
    """

    fold: TextAnalyzer
    stem: TextAnalyzer
    content: TextAnalyzer


@lru_cache(maxsize=32)
def analyzers(language: str) -> Analyzers:
    """The analyzers of a language of `config.Language`."""

    def build(*more: Filter) -> TextAnalyzer:
        builder = TextAnalyzerBuilder(Tokenizer.simple())
        folding = (Filter.remove_long(LONGEST_WORD), Filter.lowercase(), Filter.ascii_fold())
        for step in (*folding, *more):
            builder = builder.filter(step)
        return builder.build()

    stem = () if language == "none" else (Filter.stemmer(language),)
    stop = (Filter.stopword(language),) if language in STOP_WORDS else ()
    return Analyzers(fold=build(), stem=build(*stem), content=build(*stop))


def normalise(text: str) -> str:
    """NFKC: one spelling for one text. Names from macOS come decomposed (NFD)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=4096)
def key(text: str) -> str:
    """What two values must share to be the same name, tag or creator: `"Café  Noir"` → `cafe noir`.

    Lower case, accents folded, runs of white space as one, quotation marks dropped.
    """
    if not text.isascii():
        # Folding can yield what normalises further, so the two take turns until nothing changes.
        for _ in range(4):
            folded = _strip_marks(unicodedata.normalize("NFKC", text).casefold())
            if folded == text:
                break
            text = folded
    return " ".join(text.replace('"', " ").lower().split())


def _strip_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    kept = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFKC", kept)


def name_words(name: str) -> str:
    """The words of a file's place: `trips/BlackSea2024/IMG_0012.jpg` → `trips Black Sea 2024 …`.

    The parts of a run of letters and digits come beside the run itself, so that `mh01` is found
    by `mh01` and by `mh`. The extension is no word.
    """
    stem = name.rpartition(".")[0] if "." in name.rpartition("/")[2] else name
    words = []
    for run in re.split(r"[\W_]+", stem):
        parts = _NAME_PARTS.findall(_CAMEL.sub("_", run))
        if len(parts) != 1 or parts[0] != run:
            words.append(run)
        words.extend(parts)
    return " ".join(words)
