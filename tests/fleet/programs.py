"""Debian's programs with the configuration of deploy/, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
PATIENCE = 60.0
"""Seconds that anything waited for may take at most, on a machine with much else to do."""
SECRET = "a secret of the tests"
PACKAGES = {"varnishd": "varnish varnish-modules", "varnishtest": "varnish varnish-modules",
            "varnishstat": "varnish",
            "haproxy": "haproxy", "nginx": "nginx"}  # fmt: skip

T = TypeVar("T")

http = httpx.Client(verify=False, timeout=PATIENCE)


def program(name: str) -> str:
    """Where it lies; skips the test if it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"no {name} is installed (Debian: {PACKAGES[name]})")
    return found


def until(condition: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """What `condition` returns once that is true; fails after `patience` seconds."""
    pause, give_up = threading.Event(), time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < give_up, f"{what} did not come about"
        pause.wait(0.02)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder for Unix sockets, whose paths may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="calotype-") as folder:
        yield Path(folder)


@contextmanager
def running(command: list[str], log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """The program while the block runs; ended afterwards, whatever happened."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **variables}
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        if process.poll() is None:
            process.kill()
            process.wait(PATIENCE)


def answers(url: str) -> Callable[[], bool]:
    """Whether anything answers there at all."""

    def ask() -> bool:
        try:
            http.get(url)
        except httpx.TransportError:
            return False
        return True

    return ask


class Edge:
    """Varnish in front of what listens at `lb`, a port of loopback."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @classmethod
    @contextmanager
    def start(cls, lb: int) -> Iterator[Edge]:
        varnishd = program("varnishd")
        with short_folder() as folder:
            folder.chmod(0o755)  # the VCL is compiled by another user
            origin = (DEPLOY / "edge" / "local" / "origin.vcl").read_text()
            (folder / "origin.vcl").write_text(origin.replace("8090", str(lb)))
            edge = cls(free_port())
            lines = (DEPLOY / "edge" / "varnishd.params").read_text().splitlines()
            parameters = [line for line in lines if line and not line.startswith("#")]
            command = [
                varnishd, "-F", "-n", str(folder / "run"), "-a", f"127.0.0.1:{edge.port}",
                "-f", str(DEPLOY / "edge" / "default.vcl"), "-s", "malloc,64M", "-T", "none",
                "-p", f"vcl_path={folder}:{DEPLOY / 'edge'}",
                *(part for each in parameters for part in ("-p", each)),
            ]  # fmt: skip
            with running(command, folder / "log", CALOTYPE_PURGE_SECRET=SECRET) as process:
                until(
                    lambda: process.poll() is not None or answers(edge.url)(),
                    "an answer of the edge",
                )
                assert process.poll() is None, (folder / "log").read_text()
                yield edge

    def purge(self, **tags: str) -> httpx.Response:
        """`soft` and `hard`: tags with spaces between."""
        headers = {"x-purge-key": SECRET}
        headers |= {f"xkey-{'soft' * (kind == 'soft')}purge": value for kind, value in tags.items()}
        return http.request("PURGE", self.url, headers=headers)


class Balancer:
    """HAProxy; `put` an instance in a place, then `wait` for its state."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], port: int) -> None:
        self.folder, self.process, self.port = folder, process, port
        self.url = f"http://127.0.0.1:{port}"

    @classmethod
    @contextmanager
    def start(cls, **variables: str) -> Iterator[Balancer]:
        haproxy = program("haproxy")
        with short_folder() as folder:
            (folder / "servers.state").write_text("1\n")
            port = free_port()
            given = {
                "CALOTYPE_LB_BIND": f"127.0.0.1:{port}",
                "CALOTYPE_LB_STATS": f"127.0.0.1:{free_port()}",
                "CALOTYPE_LB_RUN": str(folder),
                "CALOTYPE_LB_SLOTS": "4",
                "CALOTYPE_LB_SLOWSTART": "0",
                **variables,
            }
            command = [haproxy, "-W", "-f", str(DEPLOY / "lb" / "haproxy.cfg")]
            with running(command, folder / "log", **given) as process:
                made = cls(folder, process, port)
                until(
                    lambda: process.poll() is not None or answers(made.url + "/lbz")(),
                    "an answer of the load balancer",
                )
                assert process.poll() is None, (folder / "log").read_text()
                made.stats = f"http://{given['CALOTYPE_LB_STATS']}"
                yield made

    stats = ""

    def tell(self, command: str) -> str:
        """The answer of the runtime API."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.folder / "haproxy.sock"))
            connection.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()

    def put(self, place: str, port: int) -> None:
        for command in (
            f"set server instances/{place} addr 127.0.0.1 port {port}",
            f"set server instances/{place} state ready",
            f"enable health instances/{place}",
        ):
            self.tell(command)

    def state(self, place: str) -> str:
        rows = (row.split(",") for row in self.tell("show stat").splitlines())
        return next(row[17] for row in rows if row[:2] == ["instances", place])

    def wait(self, place: str, *states: str) -> None:
        until(lambda: self.state(place) in states, f"{place} being {' or '.join(states)}")

    def reload(self) -> None:
        """Keep the places as they are, and have a new process take over."""
        before = self._worker()
        (self.folder / "servers.state").write_text(self.tell("show servers state"))
        self.process.send_signal(12)  # SIGUSR2
        until(lambda: self._worker() not in ("", before), "a new worker")

    def _worker(self) -> str:
        try:
            lines = self.tell("show info").splitlines()
        except OSError:
            return ""
        return next((line for line in lines if line.startswith("Pid:")), "")
