"""Parameters in, one canonical spec out."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.errors import BadParameter
from calotype.render.spec import FITS, FORMATS, MAX_SIDE, ORDER, RenderSpec, known

from .wishes import DPR, GOOD, SIDE, sixty_four

SOME = st.dictionaries(st.sampled_from(ORDER), st.text(max_size=8))


@given(GOOD)
def test_the_canonical_form_is_a_fixed_point(params: dict[str, str]) -> None:
    spec = RenderSpec.parse(params)
    again = RenderSpec.parse(dict(parse_qsl(spec.canonical, keep_blank_values=True)))
    assert again == spec
    assert again.canonical == spec.canonical


@given(DPR, SIDE, SIDE)
def test_so_it_is_with_pixels_a_share_and_a_dpr(dpr: str, width: str, height: str) -> None:
    spec = RenderSpec.parse({"w": width, "h": height, "dpr": dpr})
    again = RenderSpec.parse(dict(parse_qsl(spec.canonical)))
    assert again == spec
    assert again.canonical == spec.canonical


@given(GOOD, st.randoms(), st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
def test_order_and_unknown_parameters_do_not_matter(
    params: dict[str, str], random: object, extra: dict[str, str]
) -> None:
    names = list(params)
    random.shuffle(names)  # type: ignore[attr-defined]
    unknown = {name: value for name, value in extra.items() if not known(name)}
    mixed = {**unknown, **{name: params[name] for name in names}}
    assert RenderSpec.parse(mixed) == RenderSpec.parse(params)


@given(GOOD)
def test_sixty_four_says_the_same(params: dict[str, str]) -> None:
    hidden = {f"{name}64": sixty_four(value) for name, value in params.items()}
    assert RenderSpec.parse(hidden) == RenderSpec.parse(params)


@given(GOOD)
def test_only_known_parameters_are_in_the_canonical_form(params: dict[str, str]) -> None:
    names = [pair.split("=")[0] for pair in RenderSpec.parse(params).canonical.split("&") if pair]
    assert names == [name for name in ORDER if name in names]


@given(SOME)
def test_any_value_is_taken_or_refused_by_name(params: dict[str, str]) -> None:
    problem = None
    try:
        RenderSpec.parse(params)
    except BadParameter as error:
        problem = error
    if problem is not None:
        assert problem.value == params[problem.parameter]


COLOR = "a colour: 3, 4, 6 or 8 hex digits (alpha first) without #, or a CSS name"
BORDER = f"width,colour, such as 5,f00: a whole number from 0 to 8192, and {COLOR}"


@pytest.mark.parametrize(
    ("name", "value", "bound"),
    [
        ("w", "0", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "abc", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "99999", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "8193", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "-5", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "1.5", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", " 5", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "5\n", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "٥", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("w", "1e3", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("h", "0", "a whole number from 1 to 8192, or a share such as 0.5"),
        ("h", "9" * 5000, "a whole number from 1 to 8192, or a share such as 0.5"),
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
        ("blur", "2001", "a whole number from 0 to 2000"),
        ("bri", "-101", "a whole number from -100 to 100"),
        ("high", "1", "a whole number from -100 to 0"),
        ("hue", "361", "a whole number from 0 to 360"),
        ("fp-x", "1.1", "a number from 0 to 1"),
        ("fp-z", "0.5", "a number from 1 to 100"),
        ("rot", "-1", "a number from 0 to 360"),
        ("page", "0", "a whole number from 1 to 100000"),
        ("pad", "8193", "a whole number from 0 to 8192"),
        ("flip", "x", "one of h, v, hv, vh"),
        ("invert", "maybe", "true or false"),
        ("ar", "16/9", "width:height, such as 16:9, from 1:1000 to 1000:1"),
        ("ar", "0:1", "width:height, such as 16:9, from 1:1000 to 1000:1"),
        ("bg", "reddish", COLOR),
        ("bg", "#ff0000", COLOR),
        ("bg", "12345", COLOR),
        ("mask", "http://elsewhere/mask.png", "one of ellipse, corners"),
        ("border", "5,zzz", BORDER),
        ("border", "abc", BORDER),
        ("corner-radius", "1,2", "one whole number or four"),
        ("w64", "*", "base64url of UTF-8"),
        ("w64", "_w", "base64url of UTF-8"),
        ("dl", "a\nb", "a file name of at most 255 printable characters"),
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


def test_dpr_goes_no_further_than_the_largest_side() -> None:
    for width in ("4096", "4097", "8192"):
        assert RenderSpec.parse({"w": width, "dpr": "2"}).width == MAX_SIDE
    both = RenderSpec.parse({"w": "3000", "h": "1500", "dpr": "5"})
    assert (both.width, both.height) == (MAX_SIDE, MAX_SIDE // 2)


def test_dpr_alone_changes_nothing() -> None:
    assert RenderSpec.parse({"dpr": "3"}) == RenderSpec()


@pytest.mark.parametrize(
    ("params", "canonical"),
    [
        ({}, ""),
        ({"fit": "max"}, ""),
        ({"w": "1600", "h": "1600", "fit": "max"}, ""),
        ({"w": "1600", "h": "1600"}, "w=1600&h=1600"),
        ({"w": "1600", "h": "1600", "fit": "max", "pad": "9"}, "w=1600&h=1600&fit=max&pad=9"),
        ({"w": "1600", "h": "1600", "fit": "max", "pad": "0"}, ""),
        ({"h": "600", "w": "0800", "fit": "crop"}, "w=800&h=600&fit=crop"),
        ({"w": "800", "fit": "crop"}, "w=800"),
        ({"w": "800", "fit": "max"}, "w=800&fit=max"),
        ({"w": "800", "fit": "clip"}, "w=800"),
        ({"fm": "jpg"}, "fm=jpeg"),
        ({"fm": "png", "q": "50"}, "fm=png"),
        ({"fm": "png", "q": "50", "auto": "format"}, "fm=png&auto=format&q=50"),
        ({"auto": "format"}, ""),
        ({"auto": "compress"}, "auto=compress"),
        ({"auto": "compress", "q": "60"}, "q=60"),
        ({"auto": "compress,format", "q": "60", "fm": "jpg"}, "fm=jpeg&auto=format&q=60"),
        ({"auto": "enhance,redeye"}, ""),
        ({"fit": "crop", "w": "9", "h": "9", "crop": "center"}, "w=9&h=9&fit=crop"),
        ({"fit": "crop", "w": "9", "h": "9", "crop": "faces,top"}, "w=9&h=9&fit=crop&crop=top"),
        ({"fit": "crop", "w": "9", "h": "9", "crop": "top,left"}, "w=9&h=9&fit=crop&crop=left,top"),
        ({"fit": "crop", "w": "9", "h": "9", "crop": "edges,top"}, "w=9&h=9&fit=crop&crop=edges"),
        ({"fit": "crop", "w": "9", "h": "9", "crop": "focalpoint"}, "w=9&h=9&fit=crop"),
        ({"fit": "facearea", "w": "9", "h": "9"}, "w=9&h=9&fit=crop"),
        ({"fit": "facearea,fill", "w": "9", "h": "9"}, "w=9&h=9&fit=fill"),
        ({"w": "9", "h": "9", "crop": "top", "fp-x": "0.1"}, "w=9&h=9"),
        ({"w": "9", "h": "3", "fit": "crop", "ar": "2:1"}, "w=9&h=3&fit=crop"),
        ({"w": "9", "ar": "2:1"}, "w=9"),
        ({"w": "9", "fit": "min"}, "w=9&fit=max"),
        ({"w": "0.50"}, "w=0.5"),
        ({"w": "0.5", "dpr": "2.0"}, "w=0.5&dpr=2"),
        ({"w": "0.5", "h": "100", "dpr": "2"}, "w=0.5&h=100&dpr=2"),
        ({"w": "101", "h": "0.5", "dpr": "0.5"}, "w=100&h=0.5&dpr=0.5"),
        ({"rect": "left,top,full,1.0"}, ""),
        ({"rect": "0.0,middle,100,0.50"}, "rect=0,middle,100,0.5"),
        ({"or": "90"}, "or=6"),
        ({"flip": "vh"}, "flip=hv"),
        ({"rot": "360"}, ""),
        ({"rot": "90", "rot-type": "straighten"}, "rot=90"),
        ({"blur": "0", "sat": "0", "hue": "360", "invert": "false", "pad": "0"}, ""),
        ({"usmrad": "3"}, ""),
        ({"fill": "solid", "fill-color": "fff"}, ""),
        ({"bg": "Red", "mono": "f00"}, "bg=ff0000&monochrome=ff0000"),
        ({"bg": "8f00"}, "bg=88ff0000"),
        ({"pad": "3", "pad-top": "3"}, "pad=3"),
        ({"pad": "3", "pad-top": "0"}, "pad-right=3&pad-bottom=3&pad-left=3"),
        ({"border": "2"}, "border=2,000000"),
        ({"mask": "corners"}, ""),
        ({"trim": "alpha", "trim-tol": "3"}, "trim=alpha"),
        ({"trim-color": "fff"}, ""),
        ({"fm": "webp", "lossless": "1", "q": "9"}, "fm=webp&lossless=true"),
        ({"fm": "png", "lossless": "1"}, "fm=png"),
        ({"fm": "json", "w": "9", "blur": "9"}, "fm=json"),
        ({"fm": "blurhash", "q": "9", "auto": "format"}, "fm=blurhash"),
        ({"dl": "a b.jpg"}, "dl=a%20b.jpg"),
        ({"hue-rotate": "90", "usm": "5", "usm-rad": "2"}, "hue=90&usm=5&usmrad=2"),
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


def test_padding_must_leave_something_of_the_side() -> None:
    with pytest.raises(BadParameter) as problem:
        RenderSpec.parse({"w": "40", "pad": "20"})
    assert (problem.value.parameter, problem.value.value) == ("pad", "40")
    assert RenderSpec.parse({"w": "41", "pad": "20"}).width == 41


@pytest.mark.parametrize("value", ["", "1,2,3", "1,2,3,4,5", "a,0,1,1", "0,0,0,5", "0,0,-1,5",
                                   "0,0,1.5,5", "top,left,5,5", "0,0,5,right"])  # fmt: skip
def test_a_rect_has_four_parts_that_make_sense(value: str) -> None:
    with pytest.raises(BadParameter) as problem:
        RenderSpec.parse({"rect": value})
    assert problem.value.parameter == "rect"


@pytest.mark.parametrize("params", [{"w": "5", "w64": "NQ"}, {"or": "6", "orient": "3"}])
def test_a_parameter_in_two_spellings_is_given_twice(params: dict[str, str]) -> None:
    with pytest.raises(BadParameter, match=f"given once, not as both {' and '.join(params)}"):
        RenderSpec.parse(params)


def test_padded_base64_is_taken_too() -> None:
    assert RenderSpec.parse({"w64": "NQ=="}).width == 5
    assert RenderSpec.parse({"dl64": "w6kgJiDDvC5wbmc="}).download == "é & ü.png"


def test_imgix_turns_the_other_way() -> None:
    assert RenderSpec.parse({"rot": "90"}).rot == 270
    assert RenderSpec(rot=270.0, straighten=False).canonical == "rot=90&rot-type=pivot"


def test_a_name_for_the_download_is_no_part_of_the_pixels() -> None:
    spec = RenderSpec.parse({"w": "5", "dl": "a.jpg"})
    assert spec.pixels == RenderSpec.parse({"w": "5"})
