"""The edge: Varnish with deploy/edge."""

from __future__ import annotations

import shutil
from string import Template

from calotype.fleet import asking, files, programs
from calotype.fleet.process import Command, Process, Say, Standing
from calotype.fleet.topology import Topology

STORE = "malloc,256M"
INSIDE = "inside"
"""The listener for purges and the supervisor's look; deploy/edge knows it by this name."""
ORIGIN = Template("""\
include "ready.vcl";

backend lb {
    .host = "127.0.0.1";
    .port = "$port";
    .probe = ready;
}

acl purgers {
    "127.0.0.1";
}
""")
"""origin.vcl, as deploy/edge/default.vcl wants it."""


class Edge:
    """Varnish on the port of the whole fleet. `work` is what `varnishlog -n` and its like take.

    It is ready once it has passed a request on to an instance: when there is one, its own probe
    takes a second to find out.
    """

    def __init__(self, topology: Topology, say: Say) -> None:
        self._topology = topology
        self._home = topology.public / "edge"
        self.port, self.work, self.listens = topology.port, self._home / "run", False
        self._passed = 0
        self.process = Process(self._command(), say)

    @property
    def state(self) -> Standing:
        return self.process.standing(answers=self.listens and self._passed == self.process.pid)

    async def start(self) -> None:
        self._configure()
        await self.process.start()

    async def look(self) -> None:
        """Find out how it is. Asked only until it has once passed something on, so as not to be
        counted among the requests."""
        pid, port = self.process.pid, self._topology.inside_port
        self.listens = bool(pid) and await asking.reachable("127.0.0.1", port)
        if self.listens and self._passed != pid:
            answer = await asking.get(port, "/readyz")
            if answer is not None and answer[0] == 200:
                self._passed = pid

    def _command(self) -> Command:
        top, vcl = self._topology, self._home / "vcl"
        lines = (files.deploy() / "edge" / "varnishd.params").read_text().splitlines()
        parameters = [line for line in lines if line and not line.startswith("#")]
        argv = (
            programs.located("varnishd"), "-F", "-n", str(self.work), "-s", STORE,
            "-a", top.edge_address, "-a", f"{INSIDE}=127.0.0.1:{top.inside_port}",
            "-f", str(vcl / "default.vcl"), "-p", f"vcl_path={vcl}",
            *(part for each in parameters for part in ("-p", each)),
        )  # fmt: skip
        secret = {"CALOTYPE_PURGE_SECRET": top.purge_secret}
        return Command("edge/varnishd", argv, top.folder / "edge", secret)

    def _configure(self) -> None:
        """All of its VCL in one place, which the user `vcache` can read."""
        vcl, source = self._home / "vcl", files.deploy() / "edge"
        shutil.rmtree(vcl, ignore_errors=True)
        for folder in (self.process.command.folder, vcl):
            folder.mkdir(parents=True, exist_ok=True)
        for path in source.glob("*.vcl"):
            shutil.copyfile(path, vcl / path.name)
        (vcl / "origin.vcl").write_text(ORIGIN.substitute(port=self._topology.balancer_port))
        for path in (self._home, vcl, *vcl.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
