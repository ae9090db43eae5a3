"""Where uploaded originals are kept: a folder, or a bucket in any object store.

    <2 hex>/<id>.<ending>      the id is of the content, so a name never has other bytes

It is a source like any other: what a crash kept from being noted in the catalog is found there.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
from pathlib import Path
from typing import IO, Protocol

import obstore
from obstore.exceptions import BaseError

from calotype.blobs.bucket import BucketSource
from calotype.blobs.folder import FolderSource
from calotype.blobs.source import Entry, Source, open_source
from calotype.errors import SourceUnavailable

ENDINGS = {"jpeg": "jpg", "svg": "svg", "tiff": "tif"}
"""Of the formats whose ending is not their name."""
PART = 1 << 20

log = logging.getLogger(__name__)


class Uploads(Protocol):
    """Safe to use from many threads and processes at once. Both raise `SourceUnavailable`."""

    @property
    def source(self) -> Source:
        """What is kept, as ingest sees it."""
        ...

    def keep(self, id: str, format: str, file: IO[bytes]) -> Entry:
        """Keep the content of `file`, read from its beginning, for good; nothing is written where
        it is kept already. When this returns it outlives a power failure.
        """
        ...

    def remove(self, id: str) -> int:
        """Delete what is kept of this image; how many files that was."""
        ...


def open_uploads(place: str) -> Uploads:
    """A folder, made when it is first needed, or a URL such as `s3://bucket/prefix`.

    Raises `SourceUnavailable` for what no store understands.
    """
    source = open_source(place)
    if isinstance(source, BucketSource):
        return BucketUploads(UploadsBucket(source.key, source.store))
    return FolderUploads(Path(source.key))


class UploadsFolder(FolderSource):
    """A folder that need not be there: then it holds nothing."""

    ours = True

    def check(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            pass  # and is no folder: said below
        except OSError as error:
            raise SourceUnavailable(
                f"The folder {self.root} for uploads cannot be made ({error.strerror}). "
                "Choose another with CALOTYPE_UPLOADS."
            ) from None
        super().check()


class UploadsBucket(BucketSource):
    ours = True


class FolderUploads:
    def __init__(self, folder: Path) -> None:
        self.source = UploadsFolder(folder)

    def keep(self, id: str, format: str, file: IO[bytes]) -> Entry:
        name = _name(id, format)
        size = file.seek(0, os.SEEK_END)
        entry = self.source.stat(name)
        path = self.source.root / name
        if entry is not None and entry.size == size:
            # Whoever put it there may not have come to this yet, or have died before.
            self._outlive(path)
            return entry
        # Hidden names are left out of every listing: nobody takes half a file for a whole one.
        made = path.with_name(f".{id}-{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                file.seek(0)
                with made.open("xb") as copy:
                    shutil.copyfileobj(file, copy, PART)
                    copy.flush()
                    os.fsync(copy.fileno())
                _put_in_place(made, path, size)
            finally:
                made.unlink(missing_ok=True)
        except OSError as error:
            raise _not_kept(error.strerror) from error
        self._outlive(path)
        entry = self.source.stat(name)
        if entry is None:
            raise _not_kept("it went away at once")
        return entry

    def _outlive(self, path: Path) -> None:
        """Have what lies at `path`, and its name, outlive a power failure."""
        try:
            for kept in (path, path.parent, self.source.root):
                _sync(kept)
        except FileNotFoundError:
            pass  # deleted meanwhile
        except OSError as error:
            raise _not_kept(error.strerror) from error

    def remove(self, id: str) -> int:
        found = [entry.name for entry in self.source.walk(id[:2]) if _is(entry.name, id)]
        try:
            for name in found:
                (self.source.root / name).unlink(missing_ok=True)
            if found:
                _sync((self.source.root / found[0]).parent)
        except OSError as error:
            raise _not_removed(error.strerror) from error
        return len(found)


class BucketUploads:
    def __init__(self, source: UploadsBucket) -> None:
        self.source = source

    def keep(self, id: str, format: str, file: IO[bytes]) -> Entry:
        name = _name(id, format)
        size = file.seek(0, os.SEEK_END)
        entry = self.source.stat(name)
        if entry is not None and entry.size == size:
            return entry
        file.seek(0)
        try:
            obstore.put(self.source.store, name, file)
        except (BaseError, OSError) as error:
            raise _not_kept(type(error).__name__) from error
        # Asked for, not taken from the answer to the put: it is to be what a listing says.
        entry = self.source.stat(name)
        if entry is None:
            raise _not_kept("it went away at once")
        return entry

    def remove(self, id: str) -> int:
        found = [entry.name for entry in self.source.walk(id[:2]) if _is(entry.name, id)]
        try:
            for name in found:
                obstore.delete(self.source.store, name)
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise _not_removed(type(error).__name__) from error
        return len(found)


def _put_in_place(made: Path, path: Path, size: int) -> None:
    """Of several who keep the same, the first one's file stays: with its time goes its version."""
    try:
        os.link(made, path)
        return
    except FileExistsError:
        if path.stat().st_size == size:
            return
    except OSError:
        pass  # a file system without hard links
    made.replace(path)


def _name(id: str, format: str) -> str:
    return f"{id[:2]}/{id}.{ENDINGS.get(format, format)}"


def _is(name: str, id: str) -> bool:
    return name.rpartition("/")[2].partition(".")[0] == id


def _sync(path: Path) -> None:
    """A name outlives a power failure when its folder is on the disk. Not every system can."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def _not_kept(why: str | None) -> SourceUnavailable:
    # Where they are kept is for the log, not for whoever uploads.
    log.error("an upload cannot be kept: %s", why)
    return SourceUnavailable("Uploads cannot be kept at the moment. Nothing was taken.")


def _not_removed(why: str | None) -> SourceUnavailable:
    log.error("an upload cannot be deleted: %s", why)
    return SourceUnavailable(
        "It is out of the catalog, but its file cannot be deleted at the moment. Try again."
    )
