"""Fleets and what they say, for tests: instances that have been in service for long, and samples of
every one of them in each of the last periods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from calotype.fleet import Instance, Sample, ScalingPolicy, State, window

NOW = 10_000.0


def ready(name: str, since: float = 0, **given: Any) -> Instance:
    return Instance(name, "ready", launched=since, since=since, **given)


def unready(name: str, since: float) -> Instance:
    return Instance(name, "unready", launched=since, since=since)


def gone(name: str, state: Literal["draining", "failed"] = "failed") -> Instance:
    return Instance(name, state, launched=0, since=0)


def fleet(count: int, *others: Instance, desired: int | None = None, **given: Any) -> State:
    """`count` instances in service and `others`; desired is all of them if not given."""
    instances = (*(ready(f"i{n}") for n in range(count)), *others)
    return State(len(instances) if desired is None else desired, instances, **given)


def said(
    policy: ScalingPolicy, state: State, wait: float | None = 0, cpu: float | None = 0
) -> list[Sample]:
    """Each ready instance says the same in every period of the window."""
    return series(policy, state, [(wait, cpu)] * round(window(policy) / policy.period_seconds))


def series(
    policy: ScalingPolicy, state: State, values: Sequence[tuple[float | None, float | None]]
) -> list[Sample]:
    """(wait in ms, CPU in percent) of each period, the oldest first."""
    return [
        Sample(NOW - policy.period_seconds * age, i.name, wait, cpu)
        for age, (wait, cpu) in zip(range(len(values) - 1, -1, -1), values, strict=True)
        for i in state.instances
        if i.state == "ready"
    ]
