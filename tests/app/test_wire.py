"""What only a real socket shows."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PIL import Image

from .service import Service, status, until

END = b"Host: x\r\nConnection: close\r\n\r\n"


def test_head_has_no_body_and_the_length_of_get(service: Service) -> None:
    url = b"/image/red%20hat?w=60&fm=png"
    get = service.target(url)
    head = service.raw(b"HEAD " + url + b" HTTP/1.1\r\n" + END)
    _, _, body = get.partition(b"\r\n\r\n")
    assert head.partition(b"\r\n\r\n")[2] == b""
    assert b"content-length: %d" % len(body) in head.lower()
    assert status(head) == status(get) == 200


def test_a_connection_goes_on_after_head_and_304(service: Service) -> None:
    url = b"/image/red%20hat?w=61"
    etag = service.get(url.decode()).headers["etag"].encode()
    requests = (
        b"HEAD " + url + b" HTTP/1.1\r\nHost: x\r\n\r\n"
        b"GET " + url + b" HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + etag + b"\r\n\r\n"
        b"GET /healthz HTTP/1.1\r\n" + END
    )
    answer = service.raw(requests)
    assert answer.count(b"HTTP/1.1 ") == 3
    assert answer.count(b"HTTP/1.1 200") == 2
    assert answer.count(b"HTTP/1.1 304") == 1
    assert answer.endswith(b'{"status":"ok"}')


def test_an_original_that_changes_while_it_is_sent_is_cut_off(tmp_path: Path) -> None:
    """Whoever has half of it must not take it for the whole."""
    path, size = tmp_path / "pictures" / "red.png", 64 << 20  # more than sockets hold
    path.parent.mkdir()
    Image.new("RGB", (40, 30), "red").save(path)
    path.write_bytes(path.read_bytes().ljust(size, b"x"))
    with Service(path.parent, tmp_path / "house") as service:
        until(lambda: service.get("/search").json()["total"] == 1, "the picture")
        id = service.get("/search").json()["results"][0]["id"]
        request = f"GET /i/{id}/original HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        with service.connect() as connection:
            connection.sendall(request.encode())
            begun = connection.recv(1 << 16)
            path.write_bytes(b"other")
            rest = b"".join(iter(lambda: received(connection), b""))
        assert status(begun) == 200
        assert b"content-length: %d" % size in begun.lower()
        assert len(begun) + len(rest) < size
        assert service.get("/healthz").status_code == 200


def received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 20)
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"X-%d: y\r\n" % number for number in range(5000)),
        b"X-Long: " + b"y" * 2_000_000 + b"\r\n",
        b"Accept: " + b"image/avif," * 20_000 + b"\r\n",
    ],
    ids=["many", "long", "accept"],
)
def test_too_many_or_too_long_headers_are_refused(service: Service, headers: bytes) -> None:
    with service.connect() as connection:
        try:
            connection.sendall(b"GET /image/hat HTTP/1.1\r\n" + headers + END)
            answer = connection.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError):
            answer = b"HTTP/1.1 431 "  # closed before we had sent it all
    assert status(answer) in (200, 400, 431)
    assert service.get("/healthz").status_code == 200


def test_an_accept_of_thousands_of_formats_is_answered(service: Service) -> None:
    accept = b"Accept: " + b",".join(b"image/x-%d" % n for n in range(500))
    answer = service.raw(b"GET /image/hat?w=50 HTTP/1.1\r\n" + accept + b"\r\n" + END)
    assert status(answer) == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /image/caf\xc3\xa9 HTTP/1.1\r\n",
        b"GET /image/\xff HTTP/1.1\r\n",
        b"GET http://elsewhere.example/image/hat HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"GET image/hat HTTP/1.1\r\n",
        b"GET /image/hat HTTP/9.9\r\n",
        b"\x00\x01\x02\r\n",
        b"GET /image/" + b"a" * 10_000 + b" HTTP/1.1\r\n",
        b"GET /search?q=" + b"a" * 70_000 + b" HTTP/1.1\r\n",
        b"POST /search HTTP/1.1\r\nContent-Length: 5\r\n",
    ],
)
def test_odd_requests_leave_the_service_standing(service: Service, request_: bytes) -> None:
    answer = service.raw(request_ + END + b"hello")
    assert answer == b"" or status(answer) < 500
    assert service.get("/healthz").status_code == 200
