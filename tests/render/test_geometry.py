"""Sizes and regions, before any pixel is touched."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calotype.errors import BadParameter
from calotype.render import geometry
from calotype.render.spec import MAX_SIDE, RenderSpec

from .wishes import GOOD


def planned(query: str, orientation: int = 1) -> geometry.Plan:
    """Of an original that is 3000 × 2000 as displayed."""
    return geometry.plan(RenderSpec.parse(dict(parse_qsl(query))), 3000, 2000, orientation)


@pytest.mark.parametrize(
    ("query", "used", "size"),
    [
        ("w=300", (0, 0, 3000, 2000), (300, 200)),
        ("w=0.1", (0, 0, 3000, 2000), (300, 200)),
        ("w=300&h=300&fit=crop", (500, 0, 2000, 2000), (300, 300)),
        ("w=300&h=300&fit=crop&crop=left", (0, 0, 2000, 2000), (300, 300)),
        ("w=300&h=300&fit=crop&crop=right,top", (1000, 0, 2000, 2000), (300, 300)),
        ("w=300&h=100&fit=crop&crop=bottom", (0, 1000, 3000, 1000), (300, 100)),
        ("w=300&h=200&fit=crop&crop=focalpoint&fp-z=2", (750, 500, 1500, 1000), (300, 200)),
        ("w=300&h=200&fit=crop&crop=focalpoint&fp-x=1&fp-z=2", (1500, 500, 1500, 1000), (300, 200)),
        ("w=300&h=300&fit=crop&crop=focalpoint&fp-x=.4", (200, 0, 2000, 2000), (300, 300)),
        ("w=300&ar=1:1&fit=crop", (500, 0, 2000, 2000), (300, 300)),
        ("ar=1:1&fit=crop", (500, 0, 2000, 2000), (1600, 1600)),
        ("w=4000&h=4000&fit=min", (500, 0, 2000, 2000), (2000, 2000)),
        ("rect=100,200,600,400", (100, 200, 600, 400), (600, 400)),
        ("rect=0.5,0.5,0.5,0.5&w=150", (1500, 1000, 1500, 1000), (150, 100)),
        ("rect=right,middle,600,400&w=60", (2400, 800, 600, 400), (60, 40)),
        ("rect=2900,1900,600,400", (2900, 1900, 100, 100), (100, 100)),
        ("rect=0,0,600,400&w=100&h=100&fit=crop", (100, 0, 400, 400), (100, 100)),
        ("w=340&pad=20", (0, 0, 3000, 2000), (300, 200)),
    ],
)
def test_what_is_used_and_how_large_it_becomes(
    query: str, used: tuple[int, ...], size: tuple[int, int]
) -> None:
    plan = planned(query)
    assert tuple(plan.used) == pytest.approx(used)
    assert plan.size == size


@pytest.mark.parametrize(
    ("query", "final"),
    [
        ("w=300&h=300&fit=fill", (300, 300)),
        ("w=4000&h=4000&fit=fillmax", (4000, 4000)),
        ("w=4500&fit=fillmax", (4500, 3000)),
        ("w=300&h=300&fit=clamp", (300, 300)),
        ("w=300&rot=45", (300, 200)),
        ("w=300&rot=90&rot-type=pivot", (200, 300)),
        ("w=300&rot=45&rot-type=pivot", (354, 354)),
        ("w=300&or=6", (300, 450)),
        ("w=300&pad=20", (300, 213)),
        ("w=300&pad-left=100", (300, 133)),
        ("pad=10", (1620, 1087)),
    ],
)
def test_the_final_size(query: str, final: tuple[int, int]) -> None:
    assert planned(query).final == final


@pytest.mark.parametrize(
    ("query", "scale"),
    [
        ("w=300", 0.1),
        ("w=300&h=300&fit=crop", 0.15),
        ("rect=0,0,600,400&w=300", 0.5),
        ("rect=0,0,600,400", 1.0),
        ("w=300&h=200&fit=crop&crop=focalpoint&fp-z=4", 0.4),
        ("w=300&h=1000&fit=scale", 0.5),
        ("w=6000", 2.0),
        ("w=300&trim=auto", 1.0),
        ("w=300&page=2", 1.0),
        ("w=300&frame=1", 1.0),
    ],
)
def test_the_scale_that_a_smaller_copy_must_have(query: str, scale: float) -> None:
    spec = RenderSpec.parse(dict(parse_qsl(query)))
    assert geometry.scale_needed(spec, 3000, 2000) == pytest.approx(scale)


def test_an_orientation_replaces_that_of_the_file() -> None:
    assert planned("or=1&w=300").upright == (3000, 2000)
    assert planned("or=1&w=200", orientation=6).upright == (2000, 3000)
    assert planned("or=8&w=300", orientation=6).upright == (3000, 2000)


@pytest.mark.parametrize("rect", ["3000,0,5,5", "0,2000,5,5", "9999,9999,1,1"])
def test_a_rect_outside_is_refused(rect: str) -> None:
    with pytest.raises(BadParameter) as problem:
        planned(f"rect={rect}")
    assert problem.value.parameter == "rect"
    assert "3000×2000" in problem.value.bound


@settings(max_examples=300)
@given(GOOD, st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 8))
def test_every_plan_lies_within_the_original_and_the_largest_side(
    params: dict[str, str], width: int, height: int, orientation: int
) -> None:
    try:
        plan = geometry.plan(RenderSpec.parse(params), width, height, orientation)
    except BadParameter as error:
        assume(error.parameter not in ("pad", "rect"))
        raise
    assert plan.used.left >= 0
    assert plan.used.top >= 0
    assert plan.used.left + plan.used.width <= plan.upright[0] + 1e-6
    assert plan.used.top + plan.used.height <= plan.upright[1] + 1e-6
    assert min(plan.size) >= 1
    assert max(*plan.size, *plan.canvas) <= MAX_SIDE
