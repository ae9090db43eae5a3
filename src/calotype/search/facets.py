"""How many of the matching images have which colour, tag, license and so on."""

from __future__ import annotations

from typing import Any

from calotype.search import plan
from calotype.search.query import Query
from calotype.search.schema import CODES
from calotype.search.snapshot import Snapshot

NAMES = ("color", "orientation", "format", "tag", "license", "creator")
"""The facets; each is also a filter."""

MOST = 20
"""Values counted of a facet."""

REMEMBERED = 1_000

_ASKED: dict[str, Any] = {
    **{name: {"terms": {"field": name, "size": MOST}} for name in NAMES if name not in CODES},
    "code": {"terms": {"field": "code", "size": sum(map(len, CODES.values()))}},
}


def count_facets(snapshot: Snapshot, query: Query) -> dict[str, dict[str, int]]:
    """Facet → value → number of images, the most frequent first; empty if nothing matches."""
    known = snapshot.facets.get(query.key)
    if known is None:
        known = _count(snapshot, query)
        if len(snapshot.facets) >= REMEMBERED:
            snapshot.facets.clear()
        snapshot.facets[query.key] = known
    return known


def _count(snapshot: Snapshot, query: Query) -> dict[str, dict[str, int]]:
    rung = snapshot.answering(query)
    if rung is None:
        return {name: {} for name in NAMES}
    whole = plan.silent(plan.join([*rung.parts, *plan.conditions(query)]))
    counted = snapshot.searcher.aggregate(whole, _ASKED)
    by_code = _counts(counted["code"])
    facets = {}
    for name in NAMES:
        if name in CODES:
            codes = {code: value for value, code in CODES[name].items()}
            facets[name] = {codes[c]: number for c, number in by_code.items() if c in codes}
        else:
            facets[name] = _counts(counted[name])
    return facets


def _counts(counted: dict[str, Any]) -> dict[Any, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in counted["buckets"]}
