"""A folder as a source. Nothing outside it is ever read, whatever its links say."""

from __future__ import annotations

import errno
import os
import stat as st
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from calotype.blobs.source import Entry, Problem, bad_name, changed, hidden, lawful, too_large
from calotype.errors import NotFound, Refused, SourceUnavailable

_BROKEN_DEVICE = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN})


class FolderSource:
    """The files below `path`, symbolic links included as long as they stay below it."""

    ours = False

    def __init__(self, path: Path | str) -> None:
        self.root = Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 (keeps links)
        self._real = os.path.realpath(self.root)

    @property
    def key(self) -> str:
        return str(self.root)

    @property
    def identity(self) -> str:
        """Device and inode of the root: another pair means that something else is mounted."""
        try:
            status = self.root.stat()
        except OSError:
            return ""
        return f"{status.st_dev}:{status.st_ino}"

    def drives(self, folders: Iterable[str]) -> set[str]:
        """Those whose device is not that of the folder above; a bind mount may share it."""
        return {folder for folder in folders if folder and self._is_drive(folder)}

    def _is_drive(self, folder: str) -> bool:
        path = self.root / folder
        try:
            return path.lstat().st_dev != path.parent.stat().st_dev
        except (OSError, ValueError):
            return False

    def check(self) -> None:
        try:
            if not st.S_ISDIR(self.root.stat().st_mode):
                raise SourceUnavailable(f"{self.root} is a file. Give the folder that it lies in.")
            with os.scandir(self.root) as entries:
                next(entries, None)
        except FileNotFoundError:
            raise SourceUnavailable(
                f"{self.root} does not exist. Check the spelling, and that its drive is mounted."
            ) from None
        except PermissionError:
            raise SourceUnavailable(
                f"{self.root} may not be read. Allow this user to read and enter it "
                "(chmod u+rx), or run as its owner."
            ) from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a path"
            raise SourceUnavailable(
                f"{self.root} cannot be read ({reason}). Check the drive and its mount."
            ) from None

    def walk(self, under: str = "") -> Iterator[Entry]:
        path = self._inside(under)
        if path is None or (under and hidden(under)):
            return
        if Path(path).is_dir() and not (under and Path(self.root, under).is_symlink()):
            yield from self._walk_folder(under)
        elif (entry := self._entry(under)) is not None:
            yield entry

    def read(self, name: str, limit: int) -> bytes:
        file = self.open(name)
        try:
            if file.entry.size > limit:
                raise too_large(name, file.entry.size, limit)
            with self.explained(name), os.fdopen(os.dup(file.descriptor), "rb") as whole:
                data = whole.read(limit + 1)
        finally:
            file.close()
        if len(data) > limit:
            raise too_large(name, len(data), limit)
        return data

    def open(self, name: str) -> OpenFile:
        path = self._inside(name)
        if path is None:
            raise Refused("outside", f"{name!r} leads out of the source.")
        if self._hides(path):
            raise Refused("outside", f"{name!r} leads to what is hidden in the source.")
        with self.explained(name):
            # O_NONBLOCK: opening a FIFO without a writer must not hang.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                return OpenFile(self, name, descriptor)
            except BaseException:
                os.close(descriptor)
                raise

    @contextmanager
    def explained(self, name: str) -> Iterator[None]:
        """What the system says of a file, as the port says it."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(f"{name} is not in the source any more.") from None
        except OSError as error:
            if error.errno in _BROKEN_DEVICE:
                raise SourceUnavailable(
                    f"{self.root} does not answer ({error.strerror}). Check the drive."
                ) from None
            raise Refused("unreadable", f"{name} may not be read ({error.strerror}).") from None

    def stat(self, name: str) -> Entry | None:
        if not name or hidden(name) or self._inside(name) is None:
            return None
        entry = self._entry(name)
        return None if entry is None or entry.problem is not None else entry

    def _inside(self, name: str) -> str | None:
        """The real path of `name`, or None if that does not lie below the root."""
        if name and not lawful(name):
            return None
        try:
            real = os.path.realpath(os.path.join(self._real, name))  # noqa: PTH118
        except (OSError, ValueError):
            return None
        inside = real == self._real or real.startswith(self._real.rstrip("/") + "/")
        return real if inside else None

    def _hides(self, real: str) -> bool:
        """Whether this real path is a hidden one: a link to it does not make it public."""
        return real != self._real and hidden(os.path.relpath(real, self._real))

    def _walk_folder(self, under: str) -> Iterator[Entry]:
        # A stack, not recursion: a tree may be deeper than Python's stack.
        stack = [under]
        while stack:
            folders: list[str] = []
            yield from self._scan(stack.pop(), folders)
            stack.extend(reversed(folders))

    def children(self, folder: str) -> Iterator[Entry]:
        """The files that lie in a folder itself, not in those below it."""
        if self._inside(folder) is not None and not hidden(folder):
            yield from self._scan(folder, [])

    def _scan(self, folder: str, folders: list[str]) -> Iterator[Entry]:
        """The files in a folder; the folders in it are put into `folders`."""
        try:
            with os.scandir(self.root / folder) as found:
                children = sorted(found, key=lambda child: child.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            message = f"{folder or self.key} may not be read ({error.strerror})."
            yield Entry(folder, "", 0, Problem("unreadable", message, folder=True))
            return
        for child in children:
            name = f"{folder}/{child.name}" if folder else child.name
            if hidden(child.name):
                continue
            if (bad := bad_name(name, child.is_dir(follow_symlinks=False))) is not None:
                yield bad
            elif child.is_dir(follow_symlinks=False):
                folders.append(name)
            elif (entry := self._entry(name)) is not None:
                yield entry

    def _entry(self, name: str) -> Entry | None:
        """The file `name`; None for what is no regular file or has just gone."""
        try:
            status = os.lstat(self.root / name)
            if st.S_ISLNK(status.st_mode):
                if (real := self._inside(name)) is None:
                    problem = Problem("outside", f"{name} is a link that leads out of the source.")
                    return Entry(name, f"link-{status.st_mtime_ns:x}", 0, problem)
                if self._hides(real):
                    return None
                status = (self.root / name).stat()
        except (OSError, ValueError):
            return None
        if not st.S_ISREG(status.st_mode):
            return None
        return Entry(name, _version(status), status.st_size)


class OpenFile:
    """A file by its descriptor: what is put in its place meanwhile is never read.

    The seal has the inode and its ctime too, which no program can set back.
    """

    def __init__(self, source: FolderSource, name: str, descriptor: int) -> None:
        """Raises Refused for what is no regular file; the descriptor is then still open."""
        status = os.fstat(descriptor)
        if not st.S_ISREG(status.st_mode):
            raise Refused("unreadable", f"{name} is not a regular file.")
        self._source, self.descriptor = source, descriptor
        self.entry = Entry(name, _version(status), status.st_size)
        self.seal = (
            f"{status.st_dev:x}-{status.st_ino:x}-{status.st_ctime_ns:x}-{self.entry.version}"
        )

    def read(self, start: int, stop: int) -> bytes:
        with self._source.explained(self.entry.name):
            data = os.pread(self.descriptor, stop - start, start)
            now = _version(os.fstat(self.descriptor))
        if len(data) < stop - start or now != self.entry.version:
            raise changed(self.entry.name)
        return data

    def close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _version(status: os.stat_result) -> str:
    return f"{status.st_size:x}-{status.st_mtime_ns:x}"
