"""An answer that is given before its request has come to an end.

The server closes a connection whose request was not read. A proxy that still writes to it gets a
broken pipe for its answer, and says 503 where we said 401. So what is under way is read and thrown
away, for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BEFORE = (8 << 20, 0.25)
AFTER = (4 << 20, 1.0)
"""Bytes and seconds."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Reads on where an answer comes early: a little `before` it is sent, so that a small request
    is at its end by then, and of a large one some more `after`, while it is on its way.

    The bytes of the answer are sent before its end, so that a proxy knows from their length that
    it has them all, and the connection stays until it has stopped to write.
    """

    app: ASGIApp
    before: tuple[int, float] = BEFORE
    after: tuple[int, float] = AFTER

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        ended = False

        async def seen() -> Message:
            nonlocal ended
            message = await receive()
            ended = not message.get("more_body", False)
            return message

        async def answered(message: Message) -> None:
            if not ended and message["type"] == "http.response.start":
                await _read(seen, *self.before)
            if ended or message["type"] != "http.response.body" or message.get("more_body", False):
                await send(message)
                return
            await send({**message, "more_body": True})
            await _read(seen, *self.after)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self.app(scope, seen, answered)


async def _read(receive: Callable[[], Awaitable[Message]], most: int, seconds: float) -> None:
    """To the end, or so many bytes, for at most so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            more = True
            while more and most > 0:
                message = await receive()
                most -= len(message.get("body", b""))
                more = message.get("more_body", False)


def _has_body(scope: Scope) -> bool:
    """Whether one is on its way. Who waits for a 100 sends none after another answer."""
    if scope["method"] in ("GET", "HEAD"):
        return False
    given = dict(scope["headers"])
    if given.get(b"expect"):
        return False
    return b"transfer-encoding" in given or given.get(b"content-length", b"0") != b"0"
