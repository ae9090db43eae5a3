"""Renditions on disk: a folder bounded in bytes and in files that outlives the process.

    <root>/<2 hex digits>/<key>            one rendition: header, content type, body
    <root>/<2 hex digits>/.<key>.<n>.tmp   being written; renamed when it is complete

Least recently used goes first; the file's mtime says when that was, so the order survives a
restart and several processes may share the folder. Nothing here raises OSError: a cache that
cannot be read or written is a slow cache, not an error.

What counts is what a file takes of the disk: whole blocks, and one inode.
"""

from __future__ import annotations

import heapq
import os
import re
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from calotype.model import Rendition

OnEvent = Callable[[str], None]
"""Called with `damaged`, `evicted`, `write-failed` or `write-skipped`."""

_MAGIC = b"CAL1"
_HEAD = struct.Struct(">4sIIIHQ")
"""Magic, CRC-32 of all that follows it, width, height, length of content type, of body."""

_KEY = re.compile(r"[0-9a-f]{8,64}")
_ABANDONED_SECONDS = 60
_KEEP = 0.9
"""Share of the capacity that is left after an eviction, so that not every write evicts."""

_BLOCK = 4096
"""Bytes that files are counted in: the least that one takes on the usual file systems."""

MOST_FILES = 250_000
"""With 2 GiB, reached by renditions below 8 KiB. A file system has inodes for one in 16 KiB."""

_RESCAN = 16
"""Other processes write too: look at the folder again after writing 1/16 of the capacity."""


class Disk:
    """One thread at a time calls `write`, `drop` and `tidy`; any may call `read`.

    `capacity`: bytes, of whole blocks. `most`: files.
    """

    def __init__(
        self,
        root: Path,
        capacity: int,
        on_event: OnEvent = lambda event: None,
        clock: Callable[[], float] = time.time,
        most: int = MOST_FILES,
    ) -> None:
        self._root, self._capacity, self._most = root, capacity, most
        self._on_event, self._clock = on_event, clock
        self._bytes: int | None = None
        self._count = 0
        self._unseen = 0
        self._written = 0

    def read(self, key: str) -> Rendition | None:
        """The rendition, or None; a damaged file is removed and reported."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        rendition = _unpack(data)
        if rendition is None:
            self._on_event("damaged")
            _remove(path)
            return None
        now = self._clock()
        with suppress(OSError):
            os.utime(path, (now, now))
        return rendition

    def write(self, key: str, rendition: Rendition) -> None:
        """Keep it, evicting others if need be; on any failure nothing is left behind."""
        data = _pack(rendition)
        size = _used(len(data))
        if size > self._capacity:
            self._on_event("write-skipped")
            return
        if self._bytes is None or self._unseen > self._capacity // _RESCAN:
            self.tidy()
        if (self._bytes or 0) + size > self._capacity or self._count >= self._most:
            self.tidy(size)
        if self._store(self._path(key), data):
            self._bytes = (self._bytes or 0) + size
            self._count += 1
            self._unseen += size

    def drop(self, key: str) -> None:
        """Remove it, if it is there."""
        path = self._path(key)
        try:
            size = _used(path.stat().st_size)
        except OSError:
            return
        if _remove(path) and self._bytes is not None:
            self._bytes -= size
            self._count -= 1

    def tidy(self, room: int = 0) -> None:
        """Remove what was abandoned half-written, and the oldest until one more file of `room`
        bytes fits; 0: until what is there fits."""
        total = count = 0
        for _, size, _ in self._files():
            total, count = total + size, count + 1
        more = 1 if room else 0
        if total + room > self._capacity or count + more > self._most:
            spare = total + room - int(self._capacity * _KEEP)
            for size, path in self._oldest(spare, count + more - int(self._most * _KEEP)):
                if _remove(Path(path)):
                    self._on_event("evicted")
                total, count = total - size, count - 1
        self._bytes, self._count, self._unseen = total, count, 0

    def _oldest(self, spare: int, files: int) -> list[tuple[int, str]]:
        """Bytes and path of the least recently used: at least `files`, and `spare` bytes together.

        The folder may hold far more than is to go, so no more than that is held in memory.
        """
        found: list[tuple[float, int, str]] = []
        held = 0
        for mtime, size, path in self._files():
            heapq.heappush(found, (-mtime, size, path))
            held += size
            while len(found) > files and held - found[0][1] >= spare:
                held -= heapq.heappop(found)[1]
        return [(size, path) for _, size, path in sorted(found, reverse=True)]

    def _store(self, path: Path, data: bytes) -> bool:
        self._written += 1
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{self._written}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            now = self._clock()
            os.utime(temporary, (now, now))
            temporary.replace(path)
        except OSError:
            _remove(temporary)
            self._on_event("write-failed")
            return False
        return True

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a rendition's key is hexadecimal")
        return self._root / key[:2] / key

    def _files(self) -> Iterator[tuple[float, int, str]]:
        """mtime, bytes used and path of each rendition; abandoned files are removed on the way."""
        for entry in _scan(self._root):
            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                for file in _scan(Path(entry.path)):
                    with suppress(OSError):
                        stat = file.stat(follow_symlinks=False)
                        if not file.name.endswith(".tmp"):
                            yield stat.st_mtime, _used(stat.st_size), file.path
                        elif self._clock() - stat.st_mtime > _ABANDONED_SECONDS:
                            _remove(Path(file.path))


def _used(size: int) -> int:
    """What a file of `size` bytes takes. Not `st_blocks`, which is 0 until it has been flushed."""
    return max(1, -(-size // _BLOCK)) * _BLOCK


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _pack(rendition: Rendition) -> bytes:
    kind = rendition.content_type.encode("ascii")
    sizes = (rendition.width, rendition.height, len(kind), len(rendition.body))
    head = _HEAD.pack(_MAGIC, 0, *sizes)[8:]
    crc = zlib.crc32(rendition.body, zlib.crc32(head + kind))
    return b"".join((_HEAD.pack(_MAGIC, crc, *sizes), kind, rendition.body))


def _unpack(data: bytes) -> Rendition | None:
    """None where a single bit is not as it was written."""
    if len(data) < _HEAD.size:
        return None
    magic, crc, width, height, kind_size, size = _HEAD.unpack_from(data)
    if magic != _MAGIC or len(data) != _HEAD.size + kind_size + size:
        return None
    if zlib.crc32(memoryview(data)[8:]) != crc:
        return None
    start = _HEAD.size + kind_size
    return Rendition(data[start:], data[_HEAD.size : start].decode("ascii"), width, height)
