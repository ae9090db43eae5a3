"""Waiting for a real condition, with a bound."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import httpx

PATIENCE = 60.0
"""Seconds that a service may take to become ready: it ingests first."""


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when `/readyz` says 200; raises with the service's own words if it ends or is late."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass  # not listening yet
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the service did not become ready:\n{log.read_text(errors='replace')}")
