"""Policies that one might write first; what they do wrong is what the bounds of tests are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from calotype.fleet import Decision, Reason, Sample, ScalingPolicy, State


def proportional(
    policy: ScalingPolicy, state: State, samples: Sequence[Sample], now: float
) -> Decision:
    """Every instance times wait over target, at once, both ways, each time it is asked."""
    waits = [s.wait_ms for s in samples if s.at == now and s.wait_ms is not None]
    wait = sum(waits) / len(waits) if waits else 0.0
    return _to(policy, state, ceil(len(state.instances) * wait / policy.target_wait_ms), wait)


def fixed(policy: ScalingPolicy, state: State, samples: Sequence[Sample], now: float) -> Decision:
    """As few as there may be, whatever comes."""
    return _to(policy, state, policy.min, None)


def most(policy: ScalingPolicy, state: State, samples: Sequence[Sample], now: float) -> Decision:
    """As many as there may be, whatever comes."""
    return _to(policy, state, policy.max, None)


def _to(policy: ScalingPolicy, state: State, wanted: int, wait: float | None) -> Decision:
    desired = policy.within(wanted)
    names = [instance.name for instance in state.instances]
    return Decision(
        desired=desired,
        reason=Reason.STEADY,
        launch=max(0, desired - len(names)),
        remove=tuple(names[desired:]),
        replace=(),
        phases={},
        wait_ms=wait,
        cpu_percent=None,
        state=replace(state, desired=desired),
    )
