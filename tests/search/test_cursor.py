"""Cursors: what they hold, and that nobody can make one up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.errors import BadCursor
from calotype.search.cursor import MOST_SEEN, Cursor, decode, encode, tail_begins

KEY = b"key"


@given(
    st.builds(
        Cursor,
        rung=st.sampled_from(["all", "exact", "words", "near", "some"]),
        newest=st.integers(0, 2**53),
        tail=st.none() | st.integers(0, 2**53),
        fixed=st.lists(st.lists(st.text(max_size=5)).map(tuple), max_size=3).map(tuple),
        seen=st.frozensets(st.integers(1, 2**40), max_size=50),
    )
)
def test_what_goes_in_comes_out(cursor: Cursor) -> None:
    assert decode(encode(cursor, "q", KEY), "q", KEY) == cursor


@given(st.text(max_size=80))
def test_made_up_text_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        decode(text, "q", KEY)


@given(st.integers(0, 60), st.sampled_from("AQgw"))
def test_a_changed_character_is_noticed(place: int, other: str) -> None:
    text = encode(Cursor("words", 10, None, (("a",),), frozenset({1, 2, 3})), "q", KEY)
    place %= len(text) - 1
    changed = text[:place] + other + text[place + 1 :]
    if changed != text:
        with pytest.raises(BadCursor):
            decode(changed, "q", KEY)


def test_a_cursor_belongs_to_its_query_and_key() -> None:
    text = encode(Cursor("words", 10), "q", KEY)
    for query, key in (("other", KEY), ("q", b"other")):
        with pytest.raises(BadCursor):
            decode(text, query, key)


def test_a_cursor_stays_below_four_kilobytes() -> None:
    seen: set[int] = set()
    number = 0
    while not tail_begins(seen):
        number += 997
        seen.add(number)
    assert MOST_SEEN // 2 - 100 < len(seen) <= MOST_SEEN // 2 + 100
    assert len(encode(Cursor("words", number, number, (), frozenset(seen)), "q", KEY)) < 4096
