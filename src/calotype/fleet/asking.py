"""Questions over loopback, none of which waits for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

SECONDS = 2.0
MOST_BYTES = 4 << 20
"""An answer may have so many; the figures of an instance are some 50 KB."""


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
    """Status and body of a GET; None if there was no whole answer within `seconds`.

    HTTP/1.0, so that the body is as it is and ends with the connection. No threads: a few who hang
    must not keep us from looking at the others.
    """
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
                return _parsed(await _read(reader))
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return None


async def _read(reader: asyncio.StreamReader) -> bytes:
    """All there is; raises ValueError for too much."""
    read = bytearray()
    while chunk := await reader.read(1 << 16):
        read += chunk
        if len(read) > MOST_BYTES:
            raise ValueError("more than was asked for")
    return bytes(read)


def _parsed(answer: bytes) -> tuple[int, bytes]:
    """Raises ValueError for what is no answer, or not a whole one."""
    head, end, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    version, status, *_ = first.split(b" ")
    headers = dict(line.lower().split(b":", 1) for line in lines)
    length = int(headers.get(b"content-length", len(body)))
    if not end or not version.startswith(b"HTTP/1.") or length != len(body):
        raise ValueError("no answer of HTTP")
    return int(status), body


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
