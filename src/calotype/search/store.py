"""Where the index lies on disk: one folder for each build, and a pointer to the one in use.

<path>/current            the name of the build in use; replaced in one step
<path>/<schema>-<random>/ a build: tantivy's own files, the epoch of the catalog, and the `seq` of
                          the last change that was committed
<path>/damaged            left by a reader that found the build unreadable
<path>/writer.lock        held (flock) by the one writer; the kernel frees it when that dies
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import re
import secrets
import shutil
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import tantivy

from calotype.search.config import SearchConfig
from calotype.search.schema import fingerprint, schema

META, MANAGED = "meta.json", ".managed.json"
"""Tantivy's list of the segments in use, and of all files that it may remove."""
FILE = re.compile(r"[0-9a-f]{32}(\.[0-9]{1,20})?\.[a-z]{1,16}|epoch|meta\.json|\.managed\.json")
"""The names of the files of a build."""
_FOOTER_MAGIC = 1337
RECORD_BLOCK = 4096
"""Bytes of records that are compressed, and read, together."""


class Unusable(Exception):
    """There is no build that this code and these settings can read; the text says why.

    `first`: there never was one. `damaged`: there is one, whose files are not as they were written.
    """

    def __init__(self, reason: str, *, damaged: bool = False, first: bool = False) -> None:
        super().__init__(reason)
        self.damaged, self.first = damaged, first


