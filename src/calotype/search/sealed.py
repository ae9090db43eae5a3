"""Whether the files of an index are still as they were written, cheaply.

tantivy writes the files of a segment once, and changes none of them. So one whose size, time or
inode is another than before was changed by somebody else. To read them all, as `intact` does, takes
a second for each gigabyte; this takes a `stat` for each file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

Mark = tuple[int, int, int]


class Sealed:
    """Remembers how the files of one build looked. Looked at by one thread."""

    def __init__(self) -> None:
        self._build: Path | None = None
        self._seen: dict[str, Mark] = {}

    def look(self, build: Path) -> Literal["", "changed", "gone"]:
        """What became of a file of the segments in use since the last time.

        What looks otherwise is taken as it is from now on: told once, for a closer look.
        """
        if build != self._build:
            self._build, self._seen = build, {}
        try:
            with os.scandir(build) as entries:
                there = {entry.name: _mark(entry) for entry in entries}
            used = segments(build)  # afterwards: what is in use now was there a moment ago
        except (OSError, ValueError, KeyError, TypeError):
            return ""  # of the list itself, whoever opens the index finds out
        now = {name: mark for name, mark in there.items() if name.partition(".")[0] in used}
        seen, self._seen = self._seen, now
        still = {name: mark for name, mark in seen.items() if name.partition(".")[0] in used}
        # What was deleted is listed anew, and the old list goes.
        if any(name not in now and not name.endswith(".del") for name in still):
            return "gone"
        return "changed" if any(now.get(name, mark) != mark for name, mark in still.items()) else ""


def segments(build: Path) -> set[str]:
    """The names of the segments in use: what their files begin with."""
    listed = json.loads((build / "meta.json").read_bytes())["segments"]
    return {segment["segment_id"].replace("-", "") for segment in listed}


def _mark(entry: os.DirEntry[str]) -> Mark:
    found = entry.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
