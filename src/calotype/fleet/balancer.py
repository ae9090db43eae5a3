"""The load balancer: HAProxy with deploy/lb, told over its runtime socket who there is."""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import dataclass
from signal import Signals

from calotype.errors import Unusable
from calotype.fleet import asking, files, programs
from calotype.fleet.process import Command, Process, Say, Standing
from calotype.fleet.topology import Topology

RELOAD_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """What it says of one place. `status`: UP, NOLB (says 503), DRAIN, DOWN, MAINT …"""

    status: str
    sessions: int
    queued: int


class Balancer:
    """HAProxy in its master-worker mode."""

    def __init__(self, topology: Topology, say: Say) -> None:
        self._topology, self._say = topology, say
        self.port, self.folder = topology.balancer_port, topology.folder / "lb"
        self._run = topology.sockets / "lb"
        self.process = Process(self._command(), say)
        self.places: dict[str, Place] = {}
        """What it said last; empty while it does not answer."""
        self.queued = self.sessions = 0
        self._changing = asyncio.Lock()
        self._put: dict[str, tuple[int, str]] = {}
        self._told = 0

    @property
    def state(self) -> Standing:
        return self.process.standing(answers=bool(self.places))

    def _command(self) -> Command:
        top = self._topology
        environment = {
            "CALOTYPE_LB_BIND": f"127.0.0.1:{top.balancer_port}",
            "CALOTYPE_LB_STATS": f"127.0.0.1:{top.statistics_port}",
            "CALOTYPE_LB_RUN": str(self._run),
            "CALOTYPE_LB_SLOTS": str(top.slots),
        }
        configuration = str(files.deploy() / "lb" / "haproxy.cfg")
        argv = (programs.located("haproxy"), "-W", "-f", configuration)
        return Command("lb/haproxy", argv, self.folder, environment)

    async def start(self) -> None:
        """Whoever was there in an earlier run is not."""
        for folder in (self.folder, self._run):
            folder.mkdir(exist_ok=True)
        (self._run / "servers.state").write_text("1\n")
        await self.process.start()

    async def look(self) -> None:
        """Ask how everyone is. A new process, after a crash, is told who there is first."""
        pid = self.process.pid
        try:
            if pid and pid != self._told:
                await self._tell_all()
                self._told = pid
            text = await self._tell("show stat")
        except (OSError, TimeoutError):
            self.places = {}
            return
        rows = csv.DictReader(io.StringIO(text.removeprefix("# ")))
        mine = [row for row in rows if row["pxname"] == "instances"]
        self.places = {
            row["svname"]: Place(row["status"].split()[0], int(row["scur"]), int(row["qcur"]))
            for row in mine
            if row["svname"] != "BACKEND"
        }
        for row in mine:
            if row["svname"] == "BACKEND":
                self.sessions, self.queued = int(row["scur"]), int(row["qcur"])

    async def put(self, place: str, port: int) -> None:
        """An instance listens on `port` and can answer."""
        self._put[place] = port, "ready"
        await self._change(place)

    async def drain(self, place: str) -> None:
        """Nothing new for it; what it has it finishes."""
        if place in self._put:
            self._put[place] = self._put[place][0], "drain"
            await self._change(place)

    async def remove(self, place: str) -> None:
        if place in self._put:
            self._put[place] = self._put[place][0], "maint"
            await self._change(place)
            del self._put[place]

    async def reload(self) -> None:
        """Have a new process take over with the places as they are; raises Unusable."""
        async with self._changing:
            try:
                before = await self._worker()
                await self._keep()
                self.process.signal(Signals.SIGUSR2)

                async def taken_over() -> bool:
                    return await self._worker() not in ("", before)

                await asking.until(taken_over, RELOAD_SECONDS, 0.05)
                # What was marked as up or down meanwhile is checked anew; what was put is kept.
                await self._keep()
            except (OSError, TimeoutError) as error:
                raise Unusable(
                    f"The load balancer did not reload ({type(error).__name__})."
                ) from None
        self._say("reloaded", "the load balancer runs with a new process")

    async def _worker(self) -> str:
        """The process that answers now; empty if none does just now."""
        try:
            lines = (await self._tell("show info")).splitlines()
        except (OSError, TimeoutError):
            return ""
        return next((line for line in lines if line.startswith("Pid:")), "")

    async def _change(self, place: str) -> None:
        """Make it so; if it does not answer, it is told when it does."""
        try:
            async with self._changing:
                await self._place(place)
                await self._keep()
        except (OSError, TimeoutError):
            self._told = 0

    async def _tell_all(self) -> None:
        async with self._changing:
            for place in (f"i{n}" for n in range(1, self._topology.slots + 1)):
                if place in self._put:
                    await self._place(place)
                else:
                    await self._tell(f"set server instances/{place} state maint")
            await self._keep()

    async def _place(self, place: str) -> None:
        port, wanted = self._put[place]
        if wanted == "ready":
            await self._tell(f"set server instances/{place} addr 127.0.0.1 port {port}")
            await self._tell(f"enable health instances/{place}")
        await self._tell(f"set server instances/{place} state {wanted}")

    async def _keep(self) -> None:
        """Write down who there is, for the process after the next reload."""
        state = await self._tell("show servers state")
        scratch = self._run / "servers.state.new"
        scratch.write_text(state)
        scratch.replace(self._run / "servers.state")

    async def _tell(self, line: str) -> str:
        return await asking.command(self._run / "haproxy.sock", line)
