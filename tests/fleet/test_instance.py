"""nginx as it is configured, in front of a small app on a Unix socket."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from calotype import server
from calotype.api import handover, pages
from calotype.api.handover import File
from calotype.deliver.renditions import Renditions
from calotype.fleet.instance import KEEP_ALIVE_SECONDS, STOP, nginx_files

from .instances import Instance
from .origin import Answer, Origin, Reply, Seen
from .programs import (
    DEPLOY,
    PATIENCE,
    answers,
    free_port,
    http,
    running,
    short_folder,
    until,
)

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("instance")]
KEY = "ab" + "0" * 30


@pytest.fixture
def instance() -> Iterator[Instance]:
    with Instance.start() as made:
        yield made


@pytest.fixture
def app(instance: Instance) -> Iterator[Origin]:
    with Origin("app", instance.socket) as made:
        yield made


@pytest.mark.parametrize("name", ["plain", "with a space; and {more}"])
def test_the_configuration_is_valid(name: str) -> None:
    with short_folder() as above:
        (folder := above / name).mkdir()
        command = Instance(folder, free_port()).configure()
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr


@pytest.mark.parametrize(
    ("path", "file", "kind"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/upload", "upload.html", "text/html; charset=utf-8"),
        ("/assets/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/favicon.ico", "favicon.svg", "image/svg+xml"),
    ],
)
def test_the_web_app_is_sent_without_the_app(
    instance: Instance, path: str, file: str, kind: str
) -> None:
    answer = http.get(instance.url + path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.content == (pages.WEB / file).read_bytes()
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/upload"])
def test_pages_have_the_headers_that_the_app_gives_them(instance: Instance, path: str) -> None:
    answer = http.get(instance.url + path)
    assert {name: answer.headers[name] for name in pages.PAGE} == pages.PAGE


PAGES = sorted(page.name for page in pages.WEB.rglob("*.html"))


@pytest.mark.parametrize("name", [*PAGES, "", "vendor", "vendor/", "css/", "css/../index.html",
                                  "index.html/", "/index.html", "index%2ehtml"])  # fmt: skip
def test_no_page_and_no_folder_is_among_the_assets(instance: Instance, name: str) -> None:
    """Where no policy would be sent with it."""
    answer = http.get(f"{instance.url}/assets/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_an_asset_that_is_not_there_is_a_problem_document(instance: Instance) -> None:
    answer = http.get(instance.url + "/assets/none.js")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/assets/../nginx.conf", "/assets/..%2fapp.py", "/assets/vendor"])
def test_nothing_beside_the_web_app_is_sent(instance: Instance, path: str) -> None:
    with socket.create_connection(("127.0.0.1", instance.port), timeout=PATIENCE) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert int(answer.split()[1]) in (301, 400, 403, 404, 503)
    assert b"worker_processes" not in answer
    assert b"import" not in answer


def test_requests_go_to_the_app_as_they_are(instance: Instance, app: Origin) -> None:
    headers = {"accept": "image/avif", "host": "images.example", "x-forwarded-proto": "https"}
    http.get(instance.url + "/image/a%20b%2Fc?w=400&x=%41", headers=headers)
    seen = app.seen[-1]
    assert seen.target == "/image/a%20b%2Fc?w=400&x=%41"
    assert {name: seen.headers[name] for name in headers} == headers
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"


def said(given: dict[str, str], path: str) -> dict[str, str]:
    """As the app says it to nginx."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in given.items()]
    headers = dict(handover.headers(pairs, File("", Renditions(0, None))))
    headers[b"x-accel-redirect"] = path.encode()
    return {name.decode(): value.decode() for name, value in headers.items()}


