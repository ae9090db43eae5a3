"""Pages of an index that changes between them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.errors import BadCursor, BadParameter
from calotype.search import cursor

from .library import Searching

TEXTS = st.sampled_from(["red fox", "red", "fox dog", "fix", "", "-dog", "format:jpeg", "p3"])
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 40), st.sampled_from(["red fox", "fox dog dog", "red red", "dog", None])
    ),
    max_size=8,
)


def read_on(at: Searching, text: str, limit: int, between: list[list[tuple[int, str | None]]]
            ) -> list[str]:  # fmt: skip
    """All pages of a query, with changes made between them."""
    names: list[str] = []
    page = at.page(text, limit)
    while True:
        names += [hit.image.name for hit in page.hits]
        if page.next is None:
            return names
        for number, title in between.pop() if between else []:
            if title is None:
                at.library.remove(f"p{number}.jpg")
            else:
                at.add(f"p{number}.jpg", title=title)
        at.commit()
        page = at.page(text, limit, page.next)


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.integers(1, 7), st.lists(CHANGES, max_size=4), st.sampled_from([0, 3, 10, 5000]))
def test_nothing_is_repeated_or_skipped(
    text: str, limit: int, between: list[list[tuple[int, str | None]]], most_seen: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(cursor, "MOST_SEEN", most_seen)
        at = Searching(Path(folder))
        for number in range(25):
            at.add(f"p{number}.jpg", title=("red fox", "fox dog", "red red fox")[number % 3])
        at.commit()
        touched = {f"p{number}.jpg" for changes in between for number, _ in changes}
        whole = set(at.names(text, 100))
        names = read_on(at, text, limit, between)
        assert len(names) == len(set(names))
        assert whole - touched <= set(names)
        at.indexer.close()


def test_later_images_wait_for_the_next_reading(at: Searching) -> None:
    for number in range(6):
        at.add(f"{number}.jpg", title="fox")
    at.commit()
    first = at.page("fox", 4)
    at.add("new.jpg", title="fox fox fox")
    at.commit()
    second = at.page("fox", 4, first.next)
    assert "new.jpg" not in {hit.image.name for hit in second.hits}
    assert second.total == 6
    assert at.page("fox").total == 7


def test_the_empty_query_lists_the_newest_first(at: Searching) -> None:
    for number in range(30):
        at.add(f"{number}.jpg")
    at.commit()
    at.add("3.jpg", title="changed, not newer")
    at.commit()
    assert read_on(at, "", 7, []) == [f"{number}.jpg" for number in reversed(range(30))]


def test_the_newest_are_found_however_far_back(at: Searching) -> None:
    at.add("old.gif", format="gif")
    for number in range(300):
        at.add(f"{number}.jpg")
    at.commit()
    assert at.names("format:gif", 2) == ["old.gif"]


def test_a_page_goes_on_with_the_spelling_it_began_with(at: Searching) -> None:
    for number in range(4):
        at.add(f"{number}.jpg", title="hoodie")
    at.commit()
    first = at.page("hoodye", 2)
    at.add("x.jpg", title="hoodye")
    at.commit()
    second = at.page("hoodye", 2, first.next)
    assert {hit.match for hit in second.hits} == {"near"}
    assert len(second.hits) == 2
    assert second.next is None


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_has_bounds(at: Searching, limit: int) -> None:
    at.commit()
    with pytest.raises(BadParameter, match="limit"):
        at.page("", limit)


def test_a_cursor_that_was_tampered_with_is_refused(at: Searching) -> None:
    at.add("a.jpg", title="fox one")
    at.add("b.jpg", title="fox two")
    at.commit()
    given = at.page("fox", 1).next
    assert given is not None
    for place in range(len(given) - 1):
        other = "B" if given[place] == "A" else "A"
        with pytest.raises(BadCursor):
            at.page("fox", 1, given[:place] + other + given[place + 1 :])


def test_a_cursor_for_another_query_is_refused(at: Searching) -> None:
    at.add("a.jpg", title="fox one")
    at.add("b.jpg", title="fox two")
    at.commit()
    with pytest.raises(BadCursor):
        at.page("two", 1, at.page("fox", 1).next)
