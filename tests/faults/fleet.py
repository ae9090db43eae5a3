"""`calotype fleet` in a process of its own, seen and steered as an operator would."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from benchmarks.render.processes import tree

from tests.app.service import CALOTYPE, environment
from tests.fleet.programs import PATIENCE, free_port, http, program, short_folder, until

T = TypeVar("T")
PURGE_SECRET = "the purge secret of the tests"
STARTING = 3 * PATIENCE
"""Seconds that a whole fleet may take to be as it is to be."""
PROGRAMS = ("varnishd", "haproxy", "nginx")


@dataclass(frozen=True, slots=True)
class Instance:
    """One of `/status`; `port` is its nginx's."""

    name: str
    state: str
    pid: int
    nginx_pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> httpx.Response:
        return http.get(self.url + path)

    def family(self) -> list[int]:
        """All its processes. One that is just being started again has the pid 0."""
        return [each for pid in (self.nginx_pid, self.pid) for each in below(pid)]

    def kill(self) -> None:
        """All its processes at once, as if its machine lost power."""
        if family := self.family():
            kill(family)


class Fleet:
    """One that runs. `folder` is DIR/fleet: `edge/`, `lb/`, and each instance's own."""

    def __init__(
        self, process: subprocess.Popen[bytes], data: Path, log: Path, ports: tuple[int, int]
    ) -> None:
        self.process, self.data, self.log = process, data, log
        self.folder = data / "fleet"
        self.url, self.admin = (f"http://127.0.0.1:{port}" for port in ports)

    @classmethod
    @contextmanager
    def start(
        cls, source: Path | str, variables: Mapping[str, str], *, least: int = 3,
        most: int | None = None, data: Path | None = None,
    ) -> Iterator[Fleet]:  # fmt: skip
        """A fleet whose first instances are all ready, and have read the source."""
        with cls.begin(source, variables, least=least, most=most, data=data) as made:
            made.wait_ready(least)
            yield made

    @classmethod
    @contextmanager
    def begin(
        cls, source: Path | str, variables: Mapping[str, str], *, least: int,
        most: int | None = None, data: Path | None = None,
    ) -> Iterator[Fleet]:  # fmt: skip
        """One that has just been started."""
        for name in PROGRAMS:
            program(name)
        with short_folder() as short:
            short.chmod(0o755)  # Varnish compiles as another user
            data = data or short / "data"
            made = cls._begin(short, source, least, most or least, data, variables)
            try:
                yield made
            finally:
                made.stop()

    @classmethod
    def _begin(
        cls, short: Path, source: Path | str, least: int, most: int, data: Path,
        variables: Mapping[str, str],
    ) -> Fleet:  # fmt: skip
        ports = free_port(), free_port()
        command = [
            str(CALOTYPE), "fleet", str(source), "--min", str(least), "--max", str(most),
            "--port", str(ports[0]), "--admin-port", str(ports[1]), "--data", str(data),
        ]  # fmt: skip
        given = {"CALOTYPE_PURGE_SECRET": PURGE_SECRET, **variables}
        log = short / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, env=environment(short, **given)
            )
        return cls(process, data, log, ports)

    def stop(self) -> None:
        """SIGTERM ends all of it; what it leaves behind is ended here."""
        family = tree(self.process.pid)
        self.process.send_signal(signal.SIGCONT)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    # What is seen ------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        return dict(http.get(f"{self.admin}/status").json())

    def instances(self, *states: str) -> list[Instance]:
        """Those in one of the states; all, if none is named."""
        found = [
            Instance(
                each["name"], each["state"], each["pid"] or 0, each["nginx_pid"] or 0, each["port"]
            )
            for each in self.status()["instances"]
        ]
        return [each for each in found if not states or each.state in states]

    def instance(self, name: str) -> Instance:
        return next(each for each in self.instances() if each.name == name)

    def pid(self, part: str) -> int:
        """Of `edge`, `load_balancer` or `catalog`."""
        return int(self.status()[part]["pid"])

    def wait_ready(self, number: int) -> list[Instance]:
        """So many instances that are ready, and an edge and a balancer that send to them."""

        def look() -> list[Instance] | None:
            assert self.process.poll() is None, self.text
            try:
                ready = self.instances("ready")
                up = sum(state.startswith("UP") for state in self.places().values())
                # The edge's own look at the load balancer is half a second old at most.
                passes = http.get(f"{self.url}/healthz").status_code == 200
            except (httpx.TransportError, OSError, ValueError, KeyError):
                return None
            return ready if len(ready) == number == up and passes else None

        return self.until(look, f"{number} instances that are ready")

    def until(self, condition: Callable[[], T | None], what: str) -> T:
        """As `tests.fleet.programs.until`; shows all logs when it fails."""
        try:
            return until(condition, what, STARTING)
        except AssertionError:
            print(self.text)
            raise

    def wait_images(self, number: int) -> None:
        """Until each instance finds so many, and no ingest is under way."""

        def settled() -> bool:
            facts = [self.readiness(each) for each in self.instances("ready")]
            return bool(facts) and all(
                each["images"] == number and not each["ingest"]["running"] for each in facts
            )

        self.until(settled, f"{number} images on each instance")

    @staticmethod
    def readiness(instance: Instance) -> dict[str, Any]:
        return dict(instance.get("/readyz").json())

    def ids(self) -> list[str]:
        """Every image that there is, asked of an instance itself."""
        found: list[str] = []
        cursor, instance = "", self.instances("ready")[0]
        while True:
            page = instance.get(f"/search?limit=100{cursor}").json()
            found += [each["id"] for each in page["results"]]
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"

    def metric(self, name: str, **labels: str) -> float:
        """The sum over all instances that answer; 0 where none has it."""
        found = 0.0
        for instance in self.instances("ready", "draining"):
            for line in instance.get("/metrics").text.splitlines():
                named = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
                if named and named[1] == f"calotype_{name}":
                    has = dict(re.findall(r'(\w+)="([^"]*)"', named[2] or ""))
                    if labels.items() <= has.items():
                        found += float(named[3])
        return found

    @property
    def text(self) -> str:
        """What it has said, and the ends of what its parts have."""
        parts = sorted(self.folder.glob("*/*.log"))
        return "\n".join(
            f"== {path}\n{path.read_text(errors='replace')[-most:]}"
            for path, most in [(self.log, 20_000), *((part, 2_000) for part in parts)]
        )

    # What is done ------------------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Through the edge."""
        return http.get(self.url + path, headers=headers)

    def drain(self, name: str) -> None:
        assert http.post(f"{self.admin}/drain/{name}").status_code == 202

    def purge(self, **tags: str) -> None:
        """As an instance does: `soft` and `hard`, tags with spaces between."""
        headers = {f"xkey-{'soft' * (kind == 'soft')}purge": text for kind, text in tags.items()}
        headers["x-purge-key"] = PURGE_SECRET
        assert http.request("PURGE", self.url, headers=headers).status_code == 200

    def tell(self, command: str) -> str:
        """The answer of the load balancer's runtime API."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.folder / "lb" / "haproxy.sock"))
            connection.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()

    def places(self) -> dict[str, str]:
        """The load balancer's places that hold an instance, and their states there."""
        return {row["svname"]: row["status"] for row in self.servers() if row["status"] != "MAINT"}

    def servers(self) -> list[dict[str, str]]:
        """`show stat` of the instances' places."""
        head, *lines = self.tell("show stat").lstrip("# ").splitlines()
        rows = [dict(zip(head.split(","), line.split(","), strict=False)) for line in lines if line]
        return [r for r in rows if r["pxname"] == "instances" and r["svname"] != "BACKEND"]

    def edge_counter(self, name: str) -> int:
        """One of Varnish's own."""
        command = [
            program("varnishstat"),
            "-1",
            "-n",
            str(self.folder / "edge" / "run"),
            "-f",
            name,
        ]
        return int(subprocess.run(command, capture_output=True, text=True).stdout.split()[1])

    def reload_balancer(self) -> None:
        """As docs/operations.md says: keep the places as they are, then SIGUSR2 to the master."""

        def worker() -> str:
            with suppress(OSError):
                lines = self.tell("show info").splitlines()
                return next((line for line in lines if line.startswith("Pid:")), "")
            return ""

        before = worker()
        state = self.folder / "lb" / "servers.state"
        state.write_text(self.tell("show servers state"))
        os.kill(self.pid("load_balancer"), signal.SIGUSR2)
        until(lambda: worker() not in ("", before), "a new worker of the load balancer")

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """The supervisor is stopped, so that nothing is mended while the block runs."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


def below(pid: int) -> list[int]:
    """A process and all that descend from it; none for 0, below which are all of the machine's."""
    return tree(pid) if pid > 1 else []


def tell(pids: list[int], number: signal.Signals) -> None:
    """The signal to all of them that still live."""
    assert min(pids) > 1, "0 would be ourselves"
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def kill(pids: list[int]) -> None:
    tell(pids, signal.SIGKILL)


@contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Processes that neither end nor do anything; all below them, too."""
    family = [each for pid in pids for each in below(pid)]
    tell(family, signal.SIGSTOP)
    try:
        yield
    finally:
        tell(family, signal.SIGCONT)
