"""One instance of a fleet: `calotype serve` on a Unix socket, and nginx in front of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import time
from signal import Signals
from typing import Literal

from calotype.fleet import asking, instance, leftovers, programs
from calotype.fleet.balancer import Balancer
from calotype.fleet.headway import Headway
from calotype.fleet.process import Command, Process, Say
from calotype.fleet.scaling import Instance
from calotype.fleet.topology import DRAIN_SECONDS, LEAVING_SECONDS, Topology

GIVES_UP = 5
READY_SECONDS = 5.0
"""An index that is being loaded keeps an instance from answering at once."""
MISSES = 3
"""So often in a row an instance that was ready may leave the question open: having much to do is no
fault."""

Standing = Literal["starting", "ready", "draining", "stopped", "failed"]


class Member:
    """Made with `start`, taken out with `drain`; in between, `look` says how it stands."""

    def __init__(
        self, name: str, topology: Topology, port: int, balancer: Balancer, say: Say
    ) -> None:
        self._drain_seconds = topology.drain_seconds
        self.name, self.port, self.folder = name, port, topology.folder / name
        self.launched = self.since = time.monotonic()
        self.state: Standing = "starting"
        self.leaving = False
        """It has been asked to go, and stays until others do its work."""
        self.seq: int | None = None
        self._balancer, self._say, self._placed, self._missed = balancer, say, False, 0
        self._headway = Headway()
        self._socket, self._front = topology.sockets / name / "app.sock", self.folder / "nginx"
        self.app = Process(self._app(topology), say, gives_up=GIVES_UP)
        self.nginx = Process(self._nginx(), say, gives_up=GIVES_UP)

    @property
    def observed(self) -> Instance:
        """As the scaling policy sees it. One that is being started again is not ready; it has
        failed only when that was given up."""
        state: Literal["unready", "ready", "draining", "failed"]
        match "stopped" if self.leaving else self.state:
            case "ready" | "draining" | "failed" as same:
                state = same
            case "stopped":
                state = "draining"
            case "starting":
                state = "unready"
        return Instance(self.name, state, self.launched, self.since)

    @property
    def is_there(self) -> bool:
        """Not on its way out."""
        return self.state not in ("draining", "stopped")

    def cpu_ticks(self) -> int:
        """CPU time of the processes that run now, in clock ticks."""
        pids = [self.app.pid, *(seen.pid for seen in _group(self.nginx.pid))]
        return sum(seen.ticks for pid in pids if pid and (seen := leftovers.look(pid)))

    async def start(self) -> None:
        """Returns once it was started; it is in use when `look` has found it ready."""
        for folder in (self.folder, self.folder / "data", self._front, self._socket.parent):
            folder.mkdir(exist_ok=True)
        self._configure()
        await self.app.start()
        await self.nginx.start()

    async def look(self) -> None:
        """Find out how it is, and put it behind the load balancer the first time it is ready."""
        if not self.is_there or self.state == "failed":
            return
        if self.app.failed or self.nginx.failed:
            self._become("failed")
            return
        # Without the socket nginx would only complain.
        there = self._socket.exists()
        answer = await asking.get(self.port, "/readyz", READY_SECONDS) if there else None
        self._missed = self._missed + 1 if answer is None else 0
        if not self.is_there or (0 < self._missed < MISSES and self.state == "ready"):
            return
        ready = answer is not None and answer[0] == 200
        if ready and answer is not None:
            self.seq = _seq(answer[1])
        if ready and not self._placed:
            self._placed = True
            await self._balancer.put(self.name, self.port)
            if not self.is_there:
                return  # was taken out meanwhile, by one who could not know that it was put
            self._say(
                "ready",
                f"{self.name} is ready, {time.monotonic() - self.launched:.1f} s after its start",
            )
        self._become("ready" if ready else "starting")
        if ready:
            self._headway.forget()
        elif answer is not None and self._headway.made(answer[1]):
            self.since = time.monotonic()  # it is on its way, and has all of its time again

    def leave(self) -> None:
        """It counts no more from now on; `drain` does what is to be done."""
        self._become("draining")

    async def drain(self) -> None:
        """Take it out and end it; requests under way are finished first."""
        self.leave()
        await self._balancer.drain(self.name)
        # `/readyz` is 503 from now on, and the app goes on answering for `LEAVING_SECONDS`.
        self.app.expect_end()
        self.app.signal(Signals.SIGTERM)
        await self._emptied()
        await asyncio.gather(self.nginx.stop(), self.app.stop())
        await self._balancer.remove(self.name)
        self._become("stopped")

    async def stop(self) -> None:
        """End it now: nobody asks it any more."""
        self._become("stopped")
        self.app.expect_end()
        self.app.signal(Signals.SIGTERM)
        await self.nginx.stop(Signals.SIGTERM)
        await self.app.stop(Signals.SIGTERM)  # a second one: it does not wait to be taken out

    def forget(self) -> None:
        """Remove what it held, all of which can be made again; its logs stay."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    async def _emptied(self) -> None:
        """Wait until the load balancer has nothing under way there."""
        give_up = time.monotonic() + self._drain_seconds
        while self._placed and time.monotonic() < give_up:
            await self._balancer.look()
            place = self._balancer.places.get(self.name)
            if place is None or (place.status not in ("UP", "no") and not place.sessions):
                return
            await asyncio.sleep(0.1)

    def _become(self, state: Standing) -> None:
        if not self.is_there and state != "stopped":
            return
        if state != self.state:
            self.state, self.since = state, time.monotonic()

    def _app(self, topology: Topology) -> Command:
        environment = {
            **topology.instance_environment(self.folder / "data"),
            **instance.app_environment(self._socket, LEAVING_SECONDS),
            # Where it notes its data folder as the one used last, which is not the user's doing.
            "XDG_DATA_HOME": str(self.folder),
        }
        argv = (sys.executable, "-m", "calotype", "serve")
        return Command(
            f"{self.name}/app", argv, self.folder, environment,
            stop_seconds=DRAIN_SECONDS + 10, orphaned=Signals.SIGKILL, trusted=True,
        )  # fmt: skip

    def _nginx(self) -> Command:
        user = "root" if os.geteuid() == 0 else ""
        argv = instance.nginx_command(programs.located("nginx"), self._front, user)
        return Command(f"{self.name}/nginx", tuple(argv), self.folder, stop=Signals(instance.STOP))

    def _configure(self) -> None:
        renditions = self.folder / "data" / "renditions"
        texts = instance.nginx_files(f"127.0.0.1:{self.port}", self._socket, renditions)
        for name, text in texts.items():
            (self._front / name).write_text(text, encoding="utf-8")


def _seq(body: bytes) -> int | None:
    try:
        seq = json.loads(body).get("seq")
    except (ValueError, AttributeError):
        return None
    return seq if isinstance(seq, int) else None


def _group(leader: int) -> list[leftovers.Seen]:
    return list(leftovers.group(leader)) if leader else []
