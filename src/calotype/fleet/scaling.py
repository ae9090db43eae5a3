"""What to do with the fleet now: a pure function of the policy, what is known, and the time.

`decide` has AWS target tracking's semantics (what differs is in docs/adr/0012). It reads no clock,
does no I/O and remembers nothing: the next `State` is part of its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil, isfinite
from typing import Literal

from calotype.fleet.policy import ScalingPolicy

SLACK = 2
"""Datapoints that may be missing from a row, as in CloudWatch, which looks back a little further
than it evaluates. One more, and there is not enough to decide on."""
_EXACT = 1e-9
"""Less than this above a whole number is that number: 3 × 60 / 60 instances are not 4."""


class Phase(StrEnum):
    """Where an instance stands in the policy's eyes."""

    PENDING = "pending"  # not ready yet, and may still become so
    WARMING = "warming"  # ready, and its metrics do not count yet
    IN_SERVICE = "in_service"
    FAILED = "failed"  # exited, or neither ready nor further for `startup_seconds`
    DRAINING = "draining"  # on its way out: no capacity any more


_GO_FIRST = [Phase.FAILED, Phase.PENDING, Phase.WARMING, Phase.IN_SERVICE]


class Reason(StrEnum):
    """Why `desired` is what it is."""

    SCALE_OUT = "scale_out"
    SCALE_IN = "scale_in"
    BOUNDS = "bounds"  # what was desired lay outside `min` and `max`
    STEADY = "steady"
    NO_DATA = "no_data"  # too few datapoints to scale in on, and none that say scale out
    AT_MAX = "at_max"  # more are needed than there may be
    ADDED = "added"  # over a target, but what was added has not taken effect yet
    WARMING = "warming"  # fewer would do, but one is starting or warming up
    COOLDOWN = "cooldown"  # fewer would do, but the last change is not long ago
    PROTECTED = "protected"  # fewer would do, but they may not be removed


@dataclass(frozen=True, slots=True)
class Instance:
    """What is known of one instance. Times are seconds on any one clock.

    `unready`: starting, or mending itself; `failed`: it has exited. `since` is when it came into
    this state, or when it was last seen to come further in it. `protected` keeps it from being
    removed by scaling in, unless it failed.
    """

    name: str
    state: Literal["unready", "ready", "draining", "failed"]
    launched: float
    since: float
    protected: bool = False

    def phase(self, policy: ScalingPolicy, now: float) -> Phase:
        age = now - self.since
        match self.state:
            case "draining":
                return Phase.DRAINING
            case "failed":
                return Phase.FAILED
            case "unready":
                return Phase.PENDING if age < policy.startup_seconds else Phase.FAILED
            case "ready":
                return Phase.WARMING if age < policy.warmup_seconds else Phase.IN_SERVICE


@dataclass(frozen=True, slots=True)
class Sample:
    """What one instance said of the time up to `at`.

    `wait_ms`: mean wait of the renders started in it; 0, not None, where none waited. None, or a
    number that is not finite, is missing: the instance did not say.
    """

    at: float
    instance: str
    wait_ms: float | None
    cpu_percent: float | None


@dataclass(frozen=True, slots=True)
class State:
    """What one decision leaves for the next; only `instances` is the caller's to observe."""

    desired: int
    instances: tuple[Instance, ...] = ()
    scaled_out_at: float | None = None
    scaled_out_from: int = 0
    """Instances whose metrics asked for more: what a larger need is measured by in the cooldown."""
    scaled_in_at: float | None = None
    replaced_at: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: start `launch` instances, take `remove` and `replace` out of service.

    `launch` counts the successors of `replace`. `phases` says where each instance stands: one that
    is FAILED and not in `replace` has used up the replacements, and somebody should look at it.
    `wait_ms` and `cpu_percent` are the newest datapoints, None where there is none.
    """

    desired: int
    reason: Reason
    launch: int
    remove: tuple[str, ...]
    replace: tuple[str, ...]
    phases: dict[str, Phase]
    wait_ms: float | None
    cpu_percent: float | None
    state: State


def decide(policy: ScalingPolicy, state: State, samples: Sequence[Sample], now: float) -> Decision:
    """What the fleet needs. Call it once a period, with the samples of `window(policy)` seconds."""
    view = _view(policy, state, samples, now)
    desired, reason = _desired(view)
    if desired > state.desired and reason is Reason.SCALE_OUT:
        state = replace(state, scaled_out_at=now, scaled_out_from=view.base)
    elif desired < state.desired and reason is Reason.SCALE_IN:
        state = replace(state, scaled_in_at=now)
    return _act(view, replace(state, desired=desired), reason)


def window(policy: ScalingPolicy) -> float:
    """Seconds for which samples are of use."""
    datapoints = max(policy.scale_in_datapoints, policy.scale_out_datapoints) + SLACK
    return datapoints * policy.period_seconds


@dataclass(frozen=True, slots=True)
class _View:
    """The state in the policy's eyes. `wait` and `cpu`: one mean a period, the newest first."""

    policy: ScalingPolicy
    state: State
    now: float
    phases: dict[str, Phase]
    wait: list[float | None] = field(default_factory=list)
    cpu: list[float | None] = field(default_factory=list)

    @property
    def measured(self) -> int:
        """Instances whose metrics count."""
        return list(self.phases.values()).count(Phase.IN_SERVICE)

    @property
    def base(self) -> int:
        """What the metrics are multiplied with to scale out. While the cooldown lasts, what the
        last scale-out added is taken to be on its way, whether it is measured or not."""
        cooling = _within(
            self.now, self.state.scaled_out_at, self.policy.scale_out_cooldown_seconds
        )
        return min(self.measured, self.state.scaled_out_from) if cooling else self.measured

    @property
    def protected(self) -> int:
        """Instances that scaling in must leave; one that failed is replaced all the same."""
        gone = Phase.DRAINING, Phase.FAILED
        return sum(i.protected and self.phases[i.name] not in gone for i in self.state.instances)


