"""Who goes away while something is made for them: it need not be made any more.

A request has one task that waits for its client to go, whoever wants to know. granian, asked again
after such a question was cancelled, now and then says of a client that is there that it has gone,
and an answer under way would be broken off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope

T = TypeVar("T")

CLIENT_GONE = 499
"""nginx's status for it: nobody reads it but the metrics."""
_WATCH = "calotype.leaving"


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives. If the client goes away first it is cancelled, and ClientDisconnect
    raised.
    """
    job = asyncio.create_task(work)
    gone = watch(request.scope, request.receive)
    try:
        await asyncio.wait((job, gone), return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientDisconnect
        return job.result()
    finally:
        job.cancel()


def watch(scope: Scope, receive: Receive) -> asyncio.Task[None]:
    """The task of this request that ends when its client has gone; `unwatch` ends it."""
    found: asyncio.Task[None] | None = scope.get(_WATCH)
    if found is None:
        found = scope[_WATCH] = asyncio.create_task(_disconnected(receive))
    return found


def unwatch(scope: Scope) -> None:
    """The request is over."""
    if (found := scope.get(_WATCH)) is not None:
        found.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(request: Request, error: Exception) -> Response:
    return Response(status_code=CLIENT_GONE)
