"""Whether the disk under the data folder still takes what is written to it.

The system says how much is free; that a quota, a read-only mount or a broken disk stands in the way
is known by trying alone. What is searched and rendered needs no space, but a new image, its
renditions and the next commit of the index do: a service without any falls behind.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

RESERVE = 16 << 20
"""Bytes that are free at least, or 2 % of a disk where that is less: room for a commit or two."""

TRY_SECONDS = 5.0
_TRIED = b"x" * 4096


class Space:
    """Looked at by one thread."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._full = False
        self._failed = ""
        self._try_at = 0.0

    def problem(self) -> str:
        """What is wrong, and the mend; empty if nothing is. After a full disk twice the reserve has
        to be free, so that it does not come and go."""
        try:
            found = os.statvfs(self._folder)
        except OSError as error:
            return _unwritable(error)
        free, all_ = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
        reserve = min(RESERVE, all_ // 50)
        self._full = free < (2 * reserve if self._full else reserve)
        if self._full or (found.f_files and not found.f_favail):
            return _full(free)
        if self._clock() >= self._try_at:
            self._failed = self._try(free)
            self._try_at = self._clock() + TRY_SECONDS
        return self._failed

    def _try(self, free: int) -> str:
        path = self._folder / f".space-{os.getpid()}"
        try:
            path.write_bytes(_TRIED)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            return _full(free) if full else _unwritable(error)
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        return ""


def _full(free: int) -> str:
    return (
        f"The disk of the data folder is full ({free / (1 << 20):.1f} MiB free). Free some space, "
        "or lower CALOTYPE_DELIVER_CACHE_BYTES and start again."
    )


def _unwritable(error: OSError) -> str:
    why = f"The data folder cannot be written ({error.strerror})."
    return f"{why} See to its disk and its permissions."
