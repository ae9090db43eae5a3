"""Samples of a fleet: the last minutes in memory for the views, and all of them in a file."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import Any

import orjson

from calotype.errors import Unusable

KEPT = 900
SAMPLE_SECONDS = 1.0


class Recording:
    """Appends one JSON line a sample. Each is written in one piece, so that whoever reads along,
    or a crash, never sees half of one before another."""

    def __init__(self, path: Path | None) -> None:
        self.recent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._file = None if path is None else _open(path)

    def add(self, sample: dict[str, Any]) -> None:
        self.recent.append(sample)
        if self._file is not None:
            os.write(self._file, orjson.dumps(sample, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise Unusable(
            f"{path} cannot be written ({error.strerror}); choose another --record."
        ) from None


def read(path: Path) -> list[dict[str, Any]]:
    """The samples of a recording; a last line that was cut short is left out. Raises Unusable."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise Unusable(f"{path} cannot be read ({error.strerror}).") from None
    samples = []
    for number, line in enumerate(lines, 1):
        try:
            sample = orjson.loads(line)
            _ = sample["at"], sample["edge"], sample["instances"], sample["scaling"]
        except (ValueError, TypeError, KeyError):
            if number == len(lines):
                break
            raise Unusable(f"{path}: line {number} is no sample of a fleet.") from None
        samples.append(sample)
    if not samples:
        raise Unusable(f"{path} holds no samples.")
    return samples
