"""An answer that comes before the end of its request: what is under way is read, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from calotype.api.unread import Unread

PIECE = 1_000


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": []})
    await send({"type": "http.response.body", "body": b"no"})


async def take(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await refuse(scope, receive, send)


def asked(
    app: Any,
    pieces: int,
    method: str = "POST",
    stalls: bool = False,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """What happened, in turn: a piece read, `start`, `body` and `end` of the answer."""
    log: list[str] = []
    given = {"content-length": str(pieces * PIECE), **headers}
    pairs = [(name.encode(), value.encode()) for name, value in given.items()]
    scope = {"type": "http", "method": method, "headers": pairs}

    async def receive() -> Message:
        if stalls:
            await asyncio.Event().wait()
        log.append("read")
        more = log.count("read") < pieces
        return {"type": "http.request", "body": bytes(PIECE), "more_body": more}

    async def send(message: Message) -> None:
        kind = message["type"].rpartition(".")[2]
        if kind == "body":
            log.extend(["body"] if message["body"] else [])
            log.extend([] if message.get("more_body") else ["end"])
        else:
            log.append(kind)

    wrapped = Unread(app, before=(3 * PIECE, 0.01), after=(2 * PIECE, 0.01))
    asyncio.run(wrapped(scope, receive, send))
    return log


def test_a_small_request_is_at_its_end_before_its_answer() -> None:
    assert asked(refuse, 2) == ["read", "read", "start", "body", "end"]


def test_a_large_one_is_read_within_bounds_before_and_while_the_answer_is_sent() -> None:
    assert asked(refuse, 99) == [*["read"] * 3, "start", "body", "read", "read", "end"]


def test_one_that_was_read_is_answered_as_it_is() -> None:
    assert asked(take, 5) == [*["read"] * 5, "start", "body", "end"]


def test_one_that_stalls_is_answered_all_the_same() -> None:
    assert asked(refuse, 2, stalls=True) == ["start", "body", "end"]


@pytest.mark.parametrize("headers", [{"expect": "100-continue"}, {"content-length": "0"}])
def test_who_sends_nothing_is_not_waited_for(headers: dict[str, str]) -> None:
    assert asked(refuse, 2, headers=headers) == ["start", "body", "end"]


def test_a_get_is_not_waited_for() -> None:
    assert asked(refuse, 2, "GET") == ["start", "body", "end"]
