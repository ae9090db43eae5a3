"""A whole fleet, as `calotype fleet` starts it, and what is asked of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from calotype.fleet import leftovers, programs

from .programs import free_port, http, until

PATIENCE = 240.0
"""Seconds for what starts several interpreters on a machine with much else to do."""
QUICK = {
    "CALOTYPE_SCALING_PERIOD_SECONDS": "0.5",
    "CALOTYPE_SCALING_SCALE_OUT_DATAPOINTS": "1",
    "CALOTYPE_SCALING_SCALE_IN_DATAPOINTS": "2",
    "CALOTYPE_SCALING_SCALE_OUT_COOLDOWN_SECONDS": "0",
    "CALOTYPE_SCALING_SCALE_IN_COOLDOWN_SECONDS": "0",
    "CALOTYPE_SCALING_WARMUP_SECONDS": "0",
    "CALOTYPE_SCALING_STARTUP_SECONDS": str(PATIENCE),
    "CALOTYPE_SCALING_TARGET_WAIT_MS": "0.001",
    "CALOTYPE_SCALING_TARGET_CPU_PERCENT": "100",
}
"""Any render at all asks for more instances, and without renders there are soon fewer."""


class Fleet:
    """`calotype fleet`, with its edge on `url` and its supervisor on `admin`."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self._source = folder, source
        self.port, self.admin_port = free_port(), free_port()
        self.url, self.admin = (f"http://127.0.0.1:{port}" for port in (self.port, self.admin_port))
        self.process: subprocess.Popen[bytes]

    def command(self, *options: str) -> list[str]:
        return [
            sys.executable, "-m", "calotype", "fleet", str(self._source), "--data",
            str(self.folder / "data"), "--port", str(self.port), "--admin-port",
            str(self.admin_port), *options,
        ]  # fmt: skip

    def start(self, *options: str, **variables: str) -> None:
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                self.command(*options), stdout=out, stderr=out, env={**os.environ, **variables}
            )

    @property
    def output(self) -> str:
        return (self.folder / "out").read_text()

    def status(self) -> dict[str, Any]:
        """Empty while it does not answer."""
        assert self.process.poll() is None, self.output
        try:
            return dict(http.get(self.admin + "/status").json())
        except (httpx.TransportError, json.JSONDecodeError):
            return {}

    def instances(self, state: str = "ready") -> dict[str, dict[str, Any]]:
        return {i["name"]: i for i in self.status().get("instances", []) if i["state"] == state}

    def is_up(self, instances: int) -> bool:
        now = self.status()
        parts = [now[part]["state"] for part in ("edge", "load_balancer", "catalog")] if now else []
        return parts == ["ready"] * 3 and len(self.instances()) == instances

    def wait(self, instances: int) -> None:
        until(lambda: self.is_up(instances), f"{instances} instances, all ready", PATIENCE)

    def pids(self) -> list[int]:
        """Of everything that it has started."""
        now = self.status()
        parts = [now[part]["pid"] for part in ("edge", "load_balancer", "catalog")]
        parts += [i[key] for i in now["instances"] for key in ("pid", "nginx_pid")]
        return [pid for pid in parts if pid]

    def events(self, kind: str) -> list[str]:
        return [event["text"] for event in self.status()["events"] if event["kind"] == kind]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def left(pids: list[int]) -> list[int]:
    """Those whose process group has anybody in it."""
    return [pid for pid in pids if next(leftovers.group(pid), None)]


def pictures(folder: Path) -> Path:
    folder.mkdir()
    for name, color in (("red-kite", "red"), ("blue-boat", "blue"), ("green-hill", "green")):
        Image.new("RGB", (1200, 800), color).save(folder / f"{name}.jpg")
    return folder


@contextmanager
def started(folder: Path, *options: str, **variables: str) -> Iterator[Fleet]:
    """A fleet while the block runs; skips the test where a program is missing."""
    import pytest

    if absent := programs.missing(database=True):
        pytest.skip(f"not installed (Debian): {' '.join(absent)}")
    fleet = Fleet(folder, pictures(folder / "pictures"))
    fleet.start(*options, **variables)
    try:
        yield fleet
    finally:
        if fleet.process.poll() is None:
            fleet.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                fleet.process.wait(60)
        if fleet.process.poll() is None:
            fleet.process.kill()
            fleet.process.wait()
        if (folder / "data" / "fleet").is_dir():
            leftovers.end(folder / "data" / "fleet")
