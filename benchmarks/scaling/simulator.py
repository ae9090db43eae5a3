"""A fleet in numbers: a fluid model in steps of a second, the same in every run.

The load is shared evenly by the instances that are ready. Each renders `RATE` a second and keeps
the rest in its queue; what would wait for longer than `REFUSED` is refused, as admission does. To
the backlog comes the wait of a queue that is not saturated (M/D/1: ρ / 2μ(1-ρ)), so that the wait
has the shape it has in life: hardly any, and then suddenly all there may be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from benchmarks.scaling.traces import Trace
from calotype.fleet import Decision, Instance, Sample, ScalingPolicy, State, window

RATE = 20.0
"""Renders a second of one instance."""
REFUSED = 0.8
"""Seconds of wait past which a render is refused (`CALOTYPE_RENDER_REFUSE_SECONDS`)."""
SLO_MS = 300.0
TAIL = 3.0
"""What the slowest in twenty wait, as a multiple of the mean: ln 20, of an exponential tail."""
STARTUP = 10
"""Seconds until a new instance answers: the most that design.md allows."""

Decide = Callable[[ScalingPolicy, State, Sequence[Sample], float], Decision]


@dataclass(slots=True)
class Server:
    """One instance: what the policy is told of it, and its queue in seconds of work."""

    known: Instance
    stuck: bool = False
    backlog: float = 0.0
    waits: float = 0.0
    """The mean wait of each second of this period, summed; `busy` likewise."""
    busy: float = 0.0

    def serve(self, load: float) -> tuple[float, bool]:
        """One second of `load`: how long the slowest in twenty wait, if any was refused."""
        backlog = max(0.0, self.backlog + load - 1)
        self.backlog = min(backlog, REFUSED)
        used = min(load, 0.999)
        queue = min(REFUSED, used / (2 * RATE * (1 - used)))
        self.waits += min(REFUSED, self.backlog + queue)
        self.busy += min(1.0, load)
        return min(REFUSED, self.backlog + TAIL * queue), backlog > REFUSED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one trace. Times are seconds."""

    violated: int
    """Seconds in which the slowest in twenty waited for longer than the SLO, or any was refused."""
    longest: int
    """The longest of them in a row."""
    changes: int
    flaps: int
    """How often `desired` changed its direction."""
    most: int
    overshoot: int
    """Instances above those that carry the peak at the CPU target."""
    launched: int
    last: int
    """Instances at the end."""
    instance_hours: float
    ideal_hours: float
    """The same, of a fleet that always has just what the CPU target asks for."""


def simulate(policy: ScalingPolicy, trace: Trace, decide: Decide) -> Outcome:
    fleet, state, run = _first(policy), State(desired=policy.min), _Run(trace, policy)
    samples: deque[Sample] = deque()
    for second in range(trace.seconds):
        run.load(fleet, second)
        now = float(second + 1)
        _come_up(fleet, now)
        if (second + 1) % int(policy.period_seconds) == 0:
            samples.extend(_sampled(fleet, now, policy))
            while samples[0].at <= now - window(policy):
                samples.popleft()
            decision = decide(policy, _observed(state, fleet), samples, now)
            state = decision.state
            run.changed(decision.desired)
            fleet = run.act(fleet, decision, now)
    return run.outcome(fleet)


def _first(policy: ScalingPolicy) -> list[Server]:
    long_ago = -policy.warmup_seconds
    return [Server(Instance(f"i{n}", "ready", long_ago, long_ago)) for n in range(policy.min)]


def _come_up(fleet: list[Server], now: float) -> None:
    for server in fleet:
        i = server.known
        if i.state == "unready" and not server.stuck and now - i.launched >= STARTUP:
            server.known = replace(i, state="ready", since=now)


def _sampled(fleet: list[Server], now: float, policy: ScalingPolicy) -> list[Sample]:
    seconds, found = policy.period_seconds, list[Sample]()
    for server in fleet:
        if server.known.state == "ready":
            wait, cpu = 1000 * server.waits / seconds, 100 * server.busy / seconds
            found.append(Sample(now, server.known.name, wait, cpu))
        server.waits = server.busy = 0.0
    return found


def _observed(state: State, fleet: list[Server]) -> State:
    return replace(state, instances=tuple(server.known for server in fleet))


class _Run:
    """Carries out decisions and keeps the count."""

    def __init__(self, trace: Trace, policy: ScalingPolicy) -> None:
        self._trace, self._policy = trace, policy
        self._share = policy.target_cpu_percent / 100
        self._violated = self._longest = self._row = self._launched = self._seconds = 0
        self._desired, self._ideal, self._most = [policy.min], 0, policy.min

    def load(self, fleet: list[Server], second: int) -> None:
        ready = [server for server in fleet if server.known.state == "ready"]
        load = self._trace.load(second)
        seen = [server.serve(load / len(ready)) for server in ready]
        bad = not seen or any(refused or wait * 1000 > SLO_MS for wait, refused in seen)
        self._row = self._row + 1 if bad else 0
        self._violated += bad
        self._longest = max(self._longest, self._row)
        self._seconds += len(fleet)
        self._ideal += self._policy.within(ceil(load / self._share))

    def changed(self, desired: int) -> None:
        if desired != self._desired[-1]:
            self._desired.append(desired)

    def act(self, fleet: list[Server], decision: Decision, now: float) -> list[Server]:
        gone = {*decision.remove, *decision.replace}
        fleet = [server for server in fleet if server.known.name not in gone]
        for _ in range(decision.launch):
            known = Instance(f"n{self._launched}", "unready", launched=now, since=now)
            fleet.append(Server(known, stuck=self._trace.never_ready(self._launched)))
            self._launched += 1
        self._most = max(self._most, len(fleet))
        return fleet

    def outcome(self, fleet: list[Server]) -> Outcome:
        ways = [b > a for a, b in pairwise(self._desired)]
        carries = self._policy.within(ceil(self._trace.peak / self._share))
        return Outcome(
            violated=self._violated,
            longest=self._longest,
            changes=len(ways),
            flaps=sum(a != b for a, b in pairwise(ways)),
            most=self._most,
            overshoot=max(0, self._most - carries),
            launched=self._launched,
            last=len(fleet),
            instance_hours=round(self._seconds / 3600, 2),
            ideal_hours=round(self._ideal / 3600, 2),
        )
