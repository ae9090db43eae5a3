"""One commit of a build as a stream of bytes, and back: what instances hand to each other.

A tar without compression (the index's own files are compressed already): `snapshot.json` first,
then the files, `meta.json` last, so that one that was cut short has none.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from calotype.search.store import FILE, MANAGED, META, Unusable, intact, open_index, segments_of

LABEL = "snapshot.json"
_CHUNK = 1 << 20
_TRIES = 20


@dataclass(frozen=True, slots=True)
class Label:
    """What a snapshot is of: settings and version of the schema, catalog, last change."""

    fingerprint: str
    epoch: str
    seq: int


class Frozen:
    """The files of one commit, open: the index may go on meanwhile. Close it."""

    def __init__(self, build: Path, label: Label) -> None:
        """Raises Unusable if there is no commit that stays long enough to be opened."""
        self.label = label
        self._build = build
        self._open = ExitStack()
        self._files: dict[str, IO[bytes]] = {}
        for _ in range(_TRIES):
            try:
                self._meta = self._open_all()
            except FileNotFoundError:
                self.close()  # merged away meanwhile
                continue
            if (build / META).read_bytes() == self._meta:
                return
            self.close()
        raise Unusable("it changes too fast to be copied")

    def _open_all(self) -> bytes:
        meta = (self._build / META).read_bytes()
        used = segments_of(meta)
        for file in self._build.iterdir():
            if file.name.partition(".")[0] in used:
                self._files[file.name] = self._open.enter_context(file.open("rb"))
        return meta

    def close(self) -> None:
        self._open.close()
        self._files.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.close()

    def stream(self) -> Iterator[bytes]:
        """All of it, in parts of a megabyte at most."""
        managed = json.dumps([*self._files, META]).encode()  # what tantivy may clear away later
        yield from _member(LABEL, io.BytesIO(json.dumps(asdict(self.label)).encode()))
        yield from _member("epoch", io.BytesIO(self.label.epoch.encode()))
        for name, file in self._files.items():
            yield from _member(name, file)
        yield from _member(MANAGED, io.BytesIO(managed))
        yield from _member(META, io.BytesIO(self._meta))
        yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, file: IO[bytes]) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size = file.seek(0, io.SEEK_END)
    file.seek(0)
    yield info.tobuf()
    while chunk := file.read(_CHUNK):
        yield chunk
    yield bytes(-info.size % tarfile.BLOCKSIZE)


def thaw(parts: Iterator[bytes], build: Path, label: Label, most: int) -> None:
    """Write what `Frozen.stream` gave into the empty folder `build`, and see that it is sound.

    Nothing outside of `build` is written, and no more than `most` bytes. Raises Unusable, and
    OSError if it cannot be written.
    """
    try:
        _unpack(parts, build, most)
        found = json.loads((build / LABEL).read_bytes())
    except (tarfile.TarError, ValueError, FileNotFoundError) as problem:
        raise Unusable("it is cut short or no snapshot", damaged=True) from problem
    if found != asdict(label):
        raise Unusable("it is of another index than its name says")
    if not intact(build):
        raise Unusable("it is damaged", damaged=True)
    open_index(build)


def _unpack(parts: Iterator[bytes], build: Path, most: int) -> None:
    reader = io.BufferedReader(_Parts(parts), _CHUNK)
    total = 0
    with tarfile.open(fileobj=reader, mode="r|", bufsize=_CHUNK) as tar:
        for member in tar:
            total += member.size
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or not (FILE.fullmatch(member.name) or member.name == LABEL):
                raise Unusable("it has a file that no index has")
            if total > most:
                raise Unusable("it is larger than it may be")
            with (build / member.name).open("wb") as file:
                shutil.copyfileobj(content, file, _CHUNK)


class _Parts(io.RawIOBase):
    """Parts one after the other, as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._left = parts, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._left = memoryview(part)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size
