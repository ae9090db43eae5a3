"""In order, at least once, and never more in memory than can be named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from calotype.coherence import Line
from calotype.coherence.line import MOST_WAITING

from ..fleet.programs import until
from .edges import FakeEdge, batch


@contextmanager
def line_to(edge: FakeEdge, **more: Any) -> Iterator[tuple[Line, list[str]]]:
    outcomes: list[str] = []
    more = {"pause": 0.01, **more}
    made = Line(edge, outcomes.append, **more)
    made.start()
    try:
        yield made, outcomes
    finally:
        made.ask_to_stop(5)
        made.join(5)


def test_in_order() -> None:
    edge = FakeEdge()
    with line_to(edge) as (line, _):
        for seq in range(1, 6):
            line.add(batch(seq - 1, seq, f"w{seq}"))
        edge.wait_for_seq(5)
    ranges = [(p.moment.after, p.moment.seq) for p in edge.taken]
    assert ranges[0][0] == 0
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    assert {tag for p in edge.taken for tag in p.soft} == {f"t-w{seq}" for seq in range(1, 6)}


def test_what_an_edge_did_not_take_is_sent_again_with_what_came_since() -> None:
    edge = FakeEdge()
    edge.down = True
    with line_to(edge) as (line, outcomes):
        line.add(batch(0, 1, "one"))
        edge.wait(lambda edge: edge.asked >= 2)
        assert line.oldest() == 0.0
        line.add(batch(1, 2, "two"))
        edge.down = False
        edge.wait_for_seq(2)
    assert [(p.moment.after, p.soft) for p in edge.taken] == [(0, ["t-one", "t-two"])]
    assert (set(outcomes), outcomes[-1], line.oldest()) == ({"failed", "sent"}, "sent", None)
    assert line.confirmed is not None
    assert line.confirmed.seq == 2


def test_what_waits_long_is_bounded() -> None:
    edge = FakeEdge()
    line = Line(edge, lambda outcome: None)
    for seq in range(1, 3 * MOST_WAITING):
        line.add(batch(seq - 1, seq, *(f"w{seq}x{n}" for n in range(9))))
    assert len(line._waiting) == MOST_WAITING
    assert line._waiting[0].queries


def test_what_waits_at_the_end_is_sent() -> None:
    edge = FakeEdge()
    with line_to(edge, pause=3600) as (line, _):
        line.add(batch(0, 1, "one"))
        edge.wait_for_seq(1)
        line.add(batch(1, 2, "two"))
    assert [p.soft for p in edge.taken] == [["t-one"], ["t-two"]]
    assert edge.closed


def test_an_edge_that_is_down_at_the_end_is_given_up() -> None:
    edge = FakeEdge()
    edge.down = True
    now = iter(range(10**9))
    with line_to(edge, clock=lambda: float(next(now))) as (line, _):
        line.add(batch(0, 1, "one"))
    assert (edge.taken, edge.closed) == ([], True)


class Leading:
    """Whether this instance leads, and how far the others are."""

    def __init__(self) -> None:
        self.leads, self.done = False, 0
        self.elsewhere: Callable[[], int] = lambda: self.done


def test_one_of_several_sends_and_who_leads_next_goes_on_there() -> None:
    edge, of = FakeEdge(), Leading()
    with line_to(edge, leads=lambda: of.leads, elsewhere=lambda: of.elsewhere()) as (
        line,
        outcomes,
    ):
        line.add(batch(0, 1, "one"))
        line.add(batch(1, 2, "two"))
        of.done = 1
        until(lambda: "left" in outcomes, "the first being left to another")
        of.leads = True
        edge.wait_for_seq(2)
    assert [p.soft for p in edge.taken] == [["t-two"]]


def test_while_it_cannot_be_known_what_others_have_sent_all_is_kept() -> None:
    edge, of = FakeEdge(), Leading()

    def fail() -> int:
        of.leads = True
        raise OSError

    of.elsewhere = fail
    with line_to(edge, leads=lambda: of.leads, elsewhere=lambda: of.elsewhere()) as (line, _):
        line.add(batch(0, 1, "one"))
        edge.wait_for_seq(1)
    assert [p.soft for p in edge.taken] == [["t-one"]]
