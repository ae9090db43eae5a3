"""What is decided: AWS target tracking's semantics, one by one."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import Any

import pytest

from calotype.fleet import Instance, Phase, Reason, ScalingPolicy, State, decide
from tests.fleet.fleets import NOW, fleet, gone, ready, said, series, unready

POLICY = ScalingPolicy(min=1, max=20)
CALM, OVER = (0.0, 50.0), (1000.0, 100.0)


def test_capacity_is_scaled_by_metric_over_target_and_rounded_up() -> None:
    state = fleet(5)
    decision = decide(POLICY, state, said(POLICY, state, cpu=75), NOW)
    assert (decision.desired, decision.launch, decision.reason) == (7, 2, Reason.SCALE_OUT)


def test_a_ratio_that_is_whole_is_not_rounded_up() -> None:
    policy = ScalingPolicy(min=1, max=20, target_cpu_percent=55)
    state = fleet(5)
    assert decide(policy, state, said(policy, state, cpu=66), NOW).desired == 6


@pytest.mark.parametrize(("over", "desired"), [(2, 2), (3, 4)])
def test_it_scales_out_after_three_datapoints_over_the_target(over: int, desired: int) -> None:
    state = fleet(2)
    samples = series(POLICY, state, [CALM] * 14 + [OVER] * over)
    assert decide(POLICY, state, samples, NOW).desired == desired


def test_a_datapoint_at_the_target_is_not_over_it() -> None:
    state = fleet(2)
    assert decide(POLICY, state, said(POLICY, state, wait=50, cpu=60), NOW).desired == 2


def test_the_target_that_asks_for_most_wins() -> None:
    state = fleet(4)
    samples = said(POLICY, state, wait=60, cpu=90)
    assert decide(POLICY, state, samples, NOW).desired == 6
    samples = said(POLICY, state, wait=90, cpu=66)
    assert decide(POLICY, state, samples, NOW).desired == 8


def test_one_decision_doubles_the_fleet_at_most_however_long_the_wait() -> None:
    state = fleet(3)
    assert decide(POLICY, state, said(POLICY, state, wait=5000), NOW).desired == 6


def test_past_the_maximum_it_says_so() -> None:
    policy = ScalingPolicy(min=1, max=3)
    state = fleet(3)
    decision = decide(policy, state, said(policy, state, wait=500), NOW)
    assert (decision.desired, decision.reason) == (3, Reason.AT_MAX)


def test_what_warms_up_is_capacity_already() -> None:
    state = fleet(2, ready("a", NOW - 1), unready("b", NOW - 1))
    decision = decide(POLICY, state, said(POLICY, state, wait=500), NOW)
    assert (decision.desired, decision.launch, decision.reason) == (4, 0, Reason.ADDED)


@pytest.mark.parametrize(("age", "desired"), [(9, 3), (12, 3), (20, 4)])
def test_what_an_instance_says_counts_from_when_it_is_warm(age: float, desired: int) -> None:
    """Of the three datapoints that add instances none, the newest, or all are after that."""
    state = fleet(2, ready("new", NOW - age))
    samples = [
        replace(s, cpu_percent=100.0 if s.instance == "new" else 50.0) for s in said(POLICY, state)
    ]
    assert decide(POLICY, state, samples, NOW).desired == desired


def test_in_the_cooldown_the_same_need_adds_no_more() -> None:
    state = fleet(4, scaled_out_at=NOW - 10, scaled_out_from=2)
    decision = decide(POLICY, state, said(POLICY, state, wait=500), NOW)
    assert (decision.desired, decision.reason) == (4, Reason.ADDED)


def test_in_the_cooldown_a_larger_need_does() -> None:
    state = fleet(3, scaled_out_at=NOW - 10, scaled_out_from=2)
    assert decide(POLICY, state, said(POLICY, state, wait=500), NOW).desired == 4


def test_after_the_cooldown_the_same_need_does() -> None:
    state = fleet(4, scaled_out_at=NOW - 15, scaled_out_from=2)
    assert decide(POLICY, state, said(POLICY, state, wait=500), NOW).desired == 8


def test_it_scales_in_to_what_keeps_cpu_under_the_target_by_the_margin() -> None:
    state = fleet(10)
    decision = decide(POLICY, state, said(POLICY, state, cpu=40), NOW)
    assert (decision.desired, decision.reason) == (8, Reason.SCALE_IN)
    assert 10 * 40 / decision.desired <= 60 * 0.9


def test_one_decision_halves_the_fleet_at_most() -> None:
    state = fleet(9)
    assert decide(POLICY, state, said(POLICY, state), NOW).desired == 5


@pytest.mark.parametrize("busy", [(46.0, 10.0), (10.0, 55.0)])
def test_all_targets_must_agree_for_fifteen_datapoints(busy: tuple[float, float]) -> None:
    state = fleet(4)
    for at, desired in ((0, 4), (14, 4)):
        values = [(0.0, 10.0)] * 15
        values[at] = busy
        assert decide(POLICY, state, series(POLICY, state, values), NOW).desired == desired
    assert decide(POLICY, state, series(POLICY, state, [busy] + [(0, 10)] * 15), NOW).desired == 2


@pytest.mark.parametrize("newcomer", [unready("new", NOW - 5), ready("new", NOW - 5)])
def test_nothing_is_removed_while_an_instance_starts_or_warms_up(newcomer: Instance) -> None:
    state = fleet(4, newcomer)
    decision = decide(POLICY, state, said(POLICY, state), NOW)
    assert (decision.desired, decision.remove, decision.reason) == (5, (), Reason.WARMING)


@pytest.mark.parametrize(
    "last", [{"scaled_in_at": NOW - 59}, {"scaled_out_at": NOW - 14, "scaled_out_from": 4}]
)
def test_nothing_is_removed_soon_after_a_change(last: dict[str, Any]) -> None:
    state = fleet(4, **last)
    decision = decide(POLICY, state, said(POLICY, state), NOW)
    assert (decision.desired, decision.reason) == (4, Reason.COOLDOWN)


def test_scale_in_does_not_keep_it_from_scaling_out_at_once() -> None:
    state = fleet(2, scaled_in_at=NOW - 1)
    assert decide(POLICY, state, said(POLICY, state, wait=500), NOW).desired == 4


def test_a_change_starts_its_cooldown_and_nothing_else_does() -> None:
    state = fleet(4)
    assert decide(POLICY, state, said(POLICY, state), NOW).state.scaled_in_at == NOW
    grown = decide(POLICY, state, said(POLICY, state, wait=500), NOW).state
    assert (grown.scaled_out_at, grown.scaled_out_from) == (NOW, 4)
    steady = decide(POLICY, state, said(POLICY, state, wait=48), NOW).state
    assert steady == state


def test_with_scale_in_protection_none_is_removed() -> None:
    policy = ScalingPolicy(min=1, max=20, scale_in_protection=True)
    state = fleet(4)
    decision = decide(policy, state, said(policy, state), NOW)
    assert (decision.desired, decision.remove, decision.reason) == (4, (), Reason.PROTECTED)


def test_protected_instances_stay_and_of_the_others_the_newest_go() -> None:
    guarded = [ready("guarded", 90, protected=True), ready("newest", 80)]
    state = fleet(2, *guarded)
    decision = decide(POLICY, state, said(POLICY, state), NOW)
    assert (decision.desired, decision.remove) == (2, ("newest", "i0"))


def test_as_many_stay_as_are_protected() -> None:
    state = fleet(1, *(ready(f"g{n}", protected=True) for n in range(3)))
    assert decide(POLICY, state, said(POLICY, state), NOW).desired == 3


def test_protection_does_not_keep_what_failed_where_fewer_are_desired() -> None:
    dead = Instance("dead", "failed", launched=0, since=0, protected=True)
    decision = decide(POLICY, fleet(2, dead, desired=2), [], NOW)
    assert (decision.remove, decision.replace, decision.launch) == (("dead",), (), 0)


@pytest.mark.parametrize(("wait", "cpu"), [(None, 0.0), (0.0, None), (nan, 0.0), (None, None)])
def test_missing_data_is_not_taken_for_idleness(wait: float | None, cpu: float | None) -> None:
    state = fleet(4)
    decision = decide(POLICY, state, said(POLICY, state, wait=wait, cpu=cpu), NOW)
    assert (decision.desired, decision.reason) == (4, Reason.NO_DATA)


def test_one_target_scales_out_while_the_other_is_missing() -> None:
    state = fleet(2)
    assert decide(POLICY, state, said(POLICY, state, wait=None, cpu=100), NOW).desired == 4


@pytest.mark.parametrize(("missing", "desired"), [(2, 2), (3, 4)])
def test_two_datapoints_may_be_missing(missing: int, desired: int) -> None:
    state = fleet(4)
    values = [(0.0, 10.0)] * (17 - missing) + [(None, None)] * missing
    assert decide(POLICY, state, series(POLICY, state, values), NOW).desired == desired


def test_what_instances_that_are_gone_have_said_does_not_count() -> None:
    state = fleet(2)
    others = said(POLICY, fleet(0, ready("was")), wait=900, cpu=100)
    assert decide(POLICY, state, others, NOW).wait_ms is None


def test_what_is_desired_is_brought_within_new_bounds_at_once() -> None:
    for desired, within in ((0, 1), (30, 20)):
        decision = decide(POLICY, fleet(2, desired=desired), [], NOW)
        assert (decision.desired, decision.reason) == (within, Reason.BOUNDS)


def test_what_died_is_replaced_and_what_drains_is_no_capacity() -> None:
    state = fleet(2, gone("dead"), gone("leaving", "draining"), desired=4)
    decision = decide(POLICY, state, said(POLICY, state, cpu=60), NOW)
    assert (decision.replace, decision.launch, decision.remove) == (("dead",), 2, ())


def test_an_instance_that_never_gets_ready_is_replaced_after_its_time_to_start() -> None:
    for age, phase, replaced in ((59, Phase.PENDING, ()), (60, Phase.FAILED, ("slow",))):
        state = fleet(2, unready("slow", NOW - age))
        decision = decide(POLICY, state, said(POLICY, state, cpu=58), NOW)
        assert (decision.phases["slow"], decision.replace) == (phase, replaced)
        assert decision.launch == len(replaced)


def test_replacements_are_bounded_and_come_back_with_time() -> None:
    spent = tuple(NOW - 100 for _ in range(POLICY.max_replacements))
    state = fleet(2, gone("dead"), replaced_at=spent)
    decision = decide(POLICY, state, [], NOW)
    assert (decision.replace, decision.launch) == ((), 0)
    assert decision.phases["dead"] is Phase.FAILED
    later = decide(POLICY, state, [], NOW + POLICY.replacement_window_seconds)
    assert (later.replace, later.state.replaced_at) == (("dead",), (NOW + 600,))


def test_what_failed_neither_multiplies_the_need_nor_blocks_scaling_in() -> None:
    state = fleet(2, gone("a"), gone("b"), replaced_at=(NOW - 1,) * 5)
    assert decide(POLICY, state, said(POLICY, state, wait=900), NOW).desired == 4
    decision = decide(POLICY, state, said(POLICY, state), NOW)
    assert (decision.desired, decision.remove) == (1, ("a", "b", "i0"))


def test_it_starts_an_empty_fleet() -> None:
    policy = ScalingPolicy(min=2, max=3)
    assert decide(policy, State(desired=2), [], NOW).launch == 2
