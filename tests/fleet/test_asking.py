"""Questions to the parts of a fleet, also to those that do not answer as they should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from calotype.fleet import asking

HUNG = 64
"""More than there are threads to wait in."""


@asynccontextmanager
async def saying(answer: bytes | None) -> AsyncIterator[int]:
    """The port of one who says this to everybody; nothing for None."""
    ended = asyncio.Event()

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await ended.wait()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        ended.set()
        server.close()


async def asked(answer: bytes | None, seconds: float = 30) -> tuple[int, bytes] | None:
    async with saying(answer) as port:
        return await asking.get(port, "/readyz", seconds)


def test_status_and_body_are_told() -> None:
    answer = b"HTTP/1.1 503 Not Yet\r\nContent-Length: 4\r\n\r\nwait"
    assert asyncio.run(asked(answer)) == (503, b"wait")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"220 mail.example ESMTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(asking.MOST_BYTES),
    ],
    ids=["nothing", "another protocol", "half a body", "half a head", "too much"],
)
def test_what_is_no_whole_answer_is_none(answer: bytes) -> None:
    assert asyncio.run(asked(answer)) is None


def test_one_who_does_not_answer_is_given_up() -> None:
    assert asyncio.run(asked(None, 0.05)) is None


def test_those_who_hang_keep_nobody_from_being_asked() -> None:
    async def run() -> tuple[int, bytes] | None:
        async with saying(None) as hung, saying(b"HTTP/1.1 200 OK\r\n\r\nwell") as well:
            waiting = [asyncio.create_task(asking.get(hung, "/", 600)) for _ in range(HUNG)]
            await asyncio.sleep(0)
            found = await asking.get(well, "/readyz")
            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return found

    assert asyncio.run(run()) == (200, b"well")
