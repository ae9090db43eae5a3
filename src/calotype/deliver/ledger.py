"""Which renditions were encoded slowly, and whether that was worth it: a small file of lines.

    +<key>   the slow one is delivered
    -<key>   the quick one is: the slow one was no better, or failed; it is not tried again

Lines are appended, so several processes may share the file; each knows what was there when it
began, and what it wrote. A line that cannot be read is skipped. Nothing here raises OSError: what
is not remembered is tried again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

MOST = 100_000
"""Renditions that are remembered, about 20 MB of memory; the oldest are forgotten first."""

_LINE = re.compile(rb"([+-])([0-9a-f]{8,64})\n")

Write = Callable[[Callable[[], None]], None]
"""Runs a job that may wait for the disk, in order."""


class Ledger:
    """Kept in memory, and in the file where there is a path. `write` sees to it in its time."""

    def __init__(
        self, path: Path | None = None, write: Write = lambda job: job(), most: int = MOST
    ) -> None:
        self._path, self._write, self._most = path, write, most
        self._known: OrderedDict[str, bool] = OrderedDict()
        if path is not None:
            self._read(path)

    def get(self, key: str) -> bool | None:
        """Whether the slow one is delivered; None where it was not tried."""
        return self._known.get(key)

    def put(self, key: str, slow: bool) -> None:
        self._learn(key, slow)
        path = self._path
        if path is not None:
            line = _line(key, slow)
            self._write(lambda: _append(path, line))

    def _learn(self, key: str, slow: bool) -> None:
        self._known.pop(key, None)
        self._known[key] = slow
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def _read(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except OSError:
            return
        for sign, key in _LINE.findall(data):
            self._learn(key.decode(), sign == b"+")
        kept = b"".join(_line(key, slow) for key, slow in self._known.items())
        if len(kept) < len(data):
            # Too long, or ends in half a line, which the next one would be lost with.
            temporary = path.with_name(f"{path.name}.tmp")
            with suppress(OSError):
                temporary.write_bytes(kept)
                temporary.replace(path)


def _line(key: str, slow: bool) -> bytes:
    return b"%s%s\n" % (b"+" if slow else b"-", key.encode())


def _append(path: Path, line: bytes) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(line)
