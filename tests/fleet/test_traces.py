"""The policy on traces of load (benchmarks/scaling), beside policies that break these bounds."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

import pytest
from benchmarks.scaling.naive import fixed, most, proportional
from benchmarks.scaling.simulator import Decide, Outcome, simulate
from benchmarks.scaling.traces import TRACES

from calotype.fleet import ScalingPolicy, decide

POLICY = ScalingPolicy()
ALL_REPLACED = POLICY.max_replacements * 3
"""Replacements in the three windows of 600 s that 1500 s reach into."""

BOUNDS: dict[str, dict[str, float]] = {
    "step": {"violated": 60, "flaps": 1, "overshoot": 0, "hours": 1.1, "last": 2},
    "ramp": {"violated": 0, "flaps": 1, "overshoot": 0, "hours": 1.1, "last": 2},
    "spike": {"violated": 20, "flaps": 1, "most": 4, "hours": 1.2, "last": 2},
    "day": {"violated": 0, "flaps": 1, "overshoot": 0, "hours": 1.15, "last": 2},
    "flapping": {"violated": 20, "flaps": 0, "overshoot": 0, "hours": 1.6, "last": 4},
    "one never ready": {"violated": 80, "longest": 60, "flaps": 1, "overshoot": 0, "last": 2},
    "none ever ready": {"most": 4, "flaps": 1, "launched": 2 + ALL_REPLACED, "last": 2},
}
"""At most, of each figure of `Outcome`; `hours` is relative to the ideal fleet's."""

ALTERED = {
    "at once": ScalingPolicy(
        scale_in_datapoints=1, scale_in_margin=0, scale_in_cooldown_seconds=0, warmup_seconds=0
    ),
    "unbounded steps": ScalingPolicy(max_step_factor=10),
    "unbounded replacements": ScalingPolicy(max_replacements=1000),
    "no hurry": ScalingPolicy(scale_out_datapoints=15),
}


@cache
def outcome(trace: str, how: Decide, policy: ScalingPolicy = POLICY) -> Outcome:
    return simulate(policy, TRACES[trace], how)


def broken(trace: str, outcome: Outcome) -> set[str]:
    figures = asdict(outcome) | {"hours": outcome.instance_hours / outcome.ideal_hours}
    return {figure for figure, bound in BOUNDS[trace].items() if figures[figure] > bound}


@pytest.mark.parametrize("trace", TRACES)
def test_the_policy_keeps_the_bounds(trace: str) -> None:
    assert broken(trace, outcome(trace, decide)) == set()


@pytest.mark.parametrize(
    ("trace", "how", "figures"),
    [
        ("step", proportional, {"violated", "flaps"}),
        ("step", fixed, {"violated"}),
        ("step", most, {"hours", "last"}),
        ("ramp", proportional, {"violated", "flaps"}),
        ("ramp", fixed, {"violated"}),
        ("ramp", most, {"hours", "last"}),
        ("spike", proportional, {"most"}),
        ("spike", most, {"hours", "most", "last"}),
        ("day", fixed, {"violated"}),
        ("day", proportional, {"violated", "flaps"}),
        ("day", most, {"hours", "last"}),
        ("flapping", proportional, {"violated", "flaps", "overshoot"}),
        ("flapping", most, {"hours", "overshoot"}),
        ("one never ready", proportional, {"violated"}),
        ("one never ready", fixed, {"violated", "longest"}),
        ("none ever ready", proportional, {"most"}),
        ("none ever ready", most, {"most", "last"}),
    ],
)
def test_a_naive_policy_breaks_them(trace: str, how: Decide, figures: set[str]) -> None:
    assert broken(trace, outcome(trace, how)) >= figures


@pytest.mark.parametrize(
    ("trace", "altered", "figures"),
    [
        ("flapping", "at once", {"flaps"}),
        ("spike", "unbounded steps", {"most"}),
        ("none ever ready", "unbounded replacements", {"launched"}),
        ("step", "no hurry", {"violated"}),
    ],
)
def test_each_of_its_restraints_is_needed(trace: str, altered: str, figures: set[str]) -> None:
    assert broken(trace, outcome(trace, decide, ALTERED[altered])) >= figures


def test_a_single_instance_grows_to_four_times_its_load_within_a_minute() -> None:
    assert outcome("step", decide, ScalingPolicy(min=1)).longest <= 60
