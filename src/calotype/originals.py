"""One image's original, from wherever it still lies."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import TypeVar

from calotype.blobs import Opened, Source
from calotype.errors import NotFound, Refused, SourceUnavailable, Unrenderable
from calotype.ingest import content_id
from calotype.model import Image

log = logging.getLogger(__name__)

PART = 2 << 20
"""Bytes that are read at once where the whole is not needed; of a bucket, in one request."""

MOST_VERIFIED = 50_000
"""Files that are known to be what they were indexed as; the least recently used are forgotten."""

T = TypeVar("T")


def read_original(sources: Mapping[str, Source], image: Image, limit: int) -> bytes:
    """The bytes, from the first of the image's places that still holds them.

    Raises SourceUnavailable if a source cannot be asked, Unrenderable if the bytes are not those
    whose hash is the id though nothing else says so, NotFound if all places say that it has gone or
    changed: then the index is behind, and will say so itself in a moment.
    """

    def read(source: Source, name: str) -> bytes | None:
        data = source.read(name, limit)
        # Size and mtime may stay when the bytes do not, and the URL promises these bytes.
        return data if content_id(data) == image.id else None

    return _first(sources, image, read)


class Original:
    """An original that is open, to send parts of it; a small one is in memory. Close it."""

    def __init__(self, file: Opened, data: bytes | None) -> None:
        self._file, self._data = file, data

    def read(self, start: int, stop: int) -> bytes:
        """Raises NotFound if it is not the same file any more, SourceUnavailable, Refused."""
        return self._file.read(start, stop) if self._data is None else self._data[start:stop]

    def close(self) -> None:
        self._file.close()


class Originals:
    """Opens originals of at most `limit` bytes. May be used from many threads at once.

    Their bytes are hashed once for each version of a file, and not again: what is sent later, and
    every range, need not be read first.
    """

    def __init__(self, sources: Mapping[str, Source], limit: int) -> None:
        self._sources, self._limit = sources, limit
        self._verified: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._lock = Lock()

    def open(self, image: Image) -> Original:
        """The original as it was indexed. Raises as `read_original` does."""

        def opened(source: Source, name: str) -> Original | None:
            file = source.open(name)
            found = None
            try:
                found = self._verify(source.key, file, image)
            finally:
                if found is None:
                    file.close()
            return found

        return _first(self._sources, image, opened)

    def _verify(self, source: str, file: Opened, image: Image) -> Original | None:
        """None where the bytes are others."""
        size, key = file.entry.size, (source, file.entry.name, file.seal)
        if size > self._limit:
            raise Refused("too-large", f"An original has at most {self._limit:,} bytes.")
        if size != image.bytes:
            return None
        with self._lock:
            known = self._verified.get(key) == image.id
            if known:
                self._verified.move_to_end(key)
        if known:
            return Original(file, None)
        digest, data = hashlib.sha256(), b""
        for data in _parts(file, size):
            digest.update(data)
        if not digest.hexdigest().startswith(image.id):
            return None
        with self._lock:
            self._verified[key] = image.id
            if len(self._verified) > MOST_VERIFIED:
                self._verified.popitem(last=False)
        return Original(file, data if len(data) == size else None)


def _parts(file: Opened, size: int) -> Iterator[bytes]:
    for start in range(0, size, PART):
        yield file.read(start, min(size, start + PART))


def _first(
    sources: Mapping[str, Source], image: Image, take: Callable[[Source, str], T | None]
) -> T:
    """What `take` makes of the first place that still holds the image; None: it is damaged."""
    down: SourceUnavailable | None = None
    damaged = False
    for place in image.places:
        try:
            source = sources.get(place.source)
            if source is None:
                continue
            entry = source.stat(place.name)
            if entry is not None and entry.version == place.version:
                if (found := take(source, place.name)) is not None:
                    return found
                damaged = True
            # A file may be missing because all of its source is.
            source.check()
        except NotFound:
            continue
        except SourceUnavailable as error:
            down = error
    if down is not None:
        # Its message names folders and buckets: that is for the log, not for whoever asks.
        log.warning("%s", down)
        raise SourceUnavailable("The originals cannot be read at the moment.")
    if damaged:
        raise Unrenderable("The original is damaged: its bytes are not those that were indexed.")
    raise NotFound("The original is no longer where it was, or has changed; it is being re-read.")
