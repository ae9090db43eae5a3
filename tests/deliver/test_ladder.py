"""Snapping: never smaller than asked, never beyond the bounds, few results."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.deliver.config import DeliverConfig
from calotype.deliver.ladder import Ladder, in_pixels, parse, snap
from calotype.errors import BadParameter
from calotype.render.spec import FITS, MAX_SIDE, RenderSpec

WIDTHS = (160, 320, 640, 1280)
LADDER = Ladder(widths=WIDTHS, heights=(100, 200, 400), dprs=(1, 2, 3), qualities=(50, 75, 90))

sides = st.integers(1, MAX_SIDE)
ladders = st.builds(
    Ladder,
    widths=st.lists(sides, max_size=6).map(lambda found: tuple(sorted(set(found)))),
    heights=st.lists(sides, max_size=6).map(lambda found: tuple(sorted(set(found)))),
    qualities=st.lists(st.integers(1, 100), max_size=4).map(lambda q: tuple(sorted(set(q)))),
)
specs = st.fixed_dictionaries(
    {},
    optional={
        "w": sides.map(str),
        "h": sides.map(str),
        "fit": st.sampled_from(sorted(FITS)),
        "q": st.integers(1, 100).map(str),
        "fm": st.sampled_from(["jpg", "webp"]),
    },
).map(RenderSpec.parse)


def spec(**params: object) -> RenderSpec:
    return RenderSpec.parse({name: str(value) for name, value in params.items()})


@given(specs, ladders)
def test_nothing_becomes_smaller_than_asked_or_leaves_the_bounds(
    asked: RenderSpec, ladder: Ladder
) -> None:
    found = snap(asked, ladder)
    for before, after in ((asked.width, found.width), (asked.height, found.height)):
        if before and after:
            assert before <= after <= MAX_SIDE
    assert (asked.quality or 0) <= (found.quality or 0) <= 100


@given(specs, ladders)
def test_proportions_stay_to_within_a_pixel(asked: RenderSpec, ladder: Ladder) -> None:
    found = snap(asked, ladder)
    if asked.width and asked.height and found.width and found.height:
        by_width = asked.height * found.width / asked.width
        by_height = asked.width * found.height / asked.height
        assert abs(by_width - found.height) <= 1 or abs(by_height - found.width) <= 1


@given(sides.map(str), st.sampled_from(["1.5", "2.3", "3"]), ladders)
def test_beside_a_share_a_side_snaps_once(height: str, dpr: str, ladder: Ladder) -> None:
    found = snap(spec(w="0.5", h=height, dpr=dpr), ladder)
    again = parse(dict(parse_qsl(found.canonical)), ladder)
    assert again == found
    assert snap(again, ladder) == found


@given(specs, ladders)
def test_what_was_snapped_is_in_its_simplest_form(asked: RenderSpec, ladder: Ladder) -> None:
    found = snap(asked, ladder)
    assert RenderSpec.parse(dict(p.split("=") for p in found.canonical.split("&") if p)) == found


@given(st.integers(1, MAX_SIDE))
def test_snapping_twice_is_snapping_once(width: int) -> None:
    once = snap(spec(w=width), LADDER)
    assert snap(once, LADDER) == once


def test_every_width_there_is_makes_few() -> None:
    found = {snap(spec(w=width), LADDER).width for width in range(1, MAX_SIDE + 1)}
    assert found == {*WIDTHS, 2560, 3840, 5120, 6400, 7680, MAX_SIDE}


def test_a_rung_stays_and_what_is_between_goes_up() -> None:
    assert [snap(spec(w=w), LADDER).width for w in (160, 161, 320)] == [160, 320, 320]
    assert [snap(spec(h=h), LADDER).height for h in (100, 101, 401)] == [100, 200, 800]
    assert [snap(spec(w=9, q=q), LADDER).quality for q in (1, 50, 76, 91)] == [50, 50, 90, 100]


def test_with_both_sides_the_width_leads() -> None:
    found = snap(spec(w=200, h=150, fit="crop"), LADDER)
    assert (found.width, found.height, found.fit) == (320, 240, "crop")


def test_with_a_ladder_of_heights_alone_the_height_leads() -> None:
    found = snap(spec(w=150, h=150, fit="crop"), Ladder(heights=(300,)))
    assert (found.width, found.height) == (300, 300)


def test_what_would_leave_the_bounds_stays_as_it_was_asked_for() -> None:
    asked = spec(w=100, h=8000, fit="crop")
    assert snap(asked, LADDER) == asked


def test_what_became_a_default_is_spelt_as_one() -> None:
    assert snap(spec(w=1500, h=1500, fit="max"), Ladder(widths=(1600,))).canonical == ""


def test_dpr_is_snapped_before_it_multiplies() -> None:
    assert parse({"w": "100", "dpr": "1.3"}, Ladder(dprs=(1, 2))).width == 200
    assert parse({"w": "100", "dpr": "2.5"}, Ladder(dprs=(1, 2))).width == 400
    assert parse({"w": "100", "dpr": "4.5"}, Ladder(dprs=(1, 2))).width == 500
    assert parse({"w": "100"}, Ladder(dprs=(2,))).width == 100


@pytest.mark.parametrize("text", ["MS4zMQ", "MS4zMQ=="])
def test_dpr_in_base64_is_snapped_as_well(text: str) -> None:
    ladder = Ladder(dprs=(1, 2))
    assert parse({"w": "100", "dpr64": text}, ladder) == parse({"w": "100", "dpr": "1.31"}, ladder)
    assert parse({"w": "100", "dpr64": text}, ladder).width == 200
    assert parse({"w64": "MTAw", "q64": "NjE"}, ladder) == spec(w=100, q=61)


def test_a_share_is_the_pixels_that_it_means() -> None:
    found = in_pixels(spec(w="0.5", h="0.25", dpr=2, fit="crop"), (400, 300))
    assert found == spec(w=400, h=150, fit="crop")
    assert in_pixels(spec(w="0.5", h=100, dpr=2, fit="crop"), (400, 300)) == spec(
        w=400, h=200, fit="crop"
    )
    assert in_pixels(spec(h="0.0001"), (400, 300)) == spec(h=1)
    assert in_pixels(spec(w="1.0", dpr=5), (4000, 3000)) == spec(w=MAX_SIDE)
    assert in_pixels(spec(w=70, h=50), (400, 300)) == spec(w=70, h=50)


def test_padding_that_leaves_nothing_of_a_share_is_refused() -> None:
    with pytest.raises(BadParameter, match="pad"):
        in_pixels(spec(w="0.1", pad=20), (400, 300))


def test_a_dpr_whose_rung_is_too_much_goes_as_far_as_there_is_room() -> None:
    assert parse({"w": "3000", "dpr": "2.5"}, Ladder(dprs=(1, 3))).width == MAX_SIDE


def test_what_is_in_pixels_goes_up_with_the_sides() -> None:
    asked = spec(w=240, pad=30, border="3,f00", blur=100, mask="corners", usm=20, usmrad=3,
                 **{"border-radius": "6,9,0,0", "corner-radius": "12"})  # fmt: skip
    found = snap(asked, LADDER)
    assert (found.width, found.pad, found.border) == (320, (40,) * 4, (4,) * 4)
    assert (found.border_radius, found.corner_radius) == ((8, 12, 0, 0), (16,) * 4)
    assert found.blur == 133
    assert (found.usm, found.usmrad) == (20, 3)
    assert snap(spec(h=150, pad=30), LADDER).pad == (40,) * 4
    assert snap(spec(w=320, pad=30, q=60), LADDER).pad == (30,) * 4


@given(sides, st.integers(0, MAX_SIDE), st.integers(0, MAX_SIDE), ladders)
def test_padding_leaves_room_after_as_before(
    width: int, left: int, above: int, ladder: Ladder
) -> None:
    asked = spec(w=width, **{"pad-left": min(left, width - 1), "pad-top": above})
    found = snap(asked, ladder)
    assert found.width is not None
    assert found.pad[3] < found.width
    assert found.pad[0] <= MAX_SIDE


def test_what_is_in_pixels_goes_up_with_dpr_where_that_counts() -> None:
    ladder = Ladder(dprs=(1, 2))
    found = parse({"w": "100", "dpr": "1.25", "pad": "5"}, ladder)
    assert (found.width, found.pad) == (200, (8,) * 4)
    shares = parse({"w": "0.5", "dpr": "1.25", "pad": "5"}, ladder)
    assert (shares.dpr, shares.pad) == (2, (8,) * 4)
    assert parse({"dpr": "1.25", "pad": "5"}, ladder).pad == (5,) * 4


def test_without_a_ladder_everything_is_as_asked() -> None:
    asked = spec(w=333, h=77, fit="crop", q=61)
    assert snap(asked, Ladder()) == asked
    assert not Ladder()


def test_settings_are_numbers_with_commas_in_any_order() -> None:
    config = DeliverConfig(ladder_widths="640, 320", ladder_dprs="1,1.5", ladder_qualities="75")
    assert config.ladder == Ladder(widths=(320, 640), dprs=(1, 1.5), qualities=(75,))
    assert DeliverConfig().ladder == Ladder()
