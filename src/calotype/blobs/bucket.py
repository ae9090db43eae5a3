"""A bucket, or a prefix in one, in any store that obstore speaks to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import obstore
from obstore.exceptions import (
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import from_url

from calotype.blobs.source import (
    Entry,
    bad_name,
    changed,
    hidden,
    lawful,
    too_large,
    without_secrets,
)
from calotype.errors import NotFound, Refused, SourceUnavailable

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore


class BucketSource:
    """All objects of `store`, under the name `url` in the catalog (without any credentials)."""

    ours = False

    def __init__(self, url: str, store: ObjectStore) -> None:
        self._key = url.rstrip("/")
        self.store = store

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Open `s3://bucket/prefix` and its kin; credentials come from the machine, as usual.

        Raises `SourceUnavailable` for a URL that no store understands.
        """
        if (shown := without_secrets(url)) != url:
            raise SourceUnavailable(
                f"{shown} was given with a user, a query or a fragment. Give the bucket alone; "
                "credentials come from the environment, as for the store's own tools."
            )
        try:
            # No client_options: given any, the store forgets AWS_ALLOW_HTTP and its like. Its own
            # time-out for a request is 30 s.
            store = from_url(
                url, retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
            )
        except (BaseError, ValueError, OSError) as error:
            raise SourceUnavailable(
                f"{url} is not a source that can be opened ({_first_line(error)}). "
                "Give a folder, or s3://, gs:// or az:// with a bucket."
            ) from None
        return cls(url, store)

    @property
    def key(self) -> str:
        return self._key

    @property
    def identity(self) -> str:
        return ""

    def drives(self, folders: Iterable[str]) -> set[str]:
        return set()

    def check(self) -> None:
        try:
            for _ in obstore.list(self.store, chunk_size=1):
                break
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from None

    def walk(self, under: str = "") -> Iterator[Entry]:
        """In the store's order. A store lists folders only, so `under` may also be a file."""
        if under and not lawful(under):
            return
        if under and (entry := self.stat(under)) is not None:
            yield entry
            return
        try:
            for chunk in obstore.list(self.store, prefix=under or None, chunk_size=1000):
                for meta in chunk:
                    if not hidden(meta["path"]) and not meta["path"].endswith("/"):
                        yield bad_name(meta["path"]) or _entry(meta)
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from None

    def read(self, name: str, limit: int) -> bytes:
        if not lawful(name):
            raise NotFound(f"{name!r} is no name that a file in a source can have.")
        with self.explained(name):
            answer = obstore.get(self.store, name)
            if answer.meta["size"] > limit:
                raise too_large(name, answer.meta["size"], limit)
            return bytes(answer.bytes())

    def open(self, name: str) -> OpenObject:
        if not lawful(name):
            raise NotFound(f"{name!r} is no name that a file in a source can have.")
        with self.explained(name):
            return OpenObject(self, self.store, obstore.head(self.store, name))

    @contextmanager
    def explained(self, name: str) -> Iterator[None]:
        """What the store says of an object, as the port says it."""
        try:
            yield
        except PreconditionError:
            raise changed(name) from None
        except FileNotFoundError:
            raise NotFound(f"{name} is not in the source any more.") from None
        except (PermissionDeniedError, UnauthenticatedError, PermissionError):
            raise Refused("unreadable", f"{name} may not be read: access denied.") from None
        except (BaseError, OSError, ValueError) as error:
            raise self._unavailable(error) from None

    def stat(self, name: str) -> Entry | None:
        if not lawful(name) or hidden(name):
            return None
        try:
            return _entry(obstore.head(self.store, name))
        except (FileNotFoundError, ValueError):
            return None
        except (BaseError, OSError) as error:
            raise self._unavailable(error) from None

    def _unavailable(self, error: Exception) -> SourceUnavailable:
        return SourceUnavailable(
            f"{self._key} does not answer ({_first_line(error)}). "
            "Check the bucket's name, the region and the credentials."
        )


class OpenObject:
    """One version of an object; each part is asked for when it is wanted, and only of that version.

    No request stays open between: a store gives up one that whoever downloads is too slow for.
    """

    def __init__(self, source: BucketSource, store: ObjectStore, meta: ObjectMeta) -> None:
        self._source, self._store = source, store
        self.entry = _entry(meta)
        self.seal = self.entry.version
        self._tag = meta["e_tag"]

    def read(self, start: int, stop: int) -> bytes:
        name = self.entry.name
        if start == stop:
            return b""
        options: GetOptions = {"range": (start, stop)}
        if self._tag is not None:
            options["if_match"] = self._tag
        with self._source.explained(name):
            answer = obstore.get(self._store, name, options=options)
            if _entry(answer.meta) != self.entry:
                raise changed(name)
            data = bytes(answer.bytes())
        if len(data) != stop - start:
            raise changed(name)
        return data

    def close(self) -> None:
        """Nothing is open."""


def _entry(meta: ObjectMeta) -> Entry:
    version = meta["e_tag"] or meta["version"]
    if version is None:
        version = f"{meta['size']:x}-{meta['last_modified'].timestamp():.6f}"
    return Entry(meta["path"], version, meta["size"])


def _first_line(error: Exception) -> str:
    """What an object store says in its first line; the rest is a dump of its internals."""
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
