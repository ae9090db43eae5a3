"""A page of hits, and where the next one begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import tantivy

from calotype.model import Image
from calotype.search import plan
from calotype.search.cursor import Cursor, decode, encode, tail_begins
from calotype.search.ladder import Rung
from calotype.search.query import Query
from calotype.search.snapshot import Snapshot
from calotype.search.text import BEGINNING

Match = Literal["exact", "words", "near", "some"]


@dataclass(frozen=True, slots=True)
class Hit:
    """An image, how well it matches (0 where nothing ranks it), and the rung it was found on."""

    image: Image
    score: float
    match: Match


@dataclass(frozen=True, slots=True)
class Page:
    """One page of hits. `total` counts the hits of all pages; `next` is the next one's cursor.

    `terms` are what the answer hangs on beside the images in it: the stems of the typed words and
    of what they were taken for; `h*` where the words with that first letter were looked at; `*`
    where every image is in it that nothing excludes. If a change of an image may alter anything but
    scores, what `terms_of` has of the image meets them.
    """

    hits: tuple[Hit, ...]
    total: int
    next: str | None
    terms: tuple[str, ...] = ()


_Found = list[tuple[float, tantivy.DocAddress]]


def page_of(snapshot: Snapshot, query: Query, limit: int, cursor: str | None, key: bytes) -> Page:
    """The page of `query` that `cursor` points to, the first without one; raises BadCursor."""
    if cursor is not None:
        at = decode(cursor, query.key, key)
        rung = snapshot.ladder.rung(at.rung, query, at.fixed)
        return _page(snapshot, query, rung, at, limit, key)
    start = Cursor("all", snapshot.newest, tail=None if query.ranked else snapshot.newest + 1)
    always = plan.conditions(query)
    for rung in snapshot.ladder.rungs(query):
        if rung.name != "all" and not rung.parts:
            continue
        at = Cursor(rung.name, start.newest, start.tail, rung.fixed)
        page = _page(snapshot, query, rung, at, limit, key, always)
        if page.total:
            snapshot.remember(query, rung)
            return page
    snapshot.remember(query, None)
    return Page((), 0, None, _terms(query, None))


def _page(
    snapshot: Snapshot,
    query: Query,
    rung: Rung,
    at: Cursor,
    limit: int,
    key: bytes,
    always: list[plan.Part] | None = None,
) -> Page:
    parts = [*rung.parts, *(plan.conditions(query) if always is None else always)]
    known = rung.total
    if at.newest < snapshot.newest:
        known = None
        later = plan.between("born", at.newest + 1, None)
        parts.append((tantivy.Occur.MustNot, later))
    if at.tail is None:
        found, total, more = _ranked(snapshot, parts, at, limit, known)
    else:
        found, total, more = _listed(snapshot, parts, at, limit)
    addresses = [address for _, address in found]
    images = snapshot.load(addresses)
    plain = cast(Match, "words" if rung.name in ("all", "exact") else rung.name)
    hits = tuple(
        Hit(image, score, "exact" if score >= plan.EXACT else plain)
        for image, (score, _) in zip(images, found, strict=True)
    )
    following = encode(_after(at, images), query.key, key) if more and images else None
    return Page(hits, total, following, _terms(query, rung))


def _ranked(
    snapshot: Snapshot, parts: list[plan.Part], at: Cursor, limit: int, known: int | None
) -> tuple[_Found, int, bool]:
    """The best that were not seen; `known`: how many match, if that need not be counted."""
    wanted = len(at.seen) + limit + 1
    result = snapshot.searcher.search(plan.join(parts), wanted, count=known is None)
    found = cast(_Found, result.hits)
    if at.seen:
        born = snapshot.searcher.fast_field_values("born", [address for _, address in found])
        found = [hit for hit, number in zip(found, born, strict=True) if number not in at.seen]
    total = plan.total_of(result) if known is None else known
    return found[:limit], total, len(found) > limit


def _listed(
    snapshot: Snapshot, parts: list[plan.Part], at: Cursor, limit: int
) -> tuple[_Found, int, bool]:
    """The newest below `at.tail` that were not seen."""
    total = snapshot.total(parts)
    found: _Found = []
    below = at.tail or 0
    while len(found) <= limit:
        batch = snapshot.newest_below(parts, below, limit + 1 + len(at.seen))
        found += [(0.0, address) for born, address in batch if born not in at.seen]
        if len(batch) < limit + 1 + len(at.seen):
            break
        below = batch[-1][0]
    return found[:limit], total, len(found) > limit


def _after(at: Cursor, images: list[Image]) -> Cursor:
    """The place after a page: one further in the list, or with more images seen."""
    if at.tail is not None:
        return Cursor(at.rung, at.newest, images[-1].born, at.fixed, at.seen)
    seen = at.seen | {image.born for image in images}
    tail = at.newest + 1 if tail_begins(seen) else None
    return Cursor(at.rung, at.newest, tail, at.fixed, seen)


def _terms(query: Query, rung: Rung | None) -> tuple[str, ...]:
    """Of an answer from `rung`, None where none found anything."""
    taken = [stem for several in rung.fixed for stem in several] if rung else []
    if not query.ranked:
        taken.append(BEGINNING)
    guessed = rung is None or rung.name in ("near", "some")
    if guessed or query.prefix:
        looked = query.words if guessed else query.words[-1:]
        taken += [word[0] + BEGINNING for word in looked]
    return tuple(dict.fromkeys((*query.terms, *taken)))
