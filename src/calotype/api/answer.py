"""A finished answer, and the memory of those that are asked for again and again.

An answer to GET is the same bytes until the catalog changes, so what was assembled once is sent
again without a route, a query or a rendition being looked up. A change of the index's
generation empties the memory: it can never hide a change.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from starlette.types import Scope, Send

from calotype.api import handover
from calotype.api.handover import File
from calotype.deliver.caching import held

Headers = tuple[tuple[bytes, bytes], ...]
Key = tuple[str, bytes, str]
"""Path, query string and what the answer may vary by, as `variants` writes them."""

EXPIRES = "calotype.expires"
"""In a scope: until when (Unix time) its URL is good; None or absent if there is no end to it."""

KEPT_ON_304 = frozenset(
    (b"etag", b"cache-control", b"vary", b"cache-tag", b"content-location", b"expires")
)
"""RFC 9110 §15.4.5; the cache tag goes with them so that an edge keeps its tags after one."""

LARGEST = 4 << 20

_OVERHEAD = 640
_CURRENT_OVERHEAD = 2_304
_FILE_OVERHEAD = 160
"""Bytes that an answer takes in memory beside its texts and its body; and what `current` holds of
the plan, the spec and the image. As measured, and a little more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 to a GET: all headers but those that differ each time, and the body.

    One that is not `whole` has no body, and can only be sent as the 304 that it was made for.
    `expires`: until when (Unix time) it may be sent from memory, if there is an end to it.
    `current` is called each time that it is taken from memory: False if it must be made anew.
    `file`: where nginx finds the same bytes; what has one may be without a body all the same.
    """

    route: str
    etag: str
    headers: Headers
    body: bytes
    whole: bool = True
    expires: int | None = None
    current: Callable[[], bool] | None = None
    file: File | None = None

    def sendable(self, scope: Scope) -> bool:
        """Whether it can still be sent to who asks, from memory or by its file."""
        if self.file is None:
            return True
        if handover.declined(scope):
            self.file.renditions.mislaid(self.file.key)
            return bool(self.body)
        return bool(self.body) or self.file.lies

    async def send(self, scope: Scope, send: Send, timing: bytes = b"") -> int:
        """Send it, or a 304 if the client has it (RFC 9110 §13.1.2); returns the status.

        `timing`: what `Server-Timing` says, where the stages do not.
        """
        kept = _held(scope, self.etag)
        if kept is not None:
            status, body = 304, b""
            headers = [pair for pair in self.headers if pair[0] in KEPT_ON_304]
            if kept != self.etag:
                headers = [(n, kept.encode() if n == b"etag" else v) for n, v in headers]
        elif (file := self._handed(scope)) is not None:
            status, body = 200, b""
            headers = handover.headers(self.headers, file)
        else:
            status = 200
            body = self.body
            headers = [*self.headers, (b"content-length", b"%d" % len(self.body))]
        if timing:
            headers.append((b"server-timing", timing))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return status

    def _handed(self, scope: Scope) -> File | None:
        """The file that nginx is to send instead of the body."""
        file = self.file
        if file is None or handover.declined(scope):
            return None
        if self.body and (len(self.body) < handover.LEAST or not file.lies):
            return None
        file.renditions.used(file.key)
        return file


def header(scope: Scope, name: bytes) -> bytes:
    """All values of a request header, joined as RFC 9110 §5.3 says; empty if there is none."""
    found: bytes = b""
    for key, value in scope["headers"]:
        if key == name:
            found = found + b", " + value if found else value
    return found


def unchanged(scope: Scope, etag: str) -> bool:
    """Whether the client says that it has this version already."""
    return _held(scope, etag) is not None


def _held(scope: Scope, etag: str) -> str | None:
    return held(header(scope, b"if-none-match").decode("latin-1"), etag)


def saves_data(scope: Scope) -> bool:
    """Whether the client asks for fewer bytes: `Save-Data: on`.

    https://wicg.github.io/savedata/: one token; parameters after it mean nothing so far.
    """
    return header(scope, b"save-data").partition(b";")[0].strip().lower() == b"on"


class Memory:
    """Whole answers, the least recently used forgotten first. Bounded in bytes and in number."""

    def __init__(
        self,
        most_bytes: int,
        generation: Callable[[], int],
        most: int = 8192,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._most_bytes, self._most, self._generation = most_bytes, most, generation
        self._clock = clock
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0
        self._seen = -1
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Answer | None:
        now = self._generation()
        if self._seen != now:
            self._begin(now)
            return None
        answer = self._kept.get(key)
        if answer is None:
            return None
        if answer.expires is not None and self._clock() >= answer.expires:
            return None  # the route refuses it; it goes when others need the room
        if answer.current is not None and not answer.current():
            return None
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
        return answer

    def put(self, key: Key, answer: Answer, generation: int) -> None:
        """Keep what was made from the index as it was at `generation`."""
        size = _size(key, answer)
        if size > min(LARGEST, self._most_bytes) or generation != self._generation():
            return
        if self._seen != generation:
            self._begin(generation)
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes += size - (_size(key, old) if old else 0)
            self._kept[key] = answer
            while self._bytes > self._most_bytes or len(self._kept) > self._most:
                self._bytes -= _size(*self._kept.popitem(last=False))

    def clear(self) -> None:
        self._begin(self._generation())

    def _begin(self, generation: int) -> None:
        """Forget all, and keep answers of `generation`: not of whichever it is by now, or one that
        was made before it changed would be taken for one that was made after."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0
            self._seen = generation


def _size(key: Key, answer: Answer) -> int:
    headers = sum(len(name) + len(value) + 128 for name, value in answer.headers)
    held = _OVERHEAD + (_CURRENT_OVERHEAD if answer.current else 0)
    held += _FILE_OVERHEAD if answer.file else 0
    return sum(map(len, key)) + headers + len(answer.body) + held
