"""A small instance: answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from types import TracebackType
from typing import Any, Self


@dataclass
class Reply:
    """`truncate`: only so many bytes of the body are sent before the connection is closed."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    truncate: int | None = None


@dataclass
class Seen:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Seen], Reply | None]
"""None: the connection is closed without an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    origin: Origin

    def address_string(self) -> str:
        return "peer"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _any(self) -> None:
        if self.path in ("/readyz", "/lbz"):
            self.origin.lively.wait()
            self._send(Reply(self.origin.ready, self.origin.ready_body))
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, body)
        self.origin.seen.append(seen)
        reply = self.origin.answer(seen)
        if reply is None:
            self.close_connection = True
            return
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"X-Instance": self.origin.name, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: reply.truncate])
        if reply.truncate is not None:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_PURGE = _any  # noqa: N815


class _Tcp(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that has gone is what some of the tests are about."""


class _Unix(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that has gone is what some of the tests are about."""


class Origin:
    """Listens on a free port of loopback, or on the Unix socket at `path`, until it is closed."""

    def __init__(self, name: str = "origin", path: Path | None = None) -> None:
        self.name, self.ready, self.ready_body = name, 200, b"ok"
        self.lively = threading.Event()
        """Cleared: questions about its health are left open."""
        self.lively.set()
        self.seen: list[Seen] = []
        self.answer: Answer = lambda seen: Reply()
        handler = type("Handler", (_Handler,), {"origin": self})
        self._server: _Tcp | _Unix = (
            _Unix(str(path), handler) if path else _Tcp(("127.0.0.1", 0), handler)
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.socket.getsockname()[1])

    def close(self) -> None:
        """Refuse from now on; connections that are open stay."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.socket.shutdown(socket.SHUT_RDWR)
            self._server.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.lively.set()
        self.close()
