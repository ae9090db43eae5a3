"""nginx and the real service behind it: what lies on disk is sent by nginx."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from calotype.api import handover

from .instances import Instance
from .programs import PATIENCE, http, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("instance")]
AVIF = {"accept": "image/avif,*/*"}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    noise = Image.effect_noise((1200, 900), 90).convert("RGB")
    noise.save(folder / "red kite.jpg", quality=90)
    Image.new("RGB", (600, 400), "blue").save(folder / "blue hat.png")
    return folder


@pytest.fixture(scope="module")
def instance(pictures: Path) -> Iterator[Instance]:
    with Instance.start() as made, made.app(pictures):
        yield made


def ask(instance: Instance, target: str, **headers: str) -> httpx.Response:
    return http.get(instance.url + target, headers={**AVIF, **headers})


def straight(instance: Instance, target: str, *lines: str) -> bytes:
    """The head of what the app itself says to nginx."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(instance.socket))
        head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", "Accept: image/avif,*/*", *lines])
        connection.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).partition(b"\r\n\r\n")[0]


def on_disk(instance: Instance, target: str) -> httpx.Response:
    """The answer once the rendition lies on disk, and the app leaves it to nginx."""
    until(lambda: b"x-accel-redirect" in straight(instance, target), "a rendition on disk")
    return ask(instance, target)


def id_of(instance: Instance, query: str) -> str:
    return str(http.get(f"{instance.url}/search?q={query}").json()["results"][0]["id"])


def told(answer: httpx.Response) -> dict[str, Any]:
    """All headers, each with all its values, but those that differ each time or are nginx's."""
    left_out = {"date", "server", "connection", "server-timing", "keep-alive", "x-index-seq"}
    names = {name.lower() for name in answer.headers} - left_out
    return {name: answer.headers.get_list(name) for name in names}


@pytest.mark.parametrize("target", [
    "/image/red%20kite?w=500", "/i/{id}?w=500", "/i/{id}?w=480&fm=jpg", "/i/{id}?w=470&dl=a.jpg",
    "/iiif/3/{id}/full/400,/0/default.jpg",
])  # fmt: skip
def test_nothing_is_lost_and_nothing_doubled(instance: Instance, target: str) -> None:
    target = target.format(id=id_of(instance, "kite"))
    first = ask(instance, target)
    later = on_disk(instance, target)
    assert later.status_code == first.status_code == 200
    assert later.content == first.content
    assert told(later) == told(first)
    assert all(len(values) == 1 for values in told(later).values())
    assert len(later.headers.get_list("server-timing")) == 1
    assert "x-accel-redirect" not in later.headers


def test_what_is_small_and_in_memory_is_sent_from_there(instance: Instance) -> None:
    target = "/image/blue%20hat?w=50"
    small = ask(instance, target)
    assert len(small.content) < handover.LEAST

    def lies() -> bool:
        files = (file for file in instance.renditions.rglob("*") if file.is_file())
        return any(file.read_bytes() == small.content for file in files)

    until(lies, "a rendition on disk")
    assert b"x-accel-redirect" not in straight(instance, target)


def test_a_head_and_a_304_are_as_without_nginx(instance: Instance) -> None:
    target = "/image/red%20kite?w=510"
    whole = on_disk(instance, target)
    head = http.head(instance.url + target, headers=AVIF)
    assert told(head) == told(whole)
    assert head.content == b""
    unchanged = ask(instance, target, **{"if-none-match": whole.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "cache-tag", "content-location"):
        assert unchanged.headers.get_list(name) == whole.headers.get_list(name)


def test_what_conditions_and_ranges_ask_for_is_as_without_nginx(instance: Instance) -> None:
    target = "/image/red%20kite?w=520"
    whole = on_disk(instance, target)
    since = "Fri, 01 Jan 2100 00:00:00 GMT"
    long_ago = "Fri, 01 Jan 1999 00:00:00 GMT"
    for name, value in (
        ("range", "bytes=0-9"), ("if-modified-since", since), ("if-unmodified-since", long_ago),
        ("if-match", '"other"'), ("if-none-match", '"other"'),
    ):  # fmt: skip
        answer = ask(instance, target, **{name: value})
        assert (answer.status_code, answer.content) == (200, whole.content), name


def test_one_that_is_evicted_is_sent_all_the_same(instance: Instance) -> None:
    target = "/image/red%20kite?w=530"
    before = on_disk(instance, target)
    for file in instance.renditions.rglob("*"):
        if file.is_file():
            file.unlink()
    after = ask(instance, target)
    assert after.content == before.content
    assert told(after) == told(before)
    assert b"x-accel-redirect" not in straight(instance, target), "it learnt that it has gone"


def test_one_that_is_damaged_on_disk_is_never_sent(pictures: Path) -> None:
    target = "/image/red%20kite?w=540"
    with Instance.start() as instance:
        with instance.app(pictures):
            whole = on_disk(instance, target).content
        files = [file for file in instance.renditions.rglob("*") if file.is_file()]
        (body,) = (file for file in files if file.read_bytes() == whole)
        body.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with instance.app(pictures):
            assert ask(instance, target).content == whole


def test_after_a_restart_it_is_left_to_nginx_again_and_not_rendered(pictures: Path) -> None:
    """Without memory all answers name the file, and each is counted as a hit on disk."""
    without_memory = {
        "CALOTYPE_SERVER_WARM_BYTES": "0", "CALOTYPE_DELIVER_MEMORY_BYTES": "0",
    }  # fmt: skip
    target = "/image/red%20kite?w=550"
    with Instance.start() as instance:
        with instance.app(pictures):
            whole = on_disk(instance, target).content
        with instance.app(pictures, **without_memory):
            assert b"x-accel-redirect" in straight(instance, target)
            assert [ask(instance, target).content for _ in range(3)] == [whole] * 3
            assert instance.metric('calotype_rendition_cache_total{result="disk"}') == 4
            assert instance.metric('calotype_renders_total{outcome="ok"}') == 0


def test_originals_problems_and_json_come_from_the_app(instance: Instance, pictures: Path) -> None:
    id = id_of(instance, "kite")
    original = ask(instance, f"/i/{id}/original")
    assert original.content == (pictures / "red kite.jpg").read_bytes()
    part = ask(instance, f"/i/{id}/original", range="bytes=10-19")
    assert (part.status_code, part.content) == (206, original.content[10:20])
    assert ask(instance, "/image/zzzzzz").status_code == 404
    assert ask(instance, f"/i/{id}?fm=json").json()


def test_a_document_names_the_host_and_scheme_that_were_asked(instance: Instance) -> None:
    id = id_of(instance, "kite")
    headers = {"host": "images.example", "x-forwarded-proto": "https"}
    document = http.get(f"{instance.url}/iiif/3/{id}/info.json", headers=headers).json()
    assert document["id"] == f"https://images.example/iiif/3/{id}"
    odd = {"host": "images.example", "x-forwarded-proto": "javascript"}
    document = http.get(f"{instance.url}/iiif/3/{id}/info.json", headers=odd).json()
    assert document["id"] == f"http://images.example/iiif/3/{id}"


def test_an_upload_that_is_refused_at_once_has_the_answer_of_the_app(instance: Instance) -> None:
    """While nginx still writes it: were the app to close, some would be a 503."""
    size = 100_000
    head = (
        "POST /images HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
        f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
    )
    found = set()
    for _ in range(60):
        with socket.create_connection(("127.0.0.1", instance.port), PATIENCE) as connection:
            connection.sendall(head.encode() + bytes(size))
            found.add(connection.recv(1 << 16)[9:12])
    assert found == {b"401"}
