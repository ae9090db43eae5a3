"""Renditions on disk: a folder bounded in bytes and in files that outlives the process.

    <root>/<2 hex digits>/<key>            the body alone, so that nginx can send it as it is
    <root>/<2 hex digits>/<key>.head       content type, size and checksum: the body is complete
    <root>/<2 hex digits>/.<key>.<n>.tmp   being written; renamed when it is complete

The body is put in place before its head, and goes after it: one without the other is nothing, and
goes in time (so does what earlier versions wrote, in one file). Least recently used goes first; the
body's mtime says when that was, so the order survives a restart and several processes may share the
folder. Nothing here raises OSError: a cache that cannot be read or written is a slow cache, not an
error.

What counts is what both files take of the disk: whole blocks, and one inode each.
"""

from __future__ import annotations

import heapq
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from calotype.deliver.head import head_of, joined
from calotype.deliver.verified import Stored, Verified
from calotype.model import Rendition

OnEvent = Callable[[str], None]
"""Called with `damaged`, `evicted`, `write-failed` or `write-skipped`."""

_HEAD = ".head"
_KEY = re.compile(r"[0-9a-f]{8,64}")
_ABANDONED_SECONDS = 60
_KEEP = 0.9
"""Share of the capacity that is left after an eviction, so that not every write evicts."""

_BLOCK = 4096
"""Bytes that files are counted in: the least that one takes on the usual file systems."""

_FILES = 2
"""Of one rendition."""

MOST_FILES = 250_000
"""With 2 GiB, reached by renditions below 16 KiB. A file system has inodes for one in 16 KiB."""

_RESCAN = 16
"""Other processes write too: look at the folder again after writing 1/16 of the capacity."""


class Disk:
    """One thread at a time calls `write`, `drop` and `tidy`; any may call the rest.

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
        self.verified = Verified()

    def read(self, key: str) -> Rendition | None:
        """The rendition, or None; a damaged one is removed and reported."""
        path = self._path(key)
        try:
            head, body = _head(path).read_bytes(), path.read_bytes()
        except OSError:
            self.verified.forget(key)
            return None
        rendition = joined(head, body)
        if rendition is None:
            self._on_event("damaged")
            self._remove(path)
            return None
        self.touch(key)
        self.verified.note(key, rendition)
        return rendition

    def stored(self, key: str) -> Stored | None:
        """What lies there, where this process knows it to be whole. Does not look at the disk."""
        return self.verified.get(key)

    def touch(self, key: str) -> None:
        """It is used now."""
        now = self._clock()
        with suppress(OSError):
            os.utime(self._path(key), (now, now))

    def write(self, key: str, rendition: Rendition) -> None:
        """Keep it, evicting others if need be; on any failure nothing is left behind."""
        head = head_of(rendition)
        size = _used(len(rendition.body)) + _used(len(head))
        if size > self._capacity:
            self._on_event("write-skipped")
            return
        if self._bytes is None or self._unseen > self._capacity // _RESCAN:
            self.tidy()
        if (self._bytes or 0) + size > self._capacity or self._count + _FILES > self._most:
            self.tidy(size)
        if self._store(self._path(key), rendition.body, head):
            self._bytes = (self._bytes or 0) + size
            self._count += _FILES
            self._unseen += size
            self.verified.note(key, rendition)

    def drop(self, key: str) -> None:
        """Remove it, if it is there."""
        path = self._path(key)
        try:
            size = _used(path.stat().st_size) + _BLOCK
        except OSError:
            return
        if self._remove(path) and self._bytes is not None:
            self._bytes -= size
            self._count -= _FILES

    def tidy(self, room: int = 0) -> None:
        """Remove what was abandoned half-written, and the oldest until one more rendition of `room`
        bytes fits; 0: until what is there fits."""
        total = count = 0
        for _, size, _ in self._renditions():
            total, count = total + size, count + _FILES
        more = _FILES if room else 0
        if total + room > self._capacity or count + more > self._most:
            spare = total + room - int(self._capacity * _KEEP)
            files = count + more - int(self._most * _KEEP)
            for size, path in self._oldest(spare, -(-files // _FILES)):
                if self._remove(Path(path)):
                    self._on_event("evicted")
                total, count = total - size, count - _FILES
        self._bytes, self._count, self._unseen = total, count, 0

    def _oldest(self, spare: int, least: int) -> list[tuple[int, str]]:
        """Bytes and path of the least recently used: at least so many, and `spare` bytes together.

        The folder may hold far more than is to go, so no more than that is held in memory.
        """
        found: list[tuple[float, int, str]] = []
        held = 0
        for mtime, size, path in self._renditions():
            heapq.heappush(found, (-mtime, size, path))
            held += size
            while len(found) > least and held - found[0][1] >= spare:
                held -= heapq.heappop(found)[1]
        return [(size, path) for _, size, path in sorted(found, reverse=True)]

    def _store(self, path: Path, body: bytes, head: bytes) -> bool:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _head(path).unlink(missing_ok=True)  # it speaks of another body
            self._put(path, body)
            self._put(_head(path), head)
        except OSError:
            self._remove(path)
            self._on_event("write-failed")
            return False
        return True

    def _put(self, path: Path, data: bytes) -> None:
        self._written += 1
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{self._written}.tmp")
        try:
            temporary.write_bytes(data)
            now = self._clock()
            os.utime(temporary, (now, now))
            temporary.replace(path)
        except OSError:
            _unlink(temporary)
            raise

    def _remove(self, path: Path) -> bool:
        """The head first: who still sees that has a whole body, or none."""
        self.verified.forget(path.name)
        _unlink(_head(path))
        return _unlink(path)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a rendition's key is hexadecimal")
        return self._root / key[:2] / key

    def _renditions(self) -> Iterator[tuple[float, int, str]]:
        """When used, bytes taken and body of each; what was abandoned is removed on the way."""
        for folder in _scan(self._root):
            if not folder.name.startswith(".") and folder.is_dir(follow_symlinks=False):
                files = {file.name: file for file in _scan(Path(folder.path))}
                for name, file in files.items():
                    key = name.removesuffix(_HEAD)
                    with suppress(OSError):
                        if key not in files or key + _HEAD not in files:
                            self._sweep(file)
                        elif _KEY.fullmatch(name):
                            stat = file.stat(follow_symlinks=False)
                            yield stat.st_mtime, _used(stat.st_size) + _BLOCK, file.path

    def _sweep(self, file: os.DirEntry[str]) -> None:
        """Remove what nobody writes any more: a temporary file, a body or a head alone."""
        ours = file.name.endswith((".tmp", _HEAD)) or _KEY.fullmatch(file.name)
        if ours and self._clock() - file.stat(follow_symlinks=False).st_mtime > _ABANDONED_SECONDS:
            _unlink(Path(file.path))


def _head(path: Path) -> Path:
    return path.with_name(path.name + _HEAD)


def _used(size: int) -> int:
    """What a file of `size` bytes takes. Not `st_blocks`, which is 0 until it has been flushed."""
    return max(1, -(-size // _BLOCK)) * _BLOCK


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
