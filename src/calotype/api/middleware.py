"""What every request passes: counting, headers that all answers have, and the warm answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calotype.api.answer import EXPIRES, Headers, Key, Memory
from calotype.api.leaving import unwatch
from calotype.api.problems import unexpected
from calotype.deliver import caching
from calotype.search import Position

TIMING = "calotype.timing"
ROUTE = "calotype.route"
HEAD = "calotype.head"
"""In a scope: whether its GET was a HEAD, so that no body need be made."""
log = logging.getLogger(__name__)
UNROUTED = "none"
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")
Count = Callable[[str, int], None]


class InFlight:
    """How many requests are under way; belongs to one event loop."""

    def __init__(self) -> None:
        self.number = 0
        self.leaving = False
        """Whether the service is shutting down: who keeps a connection should make another."""
        self._emptied = asyncio.Event()

    def leave(self) -> None:
        self.number -= 1
        if not self.number:
            self._emptied.set()

    async def empty(self, seconds: float) -> bool:
        """Wait until none is under way, at most so long; whether that came about."""
        deadline = asyncio.get_running_loop().time() + seconds
        while self.number:
            self._emptied.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._emptied.wait(), left)
            except TimeoutError:
                return False
        return True


class IndexHeaders:
    """`X-Index-Epoch` and `X-Index-Seq`: which changes of which catalog the index has, at least."""

    def __init__(self, position: Callable[[], Position | None]) -> None:
        self._position = position
        self._written: tuple[Position | None, Headers] = (None, ())

    def __call__(self) -> Headers:
        at, (before, headers) = self._position(), self._written
        if at is not before:
            headers = () if at is None else (
                (b"x-index-epoch", at.epoch.encode()), (b"x-index-seq", b"%d" % at.seq)
            )  # fmt: skip
            self._written = at, headers
        return headers


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Counts answers by route and status, writes `Server-Timing` and `nosniff` on each, lets none
    be cached for longer than its URL is good, and makes a problem document of whatever was raised
    that nobody expected.

    What has a `Cache-Tag` gets the headers `index`, as they were when the request came: nothing
    that is looked up from then on is older.
    """

    app: ASGIApp
    count: Count
    inflight: InFlight
    clock: Callable[[], float] = time.time
    index: Callable[[], Headers] = tuple

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        stages: list[tuple[str, float]] = []
        begun = False
        index = self.index()
        head = scope["method"] == "HEAD"
        # HEAD is GET without the body wherever there is GET (RFC 9110 §9.3.2); FastAPI has none.
        scope = {**scope, TIMING: stages}
        if head:
            # A range is asked for by GET alone (§14.2).
            kept = [pair for pair in scope["headers"] if pair[0] != b"range"]
            scope.update({"method": "GET", "headers": kept, HEAD: True})

        async def timed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self.count(_route(scope), message["status"])
                headers = [*message.get("headers", ()), (b"x-content-type-options", b"nosniff")]
                if self.inflight.leaving and scope["http_version"] != "2":
                    headers.append((b"connection", b"close"))
                if not any(name == b"server-timing" for name, _ in headers):
                    whole = ("total", time.perf_counter() - started)
                    headers.append((b"server-timing", timing([*stages, whole])))
                if any(name == b"cache-tag" for name, _ in headers):
                    headers += index
                expires = scope.get(EXPIRES)
                if expires is not None:
                    headers = _until(headers, expires - self.clock())
                message["headers"] = headers
            elif head:
                message = {**message, "body": b""}
            await send(message)

        self.inflight.number += 1
        try:
            await self.app(scope, receive, timed)
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"][:200])
            if begun:
                raise
            await unexpected()(scope, receive, timed)
        finally:
            unwatch(scope)
            self.inflight.leave()


@dataclass(frozen=True, slots=True)
class Warm:
    """Sends an answer that is in memory at once; everything else goes on to the app."""

    app: ASGIApp
    memory: Memory
    key: Callable[[Scope], Key]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            answer = self.memory.get(self.key(scope))
            if answer is not None and answer.sendable(scope):
                scope[ROUTE], scope[EXPIRES] = answer.route, answer.expires
                await answer.send(scope, send, b"memory;desc=hit")
                return
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Shared:
    """Lets pages of every origin read what lies under `prefix`, its errors and 304s too (Fetch,
    §3.2). No credentials are ever looked at, so no answer depends on who asks.
    """

    app: ASGIApp
    prefix: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return

        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), _ANY_ORIGIN]
            await send(message)

        await self.app(scope, receive, shared)


def timing(stages: list[tuple[str, float]]) -> bytes:
    """`Server-Timing` of stages: seconds in, milliseconds out."""
    return ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in stages).encode()


def _until(headers: list[tuple[bytes, bytes]], seconds: float) -> list[tuple[bytes, bytes]]:
    return [
        (name, caching.until(value.decode("latin-1"), seconds).encode("latin-1"))
        if name in (b"cache-control", b"x-accel-cache-control")
        else (name, value)
        for name, value in headers
    ]


def _route(scope: Scope) -> str:
    return str(scope.get(ROUTE) or getattr(scope.get("route"), "path", UNROUTED))
