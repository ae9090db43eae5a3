"""The real `calotype serve`, for what looks at it from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

CALOTYPE = Path(sys.executable).with_name("calotype")
PATIENCE = 120.0
"""Seconds that a library may take until its images and their colours are there."""


@contextmanager
def served(source: Path) -> Iterator[str]:
    """The URL of `calotype serve`, its images looked at, until the block is left.

    No setting of the environment reaches it. SystemExit where it does not get ready.
    """
    with socket.socket() as probe, tempfile.TemporaryDirectory() as data:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        command = [str(CALOTYPE), "serve", str(source), "--data", data, "--port", port]
        env = {
            name: value for name, value in os.environ.items() if not name.startswith("CALOTYPE_")
        }
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_looked_at(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_until_looked_at(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        try:
            state = httpx.get(f"{url}/readyz", timeout=2)
            if state.is_success and not (state.json().get("ingest") or {}).get("running"):
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    sys.exit(f"calotype serve did not get ready at {url}")
