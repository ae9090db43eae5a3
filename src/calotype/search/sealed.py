"""Whether the files of an index are still as they were written, cheaply.

tantivy writes the files of a segment once, and changes none of them. So one whose size, time or
inode is another than before was changed by somebody else. To read them all, as `intact` does, takes
a second for each gigabyte; this takes a `stat` for each file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

Mark = tuple[int, int, int]


class Sealed:
    """Remembers how the files of one build looked. Looked at by one thread."""

    def __init__(self) -> None:
        self._build: Path | None = None
        self._seen: dict[str, Mark] = {}

    def broken(self, build: Path) -> bool:
        """Whether a file of the segments in use has gone, or looks otherwise than the last time.

        What looks otherwise now is taken as it is from now on: tell once, then look closer.
        """
        if build != self._build:
            self._build, self._seen = build, {}
        try:
            used = segments(build)
            with os.scandir(build) as entries:
                now = {e.name: _mark(e) for e in entries if e.name.partition(".")[0] in used}
        except (OSError, ValueError, KeyError, TypeError):
            return False  # of the list itself, whoever opens the index finds out
        seen, self._seen = self._seen, now
        return any(
            name not in now or now[name] != mark
            for name, mark in seen.items()
            if name.partition(".")[0] in used and not (name.endswith(".del") and name not in now)
        )


def segments(build: Path) -> set[str]:
    """The names of the segments in use: what their files begin with."""
    listed = json.loads((build / "meta.json").read_bytes())["segments"]
    return {segment["segment_id"].replace("-", "") for segment in listed}


def _mark(entry: os.DirEntry[str]) -> Mark:
    found = entry.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
