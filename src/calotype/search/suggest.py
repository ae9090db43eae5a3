"""What to ask instead when nothing matches, and what to ask while it is still being typed."""

from __future__ import annotations

from collections.abc import Iterator

from calotype.search import plan
from calotype.search.config import SearchConfig
from calotype.search.query import Query, parse
from calotype.search.snapshot import Snapshot

MOST = 5
"""Suggestions given."""


def suggest(snapshot: Snapshot, query: Query) -> list[str]:
    """Up to `MOST` queries that find something: the same without its filters, corrected, each
    word alone or as a beginning, and then the most frequent tags."""
    given: dict[str, None] = {}
    for text in _ideas(snapshot, query):
        if text and text != query.canonical:
            given.setdefault(text)
        if len(given) == MOST:
            break
    return list(given)


def _ideas(snapshot: Snapshot, query: Query) -> Iterator[str]:
    ladder = snapshot.ladder
    bare = " ".join(query.words)
    if query.words and ladder.count(plan.all_words(query, ladder.stems(query))):
        yield bare
    known = [
        (word, ladder.vocabulary.near(word))
        for word, needed in zip(query.words, query.required, strict=True)
        if needed
    ]
    yield " ".join(near[0].word for _, near in known if near)
    for _, near in known:
        yield from (each.word for each in near[:2])
    for word, near in known:
        if not near and len(word) > 2:
            yield from ladder.vocabulary.beginning(word[: max(3, len(word) // 2)], 2)
    yield from popular(snapshot)


def popular(snapshot: Snapshot) -> list[str]:
    """The most frequent tags."""
    asked = {"tag": {"terms": {"field": "tag", "size": MOST}}}
    counted = snapshot.searcher.aggregate(plan.join([]), asked)
    return [bucket["key"] for bucket in counted["tag"]["buckets"]]


def complete(snapshot: Snapshot, text: str, limit: int, config: SearchConfig) -> list[str]:
    """`text` with its last word completed in the most frequent ways that find something,
    one for each stem."""
    query = parse(text, prefix=True, config=config)
    if not query.words or text[-1:].isspace():
        return []
    ladder = snapshot.ladder
    head = text[: text.rstrip().rfind(" ") + 1]
    found: dict[str, str] = {}
    before = tuple((stem,) for stem in query.stems[:-1])
    for word in ladder.vocabulary.beginning(query.words[-1], 4 * limit):
        stem = ladder.stem(word)
        stems = (*before, (stem,))
        if stem not in found and ladder.count(
            [*plan.all_words(query, stems), *plan.conditions(query)]
        ):
            found[stem] = head + word
        if len(found) == limit:
            break
    return list(found.values())
