"""The port: what ingest and render ask of the place where originals lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import unquote, urlsplit

from calotype.errors import NotFound, Refused, SourceUnavailable

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an entry cannot be read. With `folder`, all that lies below the name is unknown too."""

    reason: str
    message: str
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its posix name relative to the source, its version, and its size in bytes.

    `version` changes whenever the bytes may have: size and mtime in a folder, the ETag in a
    bucket.
    """

    name: str
    version: str
    size: int
    problem: Problem | None = None


class Opened(Protocol):
    """One version of a file, open for reading. `seal` changes whenever the bytes may have, as far
    as the store can tell; it may be finer than the entry's version.
    """

    entry: Entry
    seal: str

    def read(self, start: int, stop: int) -> bytes:
        """These bytes; `stop` is at most the size.

        Raises `NotFound` if the file has gone or is another version now, and `Refused` and
        `SourceUnavailable` as `Source.read` does.
        """
        ...

    def close(self) -> None:
        """May be called again."""
        ...


@runtime_checkable
class Source(Protocol):
    """A read-only tree of files. Implementations may be called from several threads at once."""

    @property
    def key(self) -> str:
        """What the catalog calls this source: an absolute path, or a URL."""
        ...

    @property
    def identity(self) -> str:
        """Changes when another file system is mounted at the same place; empty if not known."""
        ...

    @property
    def ours(self) -> bool:
        """Whether it is where uploads are kept: instances write to it, and to the catalog, while it
        is listed, and a listing may lag behind what lies there.
        """
        ...

    def drives(self, folders: Iterable[str]) -> set[str]:
        """Those of the folders at which another file system is mounted now."""
        ...

    def check(self) -> None:
        """Raise `SourceUnavailable`, with the mend, unless the source can be listed."""
        ...

    def walk(self, under: str = "") -> Iterator[Entry]:
        """All files below the folder `under`, or that file itself; hidden ones are left out."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """The content of a file of at most `limit` bytes.

        Raises `NotFound` if it is not there, `Refused` ("too-large", "unreadable", "outside"),
        or `SourceUnavailable` if the source as a whole does not answer.
        """
        ...

    def open(self, name: str) -> Opened:
        """The file as it is now, to read parts of it. Raises as `read` does, but for its size."""
        ...

    def stat(self, name: str) -> Entry | None:
        """The file as it is now, or None if there is none."""
        ...


def changed(name: str) -> NotFound:
    return NotFound(f"{name} has changed while it was read.")


def too_large(name: str, size: int, limit: int) -> Refused:
    return Refused("too-large", f"{name} has {size:,} bytes; at most {limit:,} are read.")


def bad_name(name: str, folder: bool = False) -> Entry | None:
    """An entry for a name that no URL and no terminal can be trusted with; None for any other.

    Shown with U+FFFD for what is not UTF-8 and for control characters.
    """
    shown = "".join("\ufffd" if _UNFIT.match(character) else character for character in name)
    if shown == name:
        return None
    message = f"The name {shown!r} has characters that no URL can hold, or is not UTF-8. Rename it."
    return Entry(shown, "name", 0, Problem("bad-name", message, folder))


def lawful(name: str) -> bool:
    """Whether a name stays below the source, whatever lies there."""
    return (
        bool(name)
        and not _UNFIT.search(name)
        and not any(part in ("", ".", "..") for part in name.split("/"))
    )


def hidden(name: str) -> bool:
    """Whether any part of the name starts with a dot, or is a file manager's own."""
    return any(
        part.startswith(".") or part in ("@eaDir", "__MACOSX", "Thumbs.db", "desktop.ini")
        for part in name.split("/")
    )


def without_secrets(url: str) -> str:
    """A URL as it may be shown, without user, password, query and fragment; a path as it is.

    A password with a character that belongs escaped is cut off too, with more than it if need be.
    """
    scheme, colon, rest = url.partition("://")
    if not colon:
        return url
    if re.match(r"[^/?#]*[:@]", rest):
        rest = rest.rpartition("@")[2]
    return scheme + colon + re.split(r"[?#]", rest)[0]


def open_source(text: str) -> Source:
    """The source for what a user typed: a path, `file://…`, `s3://…`, `gs://…`, `az://…`.

    Opening reads nothing; `check()` says whether it is there.
    """
    from calotype.blobs.bucket import BucketSource
    from calotype.blobs.folder import FolderSource

    if "://" not in text:
        return FolderSource(Path(text))
    if text.startswith("file://"):
        return FolderSource(Path(unquote(urlsplit(text).path)))
    if text.split("://", 1)[0] in ("http", "https", "data"):
        raise SourceUnavailable(
            f"{without_secrets(text)} cannot be listed. Give a folder, or a bucket such as s3://bucket/prefix."
        )
    return BucketSource.from_url(text)
