"""A real `calotype serve` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx

CALOTYPE = Path(sys.executable).with_name("calotype")
PATIENCE = 60.0
"""Seconds that anything waited for may take at most, on a machine with much else to do."""

T = TypeVar("T")


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The environment without any of our variables, with a user's data directory of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")}
    return {**kept, "XDG_DATA_HOME": str(folder / "home"), "COLUMNS": "80", **variables}


def until(condition: Callable[[], T | None], what: str) -> T:
    """What `condition` returns once that is true; fails after `PATIENCE`."""
    pause, give_up = threading.Event(), time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < give_up, f"{what} did not come about"
        pause.wait(0.02)
    return found


class Service:
    """`calotype serve PICTURES …` on a free port; killed when the block is left."""

    def __init__(self, pictures: Path, folder: Path, *arguments: str, **variables: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "log"
        self.command = [str(CALOTYPE), "serve", str(pictures), "--port", "0", *arguments]
        self._env = environment(folder, **variables)
        self.url = ""

    def __enter__(self) -> Self:
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                self.command, stdout=output, stderr=subprocess.STDOUT, env=self._env
            )
        try:
            self.url = until(self._address, "an address")
            until(lambda: self.get("/readyz").status_code == 200, "readiness")
        except BaseException:
            self.process.kill()
            self.process.wait(PATIENCE)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=PATIENCE)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def raw(self, request: bytes) -> bytes:
        """Everything that is answered to these bytes; the request has to close the connection."""
        with self.connect() as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(1 << 16), b""))

    def target(self, target: bytes) -> bytes:
        """The answer to GET with exactly these bytes as the target."""
        return self.raw(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait for the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def _address(self) -> str | None:
        assert self.process.poll() is None, self.text
        found = re.search(r"at\s+(http://\S+)", self.text)
        return found[1] if found else None


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])
