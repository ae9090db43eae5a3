"""Real file systems that come, fill up and go; where this user may not mount, a skip says so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(at: Path, megabytes: int) -> Iterator[Path]:
    """A file system in memory that holds so much."""
    at.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(at)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if done.returncode != 0:
        pytest.skip(f"this user may not mount a tmpfs ({done.stderr.strip()})")
    try:
        yield at
    finally:
        # Lazily: a database or index that a failing test left open must not keep it.
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(folder: Path) -> Path:
    """Write a file into the folder until its file system is full; unlink it to have room again."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for block in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(bytes(block))
            except OSError:
                continue
    return filler


def without_privileges() -> Sequence[str]:
    """A prefix to a command that lets permissions count for root too."""
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
