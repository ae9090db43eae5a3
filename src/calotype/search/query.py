"""The query language: text and filters → one frozen `Query` with one canonical form.

    black hoodie "full zip" -red tag:"Hoodies & Sweatshirts" color:gray,black width:>=2000

Words must all be there, as must phrases (in quotation marks, as they are written); `-` before a
word, phrase or filter excludes it. Any other character is white space. Nothing but a filter's
value, the length and control characters can be wrong: the rest is text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from calotype.errors import BadQuery
from calotype.search import filters as flt
from calotype.search.config import SearchConfig
from calotype.search.text import QUOTES, Words, key, words_of

_VALUE = r'(?:"[^"]*"|[^\s",]+)'
_CHUNK = re.compile(
    rf"""(?P<minus>-*)
    (?:(?P<name>{"|".join(flt.NAMES)}):(?P<values>{_VALUE}(?:,{_VALUE})*)?(?=\s|$)
      |"(?P<phrase>[^"]*)"
      |(?P<text>\S+))""",
    re.VERBOSE | re.IGNORECASE,
)
_ONE_VALUE = re.compile(r'"([^"]*)"|([^\s",]+)')
_DEFAULT = SearchConfig()


@dataclass(frozen=True)
class Query:
    """What is asked for. Two queries with the same `canonical` have the same answer.

    `words` are folded, in order, without repetition; `stems` go with them, one for one.
    `exact` is the text that a name or an id is compared with. With `prefix` the last word is the
    beginning of one. `phrases` and `excluded` are tuples of folded words.
    """

    canonical: str
    words: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    required: tuple[bool, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    phrase_stems: tuple[str, ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    filters: tuple[flt.Filter, ...] = ()
    exact: str = ""
    prefix: bool = False

    @cached_property
    def key(self) -> str:
        """What cursors and caches go by: the canonical form, and whether it is still typed."""
        return self.canonical + ("*" if self.prefix else "")

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The stems of the words that were typed, those of phrases too; what `t-` tags name."""
        return tuple(dict.fromkeys((*self.stems, *self.phrase_stems)))

    @property
    def ranked(self) -> bool:
        """Whether there is anything to rank by; if not, the newest image comes first."""
        return bool(self.words or self.phrases)


def parse(
    text: str,
    filters: Mapping[str, str | Sequence[str]] | None = None,
    *,
    prefix: bool = False,
    config: SearchConfig = _DEFAULT,
) -> Query:
    """The query of `text` and of the parameters `filters` (others than `filters.NAMES` ignored).

    A parameter holds one value or several, any of which will do; an empty one counts as not
    given. Raises BadQuery, naming the filter or `q`.
    """
    given = [(name, value) for name, value in (filters or {}).items() if name in flt.NAMES]
    _check("q", text, config)
    found = [made for name, value in given if (made := _parameter(name, value, config))]
    chunks: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    for match in _CHUNK.finditer(_clean(text)):
        minus = bool(match["minus"])
        if name := match["name"]:
            found.append(flt.build(name.lower(), _values(match["values"]), minus))
        elif match["phrase"] is not None:
            (excluded if minus else phrases).append(match["phrase"])
        else:
            (excluded if minus else chunks).append(match["text"])
    return _assemble(chunks, phrases, excluded, found, prefix, config)


def _check(name: str, text: str, config: SearchConfig) -> None:
    if len(text) > config.max_query_length:
        raise BadQuery(name, f"at most {config.max_query_length} characters", text)
    if not text.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise BadQuery(name, "free of control characters", text.encode("ascii", "replace").decode())


def _clean(text: str) -> str:
    """One form for a text however it was typed: NFKC, lower case, plain quotation marks."""
    if text.isascii():
        return text.lower()
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", text).casefold()
        if folded == text:
            break
        text = folded
    return text.translate(QUOTES)


def _values(text: str | None) -> list[str]:
    return [m[1] if m[1] is not None else m[2] for m in _ONE_VALUE.finditer(text or "")] or [""]


def _parameter(name: str, value: str | Sequence[str], config: SearchConfig) -> flt.Filter | None:
    given = [value] if isinstance(value, str) else list(value)
    values: list[str] = []
    for one in given:
        _check(name, one, config)
        values += [one] if name in flt.FREE_TEXT else one.split(",")
    values = [one for one in values if one.strip(' "')]
    return flt.build(name, values) if values else None


def _shown(texts: list[str], known: Words) -> str:
    """The words as they were typed, without the pieces that hold none.

    With the quotation marks gone a piece may look like a filter or an exclusion, which it was
    not: then the words stand for it.
    """
    pieces = [piece for text in texts for piece in text.split() if known.cut(piece)]
    parsed = (_CHUNK.match(piece) for piece in pieces)
    if all(match and match["text"] and not match["minus"] for match in parsed):
        return " ".join(pieces)
    return " ".join(word for piece in pieces for word in known.cut(piece))


def _assemble(
    chunks: list[str],
    phrases: list[str],
    excluded: list[str],
    found: Iterable[flt.Filter],
    prefix: bool,
    config: SearchConfig,
) -> Query:
    known = words_of(config.language)
    texts = [chunk for raw in chunks if known.cut(chunk := raw.replace('"', " "))]
    words = tuple(dict.fromkeys(w for chunk in texts for w in known.cut(chunk)))
    if prefix and texts:
        # The word being typed is the last one, even where it was said before.
        last = known.cut(texts[-1])[-1]
        words = (*(w for w in words if w != last), last)
    required = tuple(known.means(word) for word in words)
    if not any(required):
        required = (True,) * len(words)
    runs = sorted({run for p in phrases if (run := tuple(known.cut(p)))})
    out = sorted({run for e in excluded if (run := tuple(known.cut(e)))})
    ordered = sorted({f.canonical: f for f in found}.items())
    shown = _shown(texts, known)
    canonical = " ".join(
        [shown]
        + [f'"{" ".join(run)}"' for run in runs]
        + [f'-"{" ".join(run)}"' if len(run) > 1 else f"-{run[0]}" for run in out]
        + [text for text, _ in ordered]
    ).strip()
    return Query(
        canonical=canonical,
        words=words,
        stems=tuple(known.stem(word) for word in words),
        required=required,
        phrases=tuple(runs),
        phrase_stems=tuple(known.stem(word) for run in runs for word in run),
        excluded=tuple(out),
        filters=tuple(made for _, made in ordered),
        exact="" if runs or out else key(shown),
        prefix=prefix and bool(words),
    )
