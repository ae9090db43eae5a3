"""Words: how text is cut, folded and stemmed, alike for records and queries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

STOP_WORDS = frozenset(
    {"danish", "dutch", "english", "finnish", "french", "german", "hungarian", "italian"}
    | {"norwegian", "portuguese", "russian", "spanish", "swedish"}
)
"""The languages that tantivy has a list of stop words for."""

LONGEST_WORD = 64
"""In bytes. Longer runs of letters are no words (data in a name, say) and are left out."""

BEGINNING = "*"
"""After a letter: all words that begin with it, among what an answer hangs on. Alone: all there
are."""

_SPACED = "".join(c if c.isalnum() else " " for c in map(chr, range(128)))
"""ASCII with everything but letters and digits as a space; four times as fast as a regex."""
_NAME_PARTS = re.compile(r"\d+|[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_REMEMBERED = 200_000

QUOTES = str.maketrans("“”„‟«»″", '"' * 7)
"""What people and their keyboards put for a quotation mark."""


class Words:
    """How one language's text becomes words.

    Folding (lower case, no accents) comes before stemming, so that `théâtres` and `theatres`
    have one stem. A word is stemmed once and remembered: texts say the same words all the time.
    """

    def __init__(self, language: str) -> None:
        self._fold = _analyzer()
        self._stem = _analyzer(*(() if language == "none" else (Filter.stemmer(language),)))
        self._content = _analyzer(*((Filter.stopword(language),) if language in STOP_WORDS else ()))
        self._stems = _Stems(self._stem)
        self.stem: Callable[[str], str] = self._stems.__getitem__
        """The stem of a folded word."""

    def repeated(self, times: int) -> Callable[[str], str]:
        """The stem of a folded word, said so many times over."""
        return _Repeated(self._stems, times).__getitem__

    def cut(self, text: str) -> list[str]:
        """The words of a text, folded, in order: `Café Noir!` → `cafe`, `noir`."""
        if text.isascii():
            words = text.lower().translate(_SPACED).split()
            if len(text) > LONGEST_WORD:
                words = [word for word in words if len(word) <= LONGEST_WORD]
            return words
        # Folding may leave what is cut again (`⑴` becomes `(1)`), hence twice.
        return self._fold.analyze(" ".join(self._fold.analyze(normalise(text))))

    def means(self, word: str) -> bool:
        """Whether a folded word is more than a stop word such as `the`."""
        return bool(self._content.analyze(word))


class _Stems(dict[str, str]):
    def __init__(self, analyzer: TextAnalyzer) -> None:
        self._analyzer = analyzer

    def __missing__(self, word: str) -> str:
        if word.isdecimal():
            return word  # its own stem, and there are too many of them to remember
        if len(self) >= _REMEMBERED:
            self.clear()
        stem = self[word] = (self._analyzer.analyze(word) or [word])[0]
        return stem


class _Repeated(dict[str, str]):
    def __init__(self, stems: _Stems, times: int) -> None:
        self._known = stems
        self._times = times

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        several = " ".join([self._known[word]] * self._times)
        if not word.isdecimal():
            self[word] = several
        return several


def _analyzer(*more: Filter) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    folding = (Filter.remove_long(LONGEST_WORD + 1), Filter.lowercase(), Filter.ascii_fold())
    for step in (*folding, *more):
        builder = builder.filter(step)
    return builder.build()


@lru_cache(maxsize=32)
def words_of(language: str) -> Words:
    """The words of a language of `config.Language`."""
    return Words(language)


def normalise(text: str) -> str:
    """NFKC without combining marks: one spelling for one text; names from macOS come as NFD."""
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize(
        "NFKC", "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    )


def key(text: str) -> str:
    """What two values must share to be the same name, tag or creator: `"Café  Noir"` → `cafe noir`.

    Lower case, accents folded, runs of white space as one, quotation marks dropped.
    """
    plain = text if text.isascii() else _folded(text)
    return " ".join(plain.replace('"', " ").lower().split())


@lru_cache(maxsize=16_384)
def _folded(text: str) -> str:
    # Folding can yield what normalises further: they take turns until nothing changes.
    for _ in range(4):
        folded = normalise(text).casefold()
        if folded == text:
            break
        text = folded
    return text.translate(QUOTES)


def bare_name(name: str) -> str:
    """A file's name without folders and extension, as `key` has it."""
    last = name.rpartition("/")[2]
    return last.rpartition(".")[0] or last


def name_words(name: str) -> str:
    """The words of a file's place: `trips/BlackSea2024/IMG_0012.jpg` → `trips Black Sea 2024 …`.

    The parts of a run of letters and digits come beside the run itself, so that `mh01` is found
    by `mh01` and by `mh`. The extension is no word.
    """
    folders, _, last = name.rpartition("/")
    bare = _run_words(bare_name(last))
    return f"{_folder_words(folders)} {bare}" if folders else bare


def _run_words(text: str) -> str:
    if text.isdigit() or (text.isascii() and text.isalpha() and text.islower()):
        return text
    words = []
    for run in re.split(r"[\W_]+", text):
        parts = _NAME_PARTS.findall(_CAMEL.sub("_", run))
        if len(parts) != 1 or parts[0] != run:
            words.append(run)
        words.extend(parts)
    return " ".join(words)


_folder_words = lru_cache(maxsize=4_096)(_run_words)
