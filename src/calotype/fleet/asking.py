"""Questions over loopback, none of which waits for long."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

SECONDS = 2.0


async def reachable(host: str, port: int) -> bool:
    """Whether anyone accepts a connection there."""
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def until(
    condition: Callable[[], Awaitable[object]], seconds: float, pause: float = 0.1
) -> None:
    """Returns once the condition holds. Raises TimeoutError if it does not within `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(pause)


async def get(
    port: int, path: str, seconds: float = SECONDS, host: str = "127.0.0.1"
) -> tuple[int, bytes] | None:
    """Status and body of a GET; None if there was no answer in time."""
    try:
        async with asyncio.timeout(seconds + 1):
            return await asyncio.to_thread(_get, host, port, path, seconds)
    except (OSError, TimeoutError, http.client.HTTPException):
        return None


def _get(host: str, port: int, path: str, seconds: float) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


async def command(socket: Path, line: str) -> str:
    """What is answered to one line on a Unix socket; raises OSError or TimeoutError."""
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        try:
            writer.write(line.encode() + b"\n")
            await writer.drain()
            return (await reader.read()).decode()
        finally:
            writer.close()
