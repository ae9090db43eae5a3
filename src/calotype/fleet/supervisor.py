"""The supervisor: starts the parts of a fleet in order, keeps them, scales them, and ends them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from calotype.errors import NotFound, Unusable
from calotype.fleet import asking, sampling
from calotype.fleet.balancer import Balancer
from calotype.fleet.database import Database
from calotype.fleet.edge import Edge
from calotype.fleet.edge_watch import SAMPLE_EVERY, EdgeWatch
from calotype.fleet.events import Events
from calotype.fleet.member import Member
from calotype.fleet.policy import ScalingPolicy
from calotype.fleet.process import last_words
from calotype.fleet.sampling import Said, Totals
from calotype.fleet.scaling import Decision, Reason, Sample, State, decide, window
from calotype.fleet.topology import Topology

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
COUNT_SECONDS = 1.0
START_SECONDS = 60.0


class Supervisor:
    """All of a fleet. `run` holds it until `stop`; the rest may be asked meanwhile."""

    def __init__(self, topology: Topology, policy: ScalingPolicy) -> None:
        self.topology, self.policy, self.events = topology, policy, Events()
        say = self.events.say
        self.database = None if topology.catalog_url else Database(topology, say)
        self.balancer = Balancer(topology, say)
        self.edge = Edge(topology, say)
        self.watch = EdgeWatch(self.edge.work)
        self.members: dict[str, Member] = {}
        self.said: dict[str, Said] = {}
        self.purges: dict[str, float] = {}
        self.decision: Decision | None = None
        self._state = State(policy.min)
        self._samples: deque[Sample] = deque()
        self._totals: dict[str, Totals] = {}
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def desired(self) -> int:
        return self._state.desired

    def stop(self) -> None:
        """Have `run` end everything and return."""
        self._stopping.set()

    async def run(self) -> None:
        """Start everything, and hold it. Raises Unusable if a part cannot be started."""
        stopping = asyncio.create_task(self._stopping.wait())
        holding = asyncio.create_task(self._hold())
        try:
            await asyncio.wait([stopping, holding], return_when=asyncio.FIRST_COMPLETED)
            if holding.done():
                _raise_first(holding)
        finally:
            await _cancel(stopping, holding)
            await self._end()

    async def drain(self, name: str) -> None:
        """Have an instance go, once another has taken its place where one is needed."""
        member = self.members.get(name)
        if member is None:
            raise NotFound(f"There is no instance {name}.")
        if member.is_there and not member.leaving:
            member.leaving = True
            self.events.say("draining", f"{name} was asked to go, when the others are enough")
            self._decide()
            self._do(self._succeeded(member))

    async def _hold(self) -> None:
        if self.database is not None:
            await self.database.start()
        await self.balancer.start()
        await self.edge.start()
        self._decide()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._every(LOOK_SECONDS, self._look))
            group.create_task(self._every(COUNT_SECONDS, self.watch.count))
            group.create_task(self._every(SAMPLE_EVERY, self.watch.sample))
            group.create_task(self._every(self.policy.period_seconds, self._period))
            group.create_task(self._came_up())

    async def _came_up(self) -> None:
        """The edge and the load balancer stand or fall with their configuration: one that does not
        answer in the beginning never will."""

        async def up() -> bool:
            return self.edge.listens and bool(self.balancer.places)

        try:
            await asking.until(up, START_SECONDS)
        except TimeoutError:
            part = self.balancer if self.edge.listens else self.edge
            words = last_words(part.process.command)
            raise Unusable(f"{part.process.command.name} does not answer: {words}") from None

    async def _look(self) -> None:
        await asyncio.gather(
            self.edge.look(),
            self.balancer.look(),
            *([] if self.database is None else [self.database.look()]),
        )

    async def _period(self) -> None:
        """One datapoint of every instance, and what follows from it."""
        members = [member for member in self.members.values() if member.state == "ready"]
        now = await asyncio.gather(*(sampling.totals(member) for member in members))
        for member, totals in zip(members, now, strict=True):
            said = sampling.between(self._totals.get(member.name), totals, self.topology.share)
            if totals is not None:
                self._count_purges(self._totals.get(member.name), totals)
                self._totals[member.name] = totals
            self.said[member.name] = said
            self._samples.append(
                Sample(time.monotonic(), member.name, said.wait_ms, said.cpu_percent)
            )
        old = time.monotonic() - window(self.policy)
        while self._samples and self._samples[0].at < old:
            self._samples.popleft()
        self._decide()

    def _count_purges(self, before: Totals | None, after: Totals) -> None:
        known = before.purges if before and before.pid == after.pid else {}
        for outcome, count in after.purges.items():
            more = count - known.get(outcome, 0)
            self.purges[outcome] = self.purges.get(outcome, 0) + more

    def _decide(self) -> None:
        """Ask the policy, and do what it says."""
        observed = tuple(member.observed for member in self.members.values())
        state = replace(self._state, instances=observed)
        made = decide(self.policy, state, tuple(self._samples), time.monotonic())
        if made.desired != self._state.desired:
            self.events.say("scaling", _why(self._state.desired, made))
        self._state, self.decision = made.state, made
        for name in (*made.remove, *made.replace):
            self._take_out(
                self.members[name],
                "is replaced" if name in made.replace else "is not needed any more",
            )
        for _ in range(made.launch):
            self._launch()

    def _launch(self) -> None:
        names = (f"i{number}" for number in range(1, self.topology.slots + 1))
        name = next((name for name in names if name not in self.members), None)
        if name is None:
            return  # as many are on their way out as may be in; the next decision asks again
        member = Member(
            name, self.topology, self.topology.ports.take(), self.balancer, self.events.say
        )
        self.members[name] = member
        self._do(self._follow(member))

    async def _follow(self, member: Member) -> None:
        """Look at it for as long as it is there."""
        self.events.say("started", f"{member.name} was started")
        await member.start()
        await self._every(LOOK_SECONDS, member.look, lambda: member.is_there)

    def _take_out(self, member: Member, why: str) -> None:
        if member.state in ("draining", "stopped"):
            return
        self.events.say("draining", f"{member.name} {why}")
        member.leave()
        self._do(self._drained(member))

    async def _succeeded(self, member: Member) -> None:
        """Take it out when others are enough, or have had the time that one may take to start."""

        async def enough() -> bool:
            others = [m for m in self.members.values() if m.state == "ready" and not m.leaving]
            return len(others) >= self.desired

        with suppress(TimeoutError):
            await asking.until(enough, self.policy.startup_seconds, LOOK_SECONDS)
        self._take_out(member, "goes, as it was asked to")

    async def _drained(self, member: Member) -> None:
        await member.drain()
        for kept in (self.members, self.said, self._totals):
            kept.pop(member.name, None)
        self.topology.ports.give_back(member.port)
        if int(member.name[1:]) > self.policy.max:
            # There for as long as others were on their way out; its place is rarely needed again.
            await asyncio.to_thread(member.forget)
        self.events.say("stopped", f"{member.name} has finished and ended")

    def _do(self, work: Awaitable[None]) -> None:
        """Have it done beside all else; what goes wrong is told."""

        async def told() -> None:
            try:
                await work
            except Exception as error:
                self._problem(error)

        task = asyncio.create_task(told())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _every(
        self,
        seconds: float,
        work: Callable[[], Awaitable[object]],
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Again and again, `seconds` from one beginning to the next if it does not take longer.
        Whatever goes wrong once is told: the parts must not end because a look at them failed."""
        loop = asyncio.get_running_loop()
        while go_on():
            began = loop.time()
            try:
                await work()
            except Exception as error:
                self._problem(error)
            await asyncio.sleep(max(0.05, seconds - (loop.time() - began)))

    def _problem(self, error: Exception) -> None:
        log.warning("in the supervisor", exc_info=error)
        self.events.say("problem", f"{type(error).__name__}: {error}")

    async def _end(self) -> None:
        """From the outside in, so that nobody is asked any more when it goes."""
        self.events.say("stopped", "all of it is ended, from the edge inwards")
        await _cancel(*self._tasks)
        await self.edge.process.stop()
        await self.balancer.process.stop()
        await asyncio.gather(*(member.stop() for member in self.members.values()))
        if self.database is not None:
            await self.database.stop()


def _raise_first(task: asyncio.Task[None]) -> None:
    """What the task raised; of several, that come as a group, the first."""
    error = task.exception()
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if error is not None:
        raise error


async def _cancel(*tasks: asyncio.Task[object] | asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _why(before: int, made: Decision) -> str:
    wait = "no wait" if made.wait_ms is None else f"a wait of {made.wait_ms:.0f} ms"
    cpu = "unknown CPU" if made.cpu_percent is None else f"CPU at {made.cpu_percent:.0f} %"
    reason = {
        Reason.SCALE_OUT: f"{wait}, {cpu}",
        Reason.SCALE_IN: f"calm: {wait}, {cpu}",
        Reason.BOUNDS: "the bounds",
    }.get(made.reason, made.reason.value)
    return f"{before} → {made.desired} instances ({reason})"