def test_a_rendition_on_disk_is_sent_with_the_headers_of_the_app(
    instance: Instance, app: Origin
) -> None:
    given = {
        "Content-Type": "image/avif", "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": 'W/"1"', "Vary": "Accept, Save-Data", "Cache-Tag": "img-ab",
        "Content-Location": "/i/ab", "Content-Disposition": "attachment", "Link": "<x>",
        "Server-Timing": "total;dur=1", "X-Index-Epoch": "e", "X-Index-Seq": "7",
    }  # fmt: skip
    (instance.renditions / "ab").mkdir()
    (instance.renditions / "ab" / KEY).write_bytes(b"pixels" * 1000)
    app.answer = lambda seen: Reply(body=b"", headers=said(given, f"/-/renditions/ab/{KEY}"))
    ask = {"range": "bytes=0-1", "if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    answer = http.get(instance.url + "/i/ab", headers=ask)
    assert answer.status_code == 200
    assert answer.content == b"pixels" * 1000
    assert {name: answer.headers[name] for name in given} == given
    assert "last-modified" not in answer.headers
    assert "x-accel-redirect" not in answer.headers
    assert http.head(instance.url + "/i/ab").headers["content-length"] == "6000"


def handing_over(path: str) -> Answer:
    """An app that leaves the body to nginx, until nginx wants the bytes."""

    def answer(seen: Seen) -> Reply:
        headers = {"ETag": 'W/"1"', "Cache-Control": "max-age=9", "Cache-Tag": "img-ab",
                   "Content-Type": "image/avif", "Vary": "Accept", "Server-Timing": "a;dur=1",
                   "Content-Disposition": "attachment"}  # fmt: skip
        if "x-accel-skip" in seen.headers:
            return Reply(body=b"from the app", headers=headers)
        return Reply(body=b"", headers=said(headers, path))

    return answer


def test_a_rendition_that_has_gone_is_asked_for_once_more(instance: Instance, app: Origin) -> None:
    app.answer = handing_over(f"/-/renditions/ab/{KEY}")
    answer = http.get(instance.url + "/image/a%20b%2Fc?w=1&q=%41", headers={"host": "x.example"})
    assert (answer.status_code, answer.content) == (200, b"from the app")
    first, second = app.seen
    assert first.target == second.target == "/image/a%20b%2Fc?w=1&q=%41"
    assert second.headers["host"] == "x.example"
    assert "x-accel-skip" not in first.headers
    single = ("etag", "cache-control", "cache-tag", "content-type", "vary", "content-disposition",
              "server-timing", "content-length")  # fmt: skip
    assert {name: len(answer.headers.get_list(name)) for name in single} == dict.fromkeys(single, 1)


def test_an_app_that_never_has_the_bytes_is_not_asked_for_ever(
    instance: Instance, app: Origin
) -> None:
    hidden = {"X-Accel-Redirect": f"/-/renditions/ab/{KEY}"}
    app.answer = lambda seen: Reply(body=b"", headers=hidden)
    assert http.get(instance.url + "/i/ab").status_code >= 500
    assert len(app.seen) < 20


def test_an_app_that_breaks_off_when_asked_once_more_is_a_problem_document(
    instance: Instance, app: Origin
) -> None:
    first = handing_over(f"/-/renditions/ab/{KEY}")
    app.answer = lambda seen: None if "x-accel-skip" in seen.headers else first(seen)
    answer = http.get(instance.url + "/i/ab")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("name", ["if-match", "if-unmodified-since"])
def test_conditions_are_left_to_the_app(instance: Instance, app: Origin, name: str) -> None:
    """nginx would judge them by the file, and answer 412."""
    app.answer = handing_over(f"/-/renditions/ab/{KEY}")
    value = {"if-match": '"x"', "if-unmodified-since": "Fri, 01 Jan 1999 00:00:00 GMT"}[name]
    assert http.get(instance.url + "/i/ab", headers={name: value}).content == b"from the app"
    assert len(app.seen) == 1


def test_nobody_outside_can_ask_for_the_bytes(instance: Instance, app: Origin) -> None:
    http.get(instance.url + "/i/ab", headers={"x-accel-skip": "1"})
    assert "x-accel-skip" not in app.seen[-1].headers


def test_renditions_cannot_be_asked_for_by_name(instance: Instance, app: Origin) -> None:
    (instance.renditions / "ab").mkdir()
    (instance.renditions / "ab" / KEY).write_bytes(b"pixels")
    for path in (f"/-/renditions/ab/{KEY}", "/-/page/index.html", "/-/problem/503"):
        assert http.get(instance.url + path).json()["code"] == "not-found"
    assert app.seen == []


def test_an_upload_is_passed_on_while_it_comes(instance: Instance, app: Origin) -> None:
    """The app has the request before the client has sent all of it."""
    arrived = threading.Event()
    app.answer = lambda seen: Reply(body=str(len(seen.body)).encode())
    accept = app._server.get_request

    def noticed() -> object:
        connection = accept()
        arrived.set()
        return connection

    app._server.get_request = noticed  # type: ignore[method-assign, assignment]
    with socket.create_connection(("127.0.0.1", instance.port), timeout=PATIENCE) as connection:
        connection.sendall(
            b"POST /images HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n"
            b"Connection: close\r\n\r\n" + b"x" * 100_000
        )
        assert arrived.wait(PATIENCE)
        connection.sendall(b"x" * 100_000)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answer.endswith(b"200000")


def test_an_upload_past_the_bound_is_a_problem_document(instance: Instance) -> None:
    with socket.create_connection(("127.0.0.1", instance.port), timeout=PATIENCE) as connection:
        connection.sendall(
            b"POST /images HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741825\r\n"
            b"Connection: close\r\n\r\n"
        )
        answer = connection.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"too-large" in answer


def test_without_the_app_there_is_a_problem_document(instance: Instance) -> None:
    answer = http.get(instance.url + "/i/ab")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["retry-after"] == "1"


def test_an_app_that_breaks_off_is_the_same(instance: Instance, app: Origin) -> None:
    app.answer = lambda seen: None
    assert http.get(instance.url + "/i/ab").status_code == 503


def test_errors_of_the_app_are_its_own(instance: Instance, app: Origin) -> None:
    app.answer = lambda seen: Reply(503, b"overloaded", {"Retry-After": "7"})
    answer = http.get(instance.url + "/i/ab")
    assert (answer.status_code, answer.content) == (503, b"overloaded")
    assert answer.headers["retry-after"] == "7"


def test_no_hop_closes_an_idle_connection_before_the_one_that_uses_it() -> None:
    """Of the edge to the load balancer: 50 s (varnishd.params). Of that to nginx: a few seconds."""
    edge = seconds("edge/varnishd.params", r"^backend_idle_timeout=(\d+)")
    assert edge < seconds("lb/haproxy.cfg", r"timeout http-keep-alive (\d+)s")
    unused = seconds("lb/haproxy.cfg", r"pool-purge-delay (\d+)s")
    assert unused < seconds("instance/nginx.conf", r"^ +keepalive_timeout (\d+)s")
    assert KEEP_ALIVE_SECONDS < server.KEEP_ALIVE_SECONDS


def seconds(file: str, pattern: str) -> int:
    found = re.search(pattern, (DEPLOY / file).read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("path", ["/a$b", '/a"b', "/a\\b", "/a\nb"])
def test_a_path_that_nginx_cannot_be_told_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="choose one without"):
        nginx_files("127.0.0.1:1", Path("/s"), Path(path))


GRANIAN = """
import asyncio, sys
from pathlib import Path
from granian.constants import Interfaces
from granian.server.embed import Server

async def app(scope, receive, send):
    headers = [(b"x-server", b"granian")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": scope["path"].encode()})

server = Server(app, uds=Path(sys.argv[1]), interface=Interfaces.ASGINL, log_enabled=False)
asyncio.run(server.serve())
"""


def test_granian_as_we_embed_it_listens_on_a_unix_socket(instance: Instance) -> None:
    command = [sys.executable, "-c", GRANIAN, str(instance.socket)]
    with running(command, instance.folder / "granian"):
        until(lambda: http.get(instance.url + "/i/ab").status_code == 200, "granian behind nginx")
        answer = http.get(instance.url + "/i/ab")
    assert (answer.headers["x-server"], answer.text) == ("granian", "/i/ab")


def test_leaving_it_finishes_what_is_under_way() -> None:
    begun, finish = threading.Event(), threading.Event()

    def slow(seen: Seen) -> Reply:
        begun.set()
        assert finish.wait(PATIENCE)
        return Reply(body=b"finished")

    with ExitStack() as stack:
        instance = stack.enter_context(Instance.start())
        app = stack.enter_context(Origin("app", instance.socket))
        app.answer = slow
        pool = stack.enter_context(ThreadPoolExecutor(1))
        under_way = pool.submit(http.get, instance.url + "/i/ab")
        assert begun.wait(PATIENCE)
        instance.process.send_signal(STOP)
        until(lambda: not answers(instance.url)(), "nothing new being taken")
        finish.set()
        assert under_way.result().content == b"finished"
        assert instance.process.wait(PATIENCE) == 0
