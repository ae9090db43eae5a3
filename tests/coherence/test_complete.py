"""Whatever a change does to an answer, a tag of the answer is purged for it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from calotype.coherence import Batch
from calotype.deliver.caching import cache_tags
from calotype.model import Change, Color, Image, Place
from calotype.search import SearchConfig, SearchIndex, parse, terms_of

from ..search.library import CONFIG, Searching, identify

Files = dict[str, dict[str, Any]]
"""Of images: what is said of each, by the name of its file."""

WORDS = ["hoodie", "hoodies", "hobie", "hodge", "hood", "red", "reed", "the", "house", "2024"]
NAMES = ["hoodie.jpg", "trips/red_House2024.png", "~~~.jpg", "cafe\u0301s.jpg", "x" * 70 + ".jpg"]
QUERIES = [
    "", "hoodie", "hodie", "hoodie red", "hodie reed house", "hous", "zzzz", "red -hoodie", "-red",
    '"red house"', "color:red", "hoodie color:red", "tag:red", "orientation:portrait", "the", "h",
    "hoodie.jpg", "~~~.jpg", "caf\u00e9s.jpg", "x" * 70 + ".jpg", "trips/red_house2024", "2042",
    identify("hoodie.jpg"), "hoo", "redd -house", "red the",
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """An answer: what clients are told, and the tags that it is kept under."""

    total: int
    ids: frozenset[str]
    matches: frozenset[str]
    facets: dict[str, dict[str, int]]
    suggestions: tuple[str, ...]
    shown: dict[str, Image]
    tags: frozenset[str]


texts = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)
image = st.fixed_dictionaries(
    {
        "title": texts,
        "description": texts,
        "tags": st.lists(st.sampled_from(["red", "Hobie", "house"]), max_size=2, unique=True).map(
            tuple
        ),
        "colors": st.sampled_from([(), (Color("red", "#ff0000", 0.5),)]),
        "width": st.sampled_from([400, 800]),
    }
)
files = st.dictionaries(st.sampled_from(NAMES), image, max_size=4)
edits = st.dictionaries(st.sampled_from(NAMES), st.none() | image, min_size=1, max_size=2)


def library(path: Path, files: Files, before: Files, then: int) -> Searching:
    """An index of `files`, each changed after `then` where it is not as it was `before`."""
    made = Searching(path)
    for name, said in files.items():
        id, number = identify(name), NAMES.index(name) + 1
        born = number if name in before or not then else then + number
        seq = born if before.get(name) == said or not then else then + number
        place = Place("photos", name, "1")
        image = Image(id, "jpeg", said["width"], 600, 1000, (place,), seq, born,
                      **{k: v for k, v in said.items() if k != "width"})  # fmt: skip
        made.library.rows[id] = Change(seq, id, image)
    made.commit()
    return made


def answer(index: SearchIndex, text: str, prefix: bool, popular: set[str]) -> Said:
    query = parse(text, prefix=prefix, config=CONFIG)
    whole, page = index.search(query, 100), index.search(query, 2)
    tags, _ = cache_tags((hit.image.id for hit in page.hits), page.terms)
    return Said(
        total=whole.total,
        ids=frozenset(hit.image.id for hit in whole.hits),
        matches=frozenset(hit.match for hit in whole.hits),
        facets=index.facets(query),
        # Which tags are most frequent is no answer to this query.
        suggestions=tuple(s for s in index.suggest(query) if s not in popular)
        if not page.hits
        else (),
        shown={hit.image.id: hit.image for hit in page.hits},
        tags=frozenset(tags.split(",")),
    )


def differs(one: Said, other: Said) -> bool:
    shown = one.shown.keys() & other.shown.keys()
    return (
        (one.total, one.ids, one.matches, one.facets, one.suggestions)
        != (other.total, other.ids, other.matches, other.facets, other.suggestions)
    ) or any(one.shown[id] != other.shown[id] for id in shown)


def purged(before: Searching, after: Searching, config: SearchConfig) -> set[str]:
    """The tags that the changes from one library to the other touch."""
    batch = Batch("e", 100, 100, 0.0)
    rows = dict(after.library.rows)
    gone = before.library.rows.keys() - rows.keys()
    changes = [row for row in rows.values() if row.seq > 100]
    changes += [Change(200, id, None) for id in sorted(gone)]
    for change in changes:
        batch.note(change, before.index.get, partial(terms_of, config=config))
    assert not batch.queries, "`q` would cover everything, and hide what is missing"
    return {*batch.soft, *batch.hard}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=files, edits=edits)
@example(before={}, edits={"hoodie.jpg": {"title": "hoodie", "width": 800}})
@example(before={}, edits={name: {"width": 800} for name in NAMES})
@example(
    before={"hoodie.jpg": {"title": "red house", "width": 800}},
    edits={"hoodie.jpg": {"title": "reed", "width": 800}},
)
@example(
    before={name: {"title": "hoodie", "width": 800} for name in NAMES},
    edits={"~~~.jpg": {"title": "hobie", "width": 800}, "hoodie.jpg": None},
)
def test_every_answer_that_changes_has_a_tag_that_is_purged(
    before: Files, edits: dict[str, dict[str, Any] | None]
) -> None:
    after = {name: said for name, said in {**before, **edits}.items() if said is not None}
    with tempfile.TemporaryDirectory() as folder:
        old = library(Path(folder, "old"), before, {}, 0)
        new = library(Path(folder, "new"), after, before, 100)
        try:
            tags = purged(old, new, CONFIG)
            popular = {t.lower() for files in (before, after) for one in files.values()
                       for t in one.get("tags", ())}  # fmt: skip
            for text in QUERIES:
                for prefix in (False, True):
                    was = answer(old.index, text, prefix, popular)
                    now = answer(new.index, text, prefix, popular)
                    if differs(was, now):
                        assert was.tags & tags, (text, prefix, was.tags, sorted(tags))
        finally:
            old.indexer.close()
            new.indexer.close()
