"""From a parsed query to tantivy's: what must match, what ranks, what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as Clause

from calotype.search.filters import Filter
from calotype.search.query import Query
from calotype.search.schema import CODES, id_key, schema

EXACT = 1000.0
"""What an exact match scores; no sum of words comes near. Single precision leaves 0.0001 there."""

Part = tuple[Occur, Clause]

_RANGES = {"width": "width", "height": "height", "after": "created", "before": "created"}


def term(field: str, value: object) -> Clause:
    return Clause.term_query(schema(), field, value, "freq" if field == "all" else "basic")


def any_term(field: str, values: Sequence[object]) -> Clause:
    """One of the values; scores as the sum of those that match."""
    if len(values) == 1:
        return term(field, values[0])
    return Clause.boolean_query([(Occur.Should, term(field, value)) for value in values])


def between(field: str, low: int | None, high: int | None) -> Clause:
    """Whole numbers from `low` to `high`, both included."""
    if low is not None and high is not None and low > high:
        return Clause.empty_query()
    return Clause.range_query(schema(), field, FieldType.Integer, low, high)


def silent(clause: Clause) -> Clause:
    """The same condition without a say in the ranking."""
    return Clause.const_score_query(clause, 0.0)


def conditions(query: Query) -> list[Part]:
    """Filters and exclusions: what holds on every rung of the ladder."""
    parts: list[Part] = []
    for each in query.filters:
        clause = silent(_condition(each))
        parts.append((Occur.MustNot if each.negated else Occur.Must, clause))
    for run in query.excluded:
        parts.append((Occur.MustNot, _written(run)))
    return parts


def _condition(each: Filter) -> Clause:
    if each.name in _RANGES:
        return between(_RANGES[each.name], each.low, each.high)
    if each.name in CODES:
        return any_term("code", [CODES[each.name][value] for value in each.values])
    return any_term(each.name, each.values)


def _written(run: tuple[str, ...]) -> Clause:
    if len(run) == 1:
        return term("words", run[0])
    return Clause.phrase_query(schema(), "words", list(run))


def phrases(query: Query) -> list[Part]:
    return [(Occur.Must, _written(run)) for run in query.phrases]


def all_words(query: Query, stems: Sequence[Sequence[str]]) -> list[Part]:
    """Each required word (any of its stems), the stop words for the ranking alone, the phrases."""
    parts: list[Part] = []
    for required, several in zip(query.required, stems, strict=True):
        if several:
            parts.append((Occur.Must if required else Occur.Should, any_term("all", several)))
    return parts + phrases(query)


def some_words(query: Query, stems: Sequence[Sequence[str]]) -> list[Part]:
    """Any of the words that mean something; the phrases all the same."""
    words = [one for need, several in zip(query.required, stems, strict=True) if need
             for one in several]  # fmt: skip
    if not words:
        return []
    return [(Occur.Must, any_term("all", list(dict.fromkeys(words)))), *phrases(query)]


def exactly(ids: Sequence[str], others: Iterable[Part]) -> list[Part]:
    """The images `ids` first, then whatever `others` finds."""
    rest = list(others)
    either: list[Part] = [(Occur.Should, join(rest))] if rest else []
    if ids:
        keys = any_term("key", [id_key(id) for id in ids])
        either.append((Occur.Should, Clause.const_score_query(keys, EXACT)))
    if not either:
        return [(Occur.Must, Clause.empty_query())]
    return [(Occur.Must, Clause.boolean_query(either))]


def join(parts: Sequence[Part]) -> tantivy.Query:
    """One query of its parts; without a positive part, everything that is not excluded."""
    if not parts:
        return Clause.all_query()
    if len(parts) == 1 and parts[0][0] is not Occur.MustNot:
        return parts[0][1]
    whole = list(parts)
    if all(occur is Occur.MustNot for occur, _ in whole):
        whole.append((Occur.Must, Clause.all_query()))
    return Clause.boolean_query(whole)


def total_of(result: tantivy.SearchResult) -> int:
    """How many documents matched; tantivy's stub leaves the attribute out."""
    count: int | None = getattr(result, "count", None)
    return count or 0
