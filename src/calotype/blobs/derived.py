"""The port for blobs that are made from originals: a folder by default, or any object store."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from calotype.errors import SourceUnavailable

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ObjectStore

PART = 8 << 20
"""Bytes of a large blob that go in one request: none then takes longer than a store waits."""
_AHEAD = 4


class DerivedUnavailable(Exception):
    """The store does not answer. Never shown to anyone: what is derived can be made again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob that is there: its size in bytes, and when it was written."""

    name: str
    size: int
    written: datetime


class Derived:
    """Blobs by name. A name is written as a whole or not at all. Safe to use from many threads."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store, self._folder = store, folder

    @classmethod
    def open(cls, place: Path | str) -> Self:
        """Open a folder (made when first written to), or a URL such as `s3://bucket/prefix`.

        Raises SourceUnavailable for what no store understands.
        """
        if isinstance(place, str) and "://" in place:
            try:
                return cls(
                    from_url(
                        place,
                        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
                    )
                )
            except (BaseError, ValueError, OSError):
                raise SourceUnavailable(
                    f"{place} is no place for derived blobs. "
                    "Give a folder, or s3://, gs:// or az:// with a bucket."
                ) from None
        try:
            folder = Path(place).absolute()
            return cls(LocalStore(folder, mkdir=True), folder)
        except (BaseError, ValueError, OSError):
            raise SourceUnavailable(
                f"The folder {place} for derived blobs cannot be made; choose another."
            ) from None

    def get(self, name: str) -> bytes | None:
        """The blob, or None if there is none. Raises DerivedUnavailable."""
        try:
            if self._folder is not None:
                # a render waits for this, and obstore goes through threads of its own
                return (self._folder / name).read_bytes()
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise DerivedUnavailable(type(error).__name__) from None

    def put(self, name: str, blob: bytes) -> None:
        """Write, or replace; whoever reads sees the old or the new. Raises DerivedUnavailable."""
        try:
            # in one request: parts would only matter for blobs of many megabytes
            obstore.put(self._store, name, blob, use_multipart=False)
        except (BaseError, OSError) as error:
            raise DerivedUnavailable(type(error).__name__) from None

    def exists(self, name: str) -> bool:
        """Raises DerivedUnavailable."""
        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        except (BaseError, OSError) as error:
            raise DerivedUnavailable(type(error).__name__) from None
        return True

    def delete(self, name: str) -> None:
        """No error if it is not there. Raises DerivedUnavailable."""
        try:
            obstore.delete(self._store, name)
        except FileNotFoundError:
            pass
        except (BaseError, OSError) as error:
            raise DerivedUnavailable(type(error).__name__) from None

    # Large ones --------------------------------------------------------------------------------

    def put_parts(self, name: str, parts: Iterator[bytes]) -> None:
        """`put` for a blob that is not to be in memory as a whole. If `parts` raises, nothing is
        written, and that is raised. Raises DerivedUnavailable."""
        failed: list[BaseException] = []

        def read() -> Iterator[bytes]:
            try:
                yield from parts
            except BaseException as error:
                failed.append(error)
                raise

        try:
            obstore.put(self._store, name, read(), chunk_size=PART, max_concurrency=_AHEAD)
        except (BaseError, OSError, RuntimeError) as error:
            if failed:
                raise failed[0] from None
            raise DerivedUnavailable(type(error).__name__) from None

    def parts(self, stored: Stored) -> Iterator[bytes]:
        """The content of a large blob, a few parts read ahead.

        Raises DerivedUnavailable, also when it has gone or was replaced meanwhile.
        """
        starts = iter(range(0, stored.size, PART))
        waiting: deque[Future[bytes]] = deque()
        with ThreadPoolExecutor(_AHEAD, "parts") as pool:
            try:
                for start in islice(starts, _AHEAD):
                    waiting.append(pool.submit(self._part, stored, start))
                while waiting:
                    yield waiting.popleft().result()
                    for start in islice(starts, 1):
                        waiting.append(pool.submit(self._part, stored, start))
            finally:
                pool.shutdown(cancel_futures=True)

    def _part(self, stored: Stored, start: int) -> bytes:
        stop = min(start + PART, stored.size)
        options: GetOptions = {"range": (start, stop)}
        try:
            answer = obstore.get(self._store, stored.name, options=options)
            data = bytes(answer.bytes())
        except (BaseError, OSError) as error:
            raise DerivedUnavailable(type(error).__name__) from None
        if answer.meta["size"] != stored.size or len(data) != stop - start:
            raise DerivedUnavailable("changed")
        return data

    def below(self, folder: str) -> list[Stored]:
        """All blobs below a folder, by name. Raises DerivedUnavailable."""
        found: list[Stored] = []
        try:
            for chunk in obstore.list(self._store, prefix=folder, chunk_size=1000):
                found += [Stored(m["path"], m["size"], m["last_modified"]) for m in chunk]
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise DerivedUnavailable(type(error).__name__) from None
        return sorted(found, key=lambda blob: blob.name)
