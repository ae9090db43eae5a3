"""What would be too large is sized down: within the bounds, in its proportions, no smaller."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.model import Image, Place
from calotype.render.geometry import plan
from calotype.render.sizing import sized_down
from calotype.render.spec import FITS, MAX_SIDE, RenderSpec

MOST = 40_000_000


def image(width: int = 600, height: int = 400, frames: int = 1) -> Image:
    format = "jpeg" if frames == 1 else "gif"
    return Image(
        id="0" * 40, format=format, width=width, height=height, bytes=1, frames=frames,
        places=(Place("a", "b", "1"),),
    )  # fmt: skip


def size(spec: RenderSpec, of: Image) -> tuple[int, int]:
    return plan(spec, of.width, of.height).held


sides = st.integers(1, MAX_SIDE).map(str)
specs = st.fixed_dictionaries(
    {"fit": st.sampled_from(sorted(FITS))},
    optional={
        "w": sides | st.sampled_from(["0.5", "1.0"]),
        "h": sides | st.sampled_from(["0.3"]),
        "dpr": st.sampled_from(["1", "3", "5"]),
        "ar": st.sampled_from(["1:1", "1:3", "16:9", "9:1"]),
        "rot": st.sampled_from(["45", "90"]),
        "rot-type": st.just("pivot"),
        "or": st.just("6"),
        "border": st.just("9,f00"),
        "fm": st.sampled_from(["jpg", "webp", "json"]),
    },
).map(RenderSpec.parse)
images = st.builds(
    image, st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([1, 1, 50])
)


@given(specs, images, st.sampled_from([10_000, 1_000_000, MOST]))
def test_no_more_comes_of_it_than_may_be_and_what_fits_stays(
    spec: RenderSpec, of: Image, most: int
) -> None:
    found = sized_down(spec, of, most)
    if spec.format == "json":
        assert found == spec
        return
    frames = of.frames if found.format != "jpeg" else 1
    assert math.prod(size(found, of)) * frames <= most or min(size(found, of)) == 1
    assert sized_down(found, of, most) == found
    if math.prod(size(spec, of)) * frames <= most and not spec.ar:
        assert found == spec


@pytest.mark.parametrize(
    ("asked", "of", "found"),
    [
        ({"w": "8192"}, image(), "w=7745"),
        ({"h": "8192"}, image(400, 600), "h=7745"),
        ({"w": "8192"}, image(400, 600), "w=5163"),
        ({"w": "8192", "h": "8192", "fit": "crop"}, image(), "w=6324&h=6324&fit=crop"),
        ({"w": "8192", "ar": "1:1", "fit": "crop"}, image(), "w=6324&ar=1:1&fit=crop"),
        ({"w": "8192", "ar": "16:9", "fit": "crop"}, image(), "w=8192&ar=1.777778:1&fit=crop"),
        ({"w": "4800", "ar": "1:2", "fit": "crop"}, image(), "w=4096&ar=0.5:1&fit=crop"),
        ({"h": "8000", "ar": "4:1", "fit": "crop"}, image(), "h=2048&ar=4:1&fit=crop"),
        ({"w": "8192", "h": "8192", "fit": "max"}, image(9000, 9000), "w=6324&h=6324&fit=max"),
        ({"w": "1.0", "dpr": "2"}, image(4000, 4000), "w=6324"),
        ({"w": "8192", "or": "6"}, image(600, 400), "w=5163&or=6"),
    ],
)  # fmt: skip
def test_the_largest_of_the_same_proportions(asked: dict[str, str], of: Image, found: str) -> None:
    assert sized_down(RenderSpec.parse(asked), of, MOST).canonical == found


def test_what_is_in_pixels_goes_along() -> None:
    asked = RenderSpec.parse(
        {"w": "8000", "h": "8000", "fit": "crop", "pad": "200", "border": "100,f00",
         "border-radius": "80", "blur": "1000", "usm": "9", "usmrad": "4"}
    )  # fmt: skip
    found = sized_down(asked, image(), 4000 * 4000)
    assert (found.width, found.height, found.pad) == (4000, 4000, (100,) * 4)
    assert (found.border, found.border_radius, found.blur) == ((50,) * 4, (40,) * 4, 500)
    assert (found.usm, found.usmrad) == (9, 4)


def test_padding_alone_is_no_way_around_it() -> None:
    spec = RenderSpec.parse({"pad": "8192"})
    found = sized_down(spec, image(), MOST)
    assert math.prod(size(found, image())) <= MOST
    assert found.pad[0] > 1000


def test_all_frames_of_what_moves_count() -> None:
    moving = image(800, 800, frames=100)
    asked = RenderSpec.parse({"w": "800"})
    assert sized_down(asked, moving, MOST).width == 632
    for still in ({"fm": "jpg"}, {"frame": "3"}):
        asked = RenderSpec.parse({"w": "800", **still})
        assert sized_down(asked, moving, MOST) == asked


def test_one_frame_may_have_a_bound_of_its_own() -> None:
    moving = image(1000, 1000, frames=10)
    assert sized_down(RenderSpec.parse({"w": "1000"}), moving, MOST, 250_000).width == 500
    assert sized_down(RenderSpec.parse({"w": "500"}), moving, MOST, 250_000).width == 500