def _within(now: float, since: float | None, seconds: float) -> bool:
    return since is not None and now - since < seconds


def _view(policy: ScalingPolicy, state: State, samples: Sequence[Sample], now: float) -> _View:
    warm = {i.name: i.since + policy.warmup_seconds for i in state.instances if i.state == "ready"}
    periods = round(window(policy) / policy.period_seconds)
    wait: list[list[float]] = [[] for _ in range(periods)]
    cpu: list[list[float]] = [[] for _ in range(periods)]
    for sample in samples:
        period = int((now - sample.at) // policy.period_seconds)
        if sample.at < warm.get(sample.instance, sample.at + 1) or not 0 <= period < periods:
            continue
        for values, value in ((wait, sample.wait_ms), (cpu, sample.cpu_percent)):
            if value is not None and isfinite(value):
                values[period].append(value)
    phases = {i.name: i.phase(policy, now) for i in state.instances}
    return _View(policy, state, now, phases, [*map(_mean, wait)], [*map(_mean, cpu)])


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _last(datapoints: list[float | None], count: int, target: float) -> list[float]:
    """The newest `count` as shares of the target; none at all where too many are missing."""
    there = [value / target for value in datapoints[: count + SLACK] if value is not None]
    return there[:count] if len(there) >= count else []


def _desired(view: _View) -> tuple[int, Reason]:
    policy, desired = view.policy, view.state.desired
    if policy.within(desired) != desired:
        return policy.within(desired), Reason.BOUNDS
    needed = _needed(view)
    if needed > desired:
        bounded = policy.within(needed)
        return bounded, Reason.SCALE_OUT if bounded > desired else Reason.AT_MAX
    if needed:
        return desired, Reason.ADDED
    return _fewer(view)


def _needed(view: _View) -> int:
    """How many the target that asks for most wants; 0 if none is over for long enough."""
    policy, most = view.policy, 0
    for datapoints, target in (
        (view.wait, policy.target_wait_ms),
        (view.cpu, policy.target_cpu_percent),
    ):
        ratios = _last(datapoints, policy.scale_out_datapoints, target)
        if ratios and min(ratios) > 1:
            most = max(most, _up(view.base * min(ratios[0], policy.max_step_factor)))
    return most


def _fewer(view: _View) -> tuple[int, Reason]:
    policy, desired = view.policy, view.state.desired
    wait = _last(view.wait, policy.scale_in_datapoints, policy.target_wait_ms)
    cpu = _last(view.cpu, policy.scale_in_datapoints, policy.target_cpu_percent)
    if not wait or not cpu:
        return desired, Reason.NO_DATA
    under = 1 - policy.scale_in_margin
    if max(*wait, *cpu) >= under:
        return desired, Reason.STEADY
    enough = max(_up(view.measured * max(cpu) / under), _up(view.measured / policy.max_step_factor))
    if policy.within(enough) >= desired:
        return desired, Reason.STEADY
    if {Phase.PENDING, Phase.WARMING} & set(view.phases.values()):
        return desired, Reason.WARMING
    for since, seconds in (
        (view.state.scaled_in_at, policy.scale_in_cooldown_seconds),
        (view.state.scaled_out_at, policy.scale_out_cooldown_seconds),
    ):
        if _within(view.now, since, seconds):
            return desired, Reason.COOLDOWN
    fewer = policy.within(max(enough, view.protected))
    if policy.scale_in_protection or fewer >= desired:
        return desired, Reason.PROTECTED
    return fewer, Reason.SCALE_IN


def _up(instances: float) -> int:
    return ceil(instances - _EXACT)


def _act(view: _View, state: State, reason: Reason) -> Decision:
    policy, phases = view.policy, view.phases
    there = [i for i in state.instances if phases[i.name] is not Phase.DRAINING]
    # The newest go first: the others' caches are warmer.
    there.sort(key=lambda i: (_GO_FIRST.index(phases[i.name]), -i.launched, i.name))
    removable = [
        i.name
        for i in there
        if phases[i.name] is Phase.FAILED or not (i.protected or policy.scale_in_protection)
    ]
    remove = removable[: max(0, len(there) - state.desired)]
    recent = [
        at for at in state.replaced_at if _within(view.now, at, policy.replacement_window_seconds)
    ]
    failed = [i.name for i in there if phases[i.name] is Phase.FAILED and i.name not in remove]
    replaced = failed[: max(0, policy.max_replacements - len(recent))]
    return Decision(
        desired=state.desired,
        reason=reason,
        launch=max(0, state.desired - len(there)) + len(replaced),
        remove=tuple(remove),
        replace=tuple(replaced),
        phases=phases,
        wait_ms=view.wait[0],
        cpu_percent=view.cpu[0],
        state=replace(state, replaced_at=(*recent, *[view.now] * len(replaced))),
    )
