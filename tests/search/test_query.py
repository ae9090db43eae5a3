"""The query language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.errors import BadQuery
from calotype.model import COLORS
from calotype.search import SearchConfig, parse
from calotype.search.filters import NAMES

PIECES = st.sampled_from(
    ['"', "-", ":", ",", " ", "..", ">=", "tag", "color", "red", "width", "2000", "after", "İ",
     "é", "ß", "Ⅳ", "⑴", "½", "the", "Hoodies", "“", "\u0301", "ǅ", "a-b", "x.jpg", "/"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join))


@given(TEXTS)
def test_any_text_is_a_query_or_a_bad_query(text: str) -> None:
    try:
        parse(text)
    except BadQuery:
        return


@given(TEXTS, st.booleans())
def test_the_canonical_form_is_a_fixed_point(text: str, prefix: bool) -> None:
    try:
        query = parse(text, prefix=prefix)
    except BadQuery:
        return
    again = parse(query.canonical, prefix=prefix, config=SearchConfig(max_query_length=4096))
    assert again == query


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20), max_size=3))
def test_any_parameters_are_a_query_or_a_bad_query(filters: dict[str, str]) -> None:
    try:
        query = parse("", filters)
    except BadQuery:
        return
    assert parse(query.canonical, config=SearchConfig(max_query_length=4096)) == query


def test_words_are_folded_and_stemmed() -> None:
    query = parse("Hoodies  CAFÉ")
    assert query.words == ("hoodies", "cafe")
    assert query.terms == ("hoodi", "cafe")


def test_the_same_question_has_one_canonical_form() -> None:
    one = parse('Black  hoodie color:grey -RED width:>1999 "Full Zip"')
    other = parse('black hoodie "full zip" -red', {"color": "gray", "width": "2000.."})
    assert one.canonical == other.canonical
    assert one.canonical == 'black hoodie "full zip" -red color:gray width:2000..'


def test_an_unbalanced_quotation_mark_is_text() -> None:
    assert parse('5" display').words == ("5", "display")
    assert parse('say "hello').words == ("say", "hello")


def test_an_unknown_filter_is_text() -> None:
    assert parse("ratio:16").words == ("ratio", "16")


def test_stop_words_are_not_required_beside_others() -> None:
    assert parse("the hoodie").required == (False, True)
    assert parse("to be").required == (True, True)


def test_a_parameter_may_hold_several_values() -> None:
    assert parse("", {"color": "red,blue"}).filters[0].values == ("blue", "red")
    assert parse("", {"tag": ["Paris, France", "Rome"]}).canonical == 'tag:"paris, france",rome'


def test_an_empty_parameter_counts_as_not_given() -> None:
    assert parse("tee", {"color": "", "width": ""}).filters == ()


def test_parameters_that_are_no_filters_are_ignored() -> None:
    assert parse("tee", {"w": "400", "limit": "x"}).filters == ()


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("width:abc", "width"),
        ("height:", "height"),
        ("color:potato", "color"),
        ("orientation:round", "orientation"),
        ("format:exe", "format"),
        ("after:2024-13", "after"),
        ("before:soon", "before"),
        ("width:99999999999", "width"),
        ("x" * 600, "q"),
        ("a\x00b", "q"),
        ("a\nb", "q"),
        ("a\ud800b", "q"),
    ],
)
def test_what_is_out_of_bounds_is_named(text: str, parameter: str) -> None:
    with pytest.raises(BadQuery) as problem:
        parse(text)
    assert problem.value.parameter == parameter
    assert problem.value.bound


def test_ten_kilobytes_are_refused_with_the_bound() -> None:
    with pytest.raises(BadQuery, match="at most 512 characters") as problem:
        parse("fox " * 2560)
    assert problem.value.status == 400
    assert len(str(problem.value)) < 200


@pytest.mark.parametrize("code", [*range(32), 127, 0x80, 0x9F])
def test_control_characters_are_refused(code: int) -> None:
    with pytest.raises(BadQuery, match="free of control characters"):
        parse(f"fox{chr(code)}dog")


def test_every_color_name_is_a_value() -> None:
    for name in COLORS:
        assert parse(f"color:{name}").filters[0].values == (name,)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (">=2000", "2000.."),
        (">2000", "2001.."),
        ("<=9", "..9"),
        ("<9", "..8"),
        ("=9", "9"),
        ("5..9", "5..9"),
        ("9..9", "9"),
    ],
)
def test_spans_are_put_alike(value: str, canonical: str) -> None:
    assert parse(f"width:{value}").canonical == f"width:{canonical}"
