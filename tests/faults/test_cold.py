"""A crowd that asks for what nobody has: one render in the whole fleet."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import small
from .fleet import Fleet
from .load import crowd

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
CROWD = 200
SIDES = 1000, 6000


@pytest.mark.parametrize("seconds", [1, pytest.param(7, marks=pytest.mark.faults)])
def test_two_hundred_who_ask_at_once_are_one_render(
    fleet: Fleet, pictures: Path, seconds: int
) -> None:
    for id in small(pictures)[:3]:  # on a machine whose speed changes, the first may be too quick
        target = slow(id, side_for(fleet, id, seconds))
        renders, spent = fleet.metric("renders_total"), fleet.metric("render_seconds_sum")
        answers = crowd(fleet.url, target, CROWD)
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert fleet.metric("renders_total") - renders == 1
        if fleet.metric("render_seconds_sum") - spent >= seconds:
            return
    pytest.fail(f"no render took {seconds} s")


def slow(id: str, side: int) -> str:
    """A square without loss, whose encoder's time grows with its area."""
    return f"/i/{id}?w={side}&h={side}&fit=crop&fm=webp&lossless=true"


def side_for(fleet: Fleet, id: str, seconds: float) -> int:
    """The side of a square that takes a little more than so long, told from a smaller one."""
    before = fleet.metric("render_seconds_sum")
    assert fleet.get(slow(id, SIDES[0] - round(seconds))).status_code == 200
    took = fleet.metric("render_seconds_sum") - before
    return min(SIDES[1], round(SIDES[0] * float((1.4 * seconds / took) ** 0.5)))
