"""Secrets that are made once: the key that authenticates cursors is one that was set, or one of the
data folder's own."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from calotype.errors import BadSetting
from calotype.settings import DOCUMENTED, Settings

SECRET_BYTES = 64


def check_secret(settings: Settings) -> None:
    """Raise BadSetting where instances would each have their own: a cursor of one must be good at
    the next."""
    if settings.catalog.startswith("postgresql") and not settings.secret.get_secret_value():
        raise BadSetting(
            "CALOTYPE_SECRET",
            "must be set with a catalog that instances share, to the same on each of them; "
            "make one with: openssl rand -hex 32",
            DOCUMENTED,
        )


def kept_secret(data: Path) -> bytes:
    """A key of our own, made once and readable by the owner alone."""
    return kept(data / "secret", lambda: secrets.token_hex(SECRET_BYTES // 2), SECRET_BYTES)


def kept(path: Path, make: Callable[[], str], least: int) -> bytes:
    """What the file holds: what was made when there was none, or one of fewer than `least` bytes.

    The folder is locked from the look to the making: of processes that start together one makes
    it, and what a crash cut short is replaced once.
    """
    lock = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists() or path.stat().st_size < least:
            made = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
            made.touch(mode=0o600)
            with made.open("w", encoding="ascii") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
        return path.read_bytes()
    finally:
        os.close(lock)
