"""The port for blobs that are made from originals: a folder by default, or any object store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from calotype.errors import SourceUnavailable

if TYPE_CHECKING:
    from obstore.store import ObjectStore


class DerivedUnavailable(Exception):
    """The store does not answer. Never shown to anyone: what is derived can be made again."""


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
