"""A form with files, on its way in: to temporary files, within bounds, never in memory.

Who hangs up, or sends nonsense, leaves nothing: the files have no name, and are gone when closed,
also when the process dies.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeVar

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header
from starlette.requests import Request

from calotype.catalog import EDITABLE
from calotype.errors import (
    BadBody,
    BadParameter,
    CalotypeError,
    NotReady,
    SourceUnavailable,
    TooLarge,
    TooSlow,
    UnsupportedMediaType,
)
from calotype.ingest.edited import edited, tags_of
from calotype.ingest.upload import file_name
from calotype.settings import UploadConfig
from calotype.writes import Sent

FILE = "file"
MOST_TEXT = 100_000
"""Bytes of a part that is no file."""
AT_ONCE = 1 << 20
"""Bytes that are in memory before they are written."""
_FORM = "multipart/form-data"

T = TypeVar("T")
Open = Callable[[], Awaitable[IO[bytes]]]
Write = Callable[[IO[bytes], bytes], Awaitable[None]]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Received:
    """A file with what followed it. `problem`: why it is not taken; there is no file then."""

    name: str
    file: IO[bytes] | None
    texts: dict[str, str] = field(default_factory=dict)
    problem: CalotypeError | None = None

    def sent(self) -> Sent:
        """Raises its problem, or that of one of its texts."""
        if self.problem is not None or self.file is None:
            raise self.problem or BadBody("There is no file.")
        values: dict[str, Any] = dict(self.texts)
        if "tags" in values:
            values["tags"] = tags_of(values["tags"])
        return Sent(self.file, self.name, edited(values))

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


class Receiving:
    """Belongs to one event loop. `most_bytes`: of one file."""

    def __init__(self, folder: Path, config: UploadConfig, most_bytes: int) -> None:
        self._folder, self._config, self._most = folder, config, most_bytes
        self._threads = ThreadPoolExecutor(config.threads, thread_name_prefix="receive")

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def form(self, request: Request) -> list[Received]:
        """All the files of a form. Close each.

        Raises UnsupportedMediaType, BadBody and BadParameter for what is no such form, TooLarge as
        soon as that is known, TooSlow, ClientDisconnect.
        """
        boundary = _boundary(request)
        most = self._config.max_request_bytes
        if _declared(request) > most:
            raise _too_large(most)
        form = _Form(self._open, self._write, self._config.max_files, self._most)
        parser = PushMultipartParser(
            boundary, max_segment_count=8 * self._config.max_files, strict=True
        )
        try:
            async for chunk in _within(request, most, self._config.seconds):
                for event in parser.parse(chunk):
                    await form.take(event)
            parser.close()
            if not form.received:
                raise BadParameter(FILE, "there: a part with a file", "none")
        except MultipartError as error:
            form.close()
            # What the parser says is for the log: it may quote what was sent.
            log.debug("a form that cannot be read: %s", error)
            raise BadBody(
                "The form cannot be read, or ends too early. Nothing was taken."
            ) from None
        except BaseException:
            form.close()
            raise
        return form.received

    async def _open(self) -> IO[bytes]:
        return await self._in_thread(self._opened)

    def _opened(self) -> IO[bytes]:
        self._folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=self._folder)

    async def _write(self, file: IO[bytes], data: bytes) -> None:
        await self._in_thread(file.write, data)

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *arguments)
        except RuntimeError:
            raise NotReady("The service is shutting down.") from None
        except OSError as error:
            raise SourceUnavailable(
                "There is no room for uploads at the moment. Nothing was taken."
            ) from error


class _Form:
    """Takes the parser's events: a part, its data, None at its end."""

    def __init__(self, open_: Open, write: Write, most_files: int, most_bytes: int) -> None:
        self.received: list[Received] = []
        self._open, self._write = open_, write
        self._most_files, self._most_bytes = most_files, most_bytes
        self._field = ""
        self._buffer = bytearray()
        self._size = 0

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            await self._begin(event)
        elif event is None:
            await self._end()
        elif self._field == FILE:
            await self._more(event)
        else:
            self._buffer += event
            if len(self._buffer) > MOST_TEXT:
                raise BadParameter(self._field, f"at most {MOST_TEXT:,} bytes", "more")

    def close(self) -> None:
        for each in self.received:
            each.close()

    async def _begin(self, part: MultipartSegment) -> None:
        self._field, self._size = part.name or "", 0
        self._buffer.clear()
        if self._field == FILE:
            if len(self.received) == self._most_files:
                most = self._most_files
                raise TooLarge(f"One request has at most {most:,} files.", most)
            self.received.append(Received(file_name(part.filename or ""), None))
            self.received[-1].file = await self._open()
        elif self._field not in EDITABLE:
            known = ", ".join((FILE, *EDITABLE))
            raise BadParameter(self._field[:80], f"left out: the parts of a form are {known}", "it")
        elif not self.received:
            raise BadParameter(self._field, "after the file that it describes", "before all files")
        elif self._field in self.received[-1].texts:
            raise BadParameter(self._field, "given once for each file", "twice")

    async def _more(self, data: bytes | bytearray) -> None:
        into = self.received[-1]
        self._size += len(data)
        if into.file is None:
            return  # too large: what is left of it is passed over
        if self._size > self._most_bytes:
            most = self._most_bytes
            into.problem = TooLarge(f"A file has at most {most:,} bytes.", most)
            into.close()
            into.file = None
            self._buffer.clear()
            return
        self._buffer += data
        if len(self._buffer) >= AT_ONCE:
            await self._flush(into.file)

    async def _end(self) -> None:
        into = self.received[-1]
        if self._field != FILE:
            try:
                into.texts[self._field] = self._buffer.decode()
            except UnicodeDecodeError:
                raise BadParameter(self._field, "in UTF-8", "something else") from None
        elif into.file is not None:
            await self._flush(into.file)

    async def _flush(self, file: IO[bytes]) -> None:
        data = bytes(self._buffer)
        self._buffer.clear()
        if data:
            await self._write(file, data)


async def body(request: Request, most: int, seconds: float) -> bytes:
    """A whole body of at most so many bytes. Raises TooLarge, TooSlow, ClientDisconnect."""
    if _declared(request) > most:
        raise _too_large(most)
    return b"".join([chunk async for chunk in _within(request, most, seconds)])


async def _within(request: Request, most: int, seconds: float) -> AsyncIterator[bytes]:
    size, deadline = 0, asyncio.get_running_loop().time() + seconds
    stream = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(stream, b"")
        except TimeoutError:
            raise TooSlow(f"A request is to be here within {seconds:g} s.") from None
        if not chunk:
            return
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        yield chunk


def _declared(request: Request) -> int:
    """What the request says of its size; 0 if it says nothing."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"One request has at most {most:,} bytes.", most)


def _boundary(request: Request) -> str:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.lower() != _FORM:
        raise UnsupportedMediaType([_FORM])
    boundary: str = options.get("boundary", "")
    # RFC 2046, section 5.1.1; nothing else can stand in a header unharmed either.
    if not re.fullmatch(r"[0-9A-Za-z'()+_,\-./:=? ]{1,70}", boundary):
        raise BadBody("The form has no boundary of 1 to 70 characters (RFC 2046, section 5.1.1).")
    return boundary
