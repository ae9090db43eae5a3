"""What holds of every decision, whatever the fleet and its load."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from hypothesis import assume, given
from hypothesis import strategies as st

from calotype.fleet import Instance, Phase, Sample, ScalingPolicy, State, decide
from tests.fleet.fleets import NOW

Condition = Literal["unready", "ready", "draining", "failed"]
PERIODS, MOST = 6, 8
ages = st.sampled_from([3, 12, 30, 90, 9000])
"""Seconds: starting or warming up, just warm, cooled down from adding, and from removing."""
times = ages.map(lambda age: NOW - age)
maybe = st.one_of(st.none(), times)
conditions: st.SearchStrategy[Condition] = st.sampled_from(
    ["ready"] * 12 + ["unready", "draining", "failed"]
)


@st.composite
def policies(draw: st.DrawFn) -> ScalingPolicy:
    least = draw(st.integers(1, 3))
    return ScalingPolicy(
        min=least,
        max=draw(st.sampled_from([least, 6, 12, 12])),
        scale_out_datapoints=draw(st.integers(1, 3)),
        scale_in_datapoints=draw(st.integers(1, 4)),
        scale_in_margin=draw(st.sampled_from([0, 0.1, 0.5])),
        max_step_factor=draw(st.sampled_from([1.5, 2, 10])),
        scale_in_protection=draw(st.sampled_from([False, False, False, True])),
        max_replacements=draw(st.integers(0, 3)),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    old = draw(st.booleans())
    since = st.just(NOW - 9000) if old else times
    instances = tuple(
        Instance(
            f"i{n}",
            draw(conditions),
            launched=draw(times),
            since=draw(since),
            protected=draw(st.sampled_from([False, False, True])),
        )
        for n in range(draw(st.integers(0, MOST)))
    )
    return State(
        desired=max(0, len(instances) + draw(st.sampled_from([0, 0, 0, -1, 1, 3]))),
        instances=instances,
        scaled_out_at=draw(maybe),
        scaled_out_from=draw(st.integers(1, 8)),
        scaled_in_at=draw(maybe),
        replaced_at=tuple(draw(st.lists(times, max_size=4))),
    )


@st.composite
def samples_of(draw: st.DrawFn) -> list[Sample]:
    """All instances in each period, about as busy as each other; some of it missing at times."""
    wait, cpu = draw(st.sampled_from([(0, 5), (0, 30), (20, 50), (49, 58), (80, 70), (800, 100)]))
    off = st.sampled_from([0.8, 1, 1, 1.2])
    lost = draw(st.sets(st.tuples(st.integers(0, PERIODS - 1), st.integers(0, MOST)), max_size=4))
    busy = [draw(off) for _ in range(PERIODS)]
    shares = [draw(off) for _ in range(MOST)]
    return [
        Sample(
            NOW - 5 * period,
            f"i{n}",
            # Lost at MOST: the whole period, as when nobody could be asked.
            None if {(period, n), (period, MOST)} & lost else wait * busy[period] * shares[n],
            None if {(period, n), (period, MOST)} & lost else cpu * busy[period] * shares[n],
        )
        for period in range(PERIODS)
        for n in range(MOST)
    ]


loads = samples_of()


@given(policies(), states(), loads)
def test_desired_is_within_the_bounds(
    policy: ScalingPolicy, state: State, samples: list[Sample]
) -> None:
    assert policy.min <= decide(policy, state, samples, NOW).desired <= policy.max


@given(policies(), states(), loads)
def test_the_same_question_has_the_same_answer_in_whatever_order_it_is_put(
    policy: ScalingPolicy, state: State, samples: list[Sample]
) -> None:
    # Whole numbers, whose sum is the same in any order.
    whole = [replace(s, cpu_percent=s.cpu_percent and float(round(s.cpu_percent))) for s in samples]
    whole = [replace(s, wait_ms=s.wait_ms and float(round(s.wait_ms))) for s in whole]
    answer = decide(policy, state, whole, NOW)
    assert answer == decide(policy, state, whole, NOW)
    assert answer == decide(policy, state, whole[::-1], NOW)


@given(policies(), states(), loads, st.data())
def test_more_load_never_means_fewer(
    policy: ScalingPolicy, state: State, samples: list[Sample], data: st.DataObject
) -> None:
    more = st.sampled_from([0.0, 0.0, 1.0, 10.0, 500.0])
    wait, cpu = ([data.draw(more) for _ in range(PERIODS)] for _ in range(2))
    heavier = [
        replace(
            s,
            wait_ms=None if s.wait_ms is None else s.wait_ms + wait[n % PERIODS],
            cpu_percent=None if s.cpu_percent is None else s.cpu_percent + cpu[n % PERIODS],
        )
        for n, s in enumerate(samples)
    ]
    before, after = (decide(policy, state, load, NOW).desired for load in (samples, heavier))
    assert after >= before


@given(policies(), states(), loads)
def test_fewer_are_desired_only_when_all_is_calm(
    policy: ScalingPolicy, state: State, samples: list[Sample]
) -> None:
    assume(policy.min <= state.desired <= policy.max)
    decision = decide(policy, state, samples, NOW)
    if decision.desired < state.desired:
        assert not {Phase.PENDING, Phase.WARMING} & set(decision.phases.values())
        assert state.scaled_in_at is None or NOW - state.scaled_in_at >= 60
        assert state.scaled_out_at is None or NOW - state.scaled_out_at >= 15
        assert not policy.scale_in_protection
        guarded = [i for i in state.instances if i.protected and i.state == "ready"]
        assert decision.desired >= len(guarded)


@given(policies(), states(), loads)
def test_no_protected_instance_is_removed_and_none_is_both_removed_and_replaced(
    policy: ScalingPolicy, state: State, samples: list[Sample]
) -> None:
    decision = decide(policy, state, samples, NOW)
    guarded = {i.name for i in state.instances if i.protected or policy.scale_in_protection}
    assert {decision.phases[name] for name in guarded & set(decision.remove)} <= {Phase.FAILED}
    assert not set(decision.remove) & set(decision.replace)


@given(policies(), states(), loads)
def test_once_carried_out_there_are_as_many_as_desired_and_nothing_is_left_to_do(
    policy: ScalingPolicy, state: State, samples: list[Sample]
) -> None:
    """But for what may not be removed."""
    decision = decide(policy, state, samples, NOW)
    gone = {*decision.remove, *decision.replace}
    new = (Instance(f"new{n}", "unready", NOW, NOW) for n in range(decision.launch))
    instances = (*(i for i in state.instances if i.name not in gone), *new)
    there = [i for i in instances if i.state != "draining"]
    assert len(there) >= decision.desired
    if len(there) > decision.desired:
        assert policy.scale_in_protection or all(i.protected for i in there)
    again = decide(policy, replace(decision.state, instances=instances), [], NOW)
    assert (again.launch, again.remove, again.replace) == (0, (), ())


@given(policies(), states(), loads)
def test_never_more_replacements_than_allowed(
    policy: ScalingPolicy, state: State, samples: list[Sample]
) -> None:
    decision = decide(policy, state, samples, NOW)
    allowed = max(policy.max_replacements, len(state.replaced_at))
    assert len(decision.state.replaced_at) <= allowed
    assert len(decision.replace) <= policy.max_replacements
