"""Parameters in, one canonical spec out."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.errors import BadParameter
from calotype.render.spec import FITS, FORMATS, MAX_SIDE, RenderSpec

SIDE = st.integers(1, MAX_SIDE).map(str)
GOOD = st.fixed_dictionaries(
    {},
    optional={
        "w": SIDE,
        "h": SIDE,
        "fit": st.sampled_from(sorted(FITS)),
        "fm": st.sampled_from(sorted(FORMATS)),
        "q": st.integers(1, 100).map(str),
        "auto": st.sampled_from(["format", "compress", "format,compress", "enhance,redeye"]),
    },
)
NAMES = ("w", "h", "fit", "fm", "q", "auto", "dpr")


@given(GOOD)
def test_the_canonical_form_is_a_fixed_point(params: dict[str, str]) -> None:
    spec = RenderSpec.parse(params)
    again = RenderSpec.parse(dict(parse_qsl(spec.canonical)))
    assert again == spec
    assert again.canonical == spec.canonical


@given(GOOD, st.randoms(), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_order_and_unknown_parameters_do_not_matter(
    params: dict[str, str], random: object, extra: dict[str, str]
) -> None:
    names = list(params)
    random.shuffle(names)  # type: ignore[attr-defined]
    unknown = {name: value for name, value in extra.items() if name not in NAMES}
    mixed = {**unknown, **{name: params[name] for name in names}}
    assert RenderSpec.parse(mixed) == RenderSpec.parse(params)


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=8)))
def test_any_value_is_taken_or_refused_by_name(params: dict[str, str]) -> None:
    problem = None
    try:
        RenderSpec.parse(params)
    except BadParameter as error:
        problem = error
    if problem is not None:
        assert problem.value == params[problem.parameter]


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("w", "0", "a whole number from 1 to 8192"),
        ("w", "abc", "a whole number from 1 to 8192"),
        ("w", "99999", "a whole number from 1 to 8192"),
        ("w", "8193", "a whole number from 1 to 8192"),
        ("w", "-5", "a whole number from 1 to 8192"),
        ("w", "1.5", "a whole number from 1 to 8192"),
        ("w", "", "a whole number from 1 to 8192"),
        ("w", " 5", "a whole number from 1 to 8192"),
        ("w", "5\n", "a whole number from 1 to 8192"),
        ("w", "٥", "a whole number from 1 to 8192"),
        ("w", "1e3", "a whole number from 1 to 8192"),
        ("h", "0", "a whole number from 1 to 8192"),
        ("h", "9" * 5000, "a whole number from 1 to 8192"),
        ("q", "0", "a whole number from 1 to 100"),
        ("q", "101", "a whole number from 1 to 100"),
        ("fm", "exe", "one of " + ", ".join(FORMATS)),
        ("fm", "JPG", "one of " + ", ".join(FORMATS)),
        ("fit", "stretch", "one of " + ", ".join(FITS)),
        ("dpr", "0.4", "a number from 0.5 to 5"),
        ("dpr", "5.1", "a number from 0.5 to 5"),
        ("dpr", "nan", "a number from 0.5 to 5"),
        ("dpr", "inf", "a number from 0.5 to 5"),
        ("dpr", "2x", "a number from 0.5 to 5"),
        ("auto", "magic", "a list of format, compress, enhance, redeye"),
    ],
)
def test_what_is_out_of_bounds_is_named(name: str, value: str, bound: str) -> None:
    with pytest.raises(BadParameter) as problem:
        RenderSpec.parse({name: value})
    assert problem.value.extra == {
        "parameter": name,
        "bound": bound,
        "value": value if len(value) <= 80 else value[:77] + "…",
    }


@pytest.mark.parametrize(("name", "value"), [("w", "1"), ("w", "8192"), ("q", "1"), ("q", "100")])
def test_the_bounds_themselves_are_taken(name: str, value: str) -> None:
    assert RenderSpec.parse({name: value}).canonical == f"{name}={value}"


def test_dpr_multiplies_both_sides_and_rounds() -> None:
    spec = RenderSpec.parse({"w": "101", "h": "33", "dpr": "1.5"})
    assert (spec.width, spec.height) == (152, 50)
    assert RenderSpec.parse({"w": "1", "dpr": "0.5"}).width == 1
    assert RenderSpec.parse({"w": "400", "dpr": "2"}) == RenderSpec.parse({"w": "800"})


def test_dpr_may_not_lead_past_the_largest_side() -> None:
    assert RenderSpec.parse({"w": "4096", "dpr": "2"}).width == MAX_SIDE
    with pytest.raises(BadParameter) as problem:
        RenderSpec.parse({"w": "4097", "dpr": "2"})
    assert problem.value.parameter == "dpr"


def test_dpr_alone_changes_nothing() -> None:
    assert RenderSpec.parse({"dpr": "3"}) == RenderSpec()


@pytest.mark.parametrize(
    ("params", "canonical"),
    [
        ({}, ""),
        ({"fit": "max"}, ""),
        ({"w": "1600", "h": "1600", "fit": "max"}, ""),
        ({"w": "1600", "h": "1600"}, "w=1600&h=1600"),
        ({"h": "600", "w": "0800", "fit": "crop"}, "w=800&h=600&fit=crop"),
        ({"w": "800", "fit": "crop"}, "w=800"),
        ({"w": "800", "fit": "max"}, "w=800&fit=max"),
        ({"w": "800", "fit": "clip"}, "w=800"),
        ({"fm": "jpg"}, "fm=jpeg"),
        ({"fm": "png", "q": "50"}, "fm=png"),
        ({"fm": "png", "q": "50", "auto": "format"}, "fm=png&auto=format&q=50"),
        ({"auto": "format"}, ""),
        ({"auto": "compress"}, "auto=compress"),
        ({"auto": "enhance,redeye"}, ""),
    ],
)
def test_the_same_wish_has_one_form(params: dict[str, str], canonical: str) -> None:
    assert RenderSpec.parse(params).canonical == canonical


@pytest.mark.parametrize(
    ("params", "negotiated"),
    [({}, True), ({"fm": "webp"}, False), ({"fm": "jpg", "auto": "format"}, True)],
)
def test_a_format_is_negotiated_unless_it_is_fixed(
    params: dict[str, str], negotiated: bool
) -> None:
    assert RenderSpec.parse(params).negotiated is negotiated


def test_a_spec_is_frozen() -> None:
    with pytest.raises(AttributeError):
        RenderSpec().width = 5  # type: ignore[misc]