@dataclass(frozen=True, slots=True)
class Position:
    """How far a build is: it has every change of the catalog `epoch` up to `seq`, maybe more."""

    build: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of an index."""

    path: Path
    config: SearchConfig

    @property
    def pointer(self) -> Path:
        return self.path / "current"

    @property
    def damage(self) -> Path:
        return self.path / "damaged"

    def state(self) -> tuple[object, ...]:
        """A value that differs after every commit and every swap; two calls to `stat`."""
        try:
            name = self.pointer.read_text()
            meta = (self.path / name / META).stat()
        except (OSError, ValueError):
            return ()
        return (name, meta.st_mtime_ns, meta.st_ino, meta.st_size)

    def current(self) -> Path:
        """The build in use; raises Unusable."""
        try:
            name = self.pointer.read_text()
        except FileNotFoundError:
            raise Unusable("there is none yet", first=True) from None
        except (OSError, ValueError):
            raise Unusable("its pointer cannot be read") from None
        if not name.startswith(fingerprint(self.config) + "-"):
            raise Unusable("it was built by another version or with other settings")
        build = self.path / name
        if build.parent != self.path or not build.is_dir():
            raise Unusable("its folder is missing")
        return build

    def open(self) -> tantivy.Index:
        """The index of the build in use; raises Unusable."""
        build = self.current()
        if self.damage_noted():
            raise Unusable("a reader found it damaged")
        return open_index(build)

    def create(self, epoch: str) -> Path:
        """A new folder to build in, beside the one in use; `epoch` says whose changes it holds."""
        build = self.path / f"{fingerprint(self.config)}-{secrets.token_hex(4)}"
        build.mkdir(parents=True)
        (build / "epoch").write_text(epoch)
        return build

    def epoch(self) -> str | None:
        """The epoch of the build in use; None if it has none. Raises Unusable."""
        try:
            return (self.current() / "epoch").read_text()
        except (OSError, ValueError):
            return None

    def position(self) -> Position | None:
        """How far the build in use is; None where there is none, or it does not say."""
        try:
            name = self.pointer.read_text()
            build = self.path / name
            return Position(name, (build / "epoch").read_text(), int((build / "seq").read_text()))
        except (OSError, ValueError):
            return None

    def note_seq(self, build: Path, seq: int) -> None:
        """Say that `build` has every change up to `seq`. After the commit: whoever reads this and
        then opens the build has them all. Tombstones leave nothing in the index that would tell."""
        fresh = build / "seq.new"
        fresh.write_text(str(seq))
        fresh.replace(build / "seq")

    def publish(self, build: Path) -> None:
        """Make `build` the one in use, and drop the others. Readers keep what they have open."""
        fresh = self.pointer.with_suffix(".new")
        with fresh.open("w") as file:
            file.write(build.name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.pointer)
        self.damage.unlink(missing_ok=True)
        self.sweep(build)

    def pointed(self) -> Path | None:
        """The build in use, usable or not."""
        try:
            return self.path / self.pointer.read_text()
        except (OSError, ValueError):
            return None

    def sweep(self, keep: Path | None) -> None:
        """Remove builds that nothing points to: old ones, and what a killed writer left."""
        for entry in self.path.iterdir():
            if entry.is_dir() and entry != keep:
                shutil.rmtree(entry, ignore_errors=True)

    def note_damage(self) -> None:
        """Ask the writer, in whichever process, for a rebuild."""
        with contextlib.suppress(OSError):
            self.damage.write_text(self.pointer.read_text())

    def damage_noted(self) -> bool:
        """Whether a reader found the build in use unreadable."""
        try:
            return self.damage.read_text() == self.pointer.read_text()
        except (OSError, ValueError):
            return False


def open_index(build: Path) -> tantivy.Index:
    """The index in folder `build`; raises Unusable, whatever is wrong with its files."""
    try:
        index = tantivy.Index.open(str(build))
        index.config_reader("manual")
        index.reload()
        index.searcher()
    except Exception as problem:
        raise Unusable("it is damaged", damaged=True) from problem
    except BaseException as problem:
        if is_panic(problem):
            raise Unusable("it is damaged", damaged=True) from problem
        raise
    return index


def create_index(build: Path) -> tantivy.Index:
    """A new index in the empty folder `build`.

    A page reads 24 records, each from a block of its own, and tantivy's blocks of 16 KB take
    twice as long to unpack as the record takes to read. Its Python API has no word for their
    size; the file that it keeps its settings in has.
    """
    tantivy.Index(schema(), str(build))
    meta = build / META
    settings = json.loads(meta.read_bytes())
    settings["index_settings"]["docstore_blocksize"] = RECORD_BLOCK
    meta.write_text(json.dumps(settings))
    index = tantivy.Index.open(str(build))
    index.config_reader("manual")
    return index


def is_panic(problem: BaseException) -> bool:
    """Whether Rust code panicked: PyO3 raises that past `except Exception`, and hides its class."""
    return type(problem).__name__ == "PanicException"


def segments_of(meta: bytes) -> set[str]:
    """The segments in use, as the names of their files begin. Raises ValueError."""
    try:
        return {str(each["segment_id"]).replace("-", "") for each in json.loads(meta)["segments"]}
    except (KeyError, TypeError):
        raise ValueError("no list of segments") from None


class Witness:
    """Notices files of a build that were touched: tantivy writes each once and may remove it."""

    def __init__(self, build: Path) -> None:
        self._build = build
        self._seen: dict[str, tuple[int, int, int]] = {}

    def touched(self) -> bool:
        """Whether any is other than when it was first looked at; a few calls to `stat`."""
        try:
            used = segments_of((self._build / META).read_bytes())
            before, self._seen = self._seen, self._stamps(used)
        except (OSError, ValueError):
            return True
        return any(
            self._seen.get(name) != stamp
            for name, stamp in before.items()
            if name.partition(".")[0] in used and not name.endswith(".del")
        )

    def _stamps(self, used: set[str]) -> dict[str, tuple[int, int, int]]:
        found = {}
        for file in self._build.iterdir():
            if file.name.partition(".")[0] in used:
                with contextlib.suppress(FileNotFoundError):
                    status = file.stat()
                    found[file.name] = (status.st_size, status.st_mtime_ns, status.st_ino)
        return found


def intact(build: Path) -> bool:
    """Whether every file of the segments in use still has the CRC-32 that tantivy wrote with it.

    A file ends with its footer as JSON, the footer's length and a magic number, both u32.
    """
    try:
        used = segments_of((build / META).read_bytes())
        return all(_sound(f) for f in build.iterdir() if f.name.partition(".")[0] in used)
    except (OSError, ValueError):
        return False


def _sound(file: Path) -> bool:
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        size, magic = struct.unpack("<II", data[-8:])
        if magic != _FOOTER_MAGIC:
            return False
        end = len(data) - 8 - size
        crc, step = 0, 1 << 20
        for start in range(0, end, step):
            crc = zlib.crc32(data[start : min(start + step, end)], crc)
        return bool(crc == json.loads(data[end:-8])["crc"])
