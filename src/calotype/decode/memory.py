"""glibc's allocator, told to give back what big images leave behind. Elsewhere nothing happens.

By default glibc keeps up to eight arenas a core, and each holds on to the most that its threads
ever needed: with images of 100 MB for a moment, that is most of a server's memory.
"""

from __future__ import annotations

import ctypes
import functools
import threading
import time

ARENAS = 2
"""Fewer make threads wait for each other, more keep more: two is what libvips's authors advise."""

_M_ARENA_MAX = -8
_M_TRIM_THRESHOLD = -1
_TRIM_BYTES = 32 << 20
_SECONDS = 2.0
_trimming = threading.Lock()
_trimmed = 0.0


@functools.cache
def _libc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt, libc.malloc_trim  # noqa: B018 (absent from other C libraries)
    except (OSError, AttributeError):
        return None
    libc.malloc_trim.argtypes = (ctypes.c_size_t,)
    return libc


@functools.cache
def limit_arenas() -> bool:
    """Once, before the first big image. False where there is no glibc."""
    libc = _libc()
    if libc is None:
        return False
    # setting a threshold also ends its growth with the largest block that was ever freed
    return bool(libc.mallopt(_M_ARENA_MAX, ARENAS) and libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES))


def trim() -> bool:
    """Give free pages back, at most every two seconds: it takes a moment. False if it did not."""
    global _trimmed
    libc = _libc()
    if libc is None or not _trimming.acquire(blocking=False):
        return False
    try:
        if time.monotonic() - _trimmed < _SECONDS:
            return False
        libc.malloc_trim(0)
        _trimmed = time.monotonic()
        return True
    finally:
        _trimming.release()
