"""`POST /images`: files come in, whatever they are called, and are found."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow

from calotype.writes import Added, Sent

from .house import House, until
from .test_search import IMAGE

Fresh = Callable[..., House]


def picture(color: str = "#7030a0", format: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    made = io.BytesIO()
    Pillow.new("RGB", size, color).save(made, format)
    return made.getvalue()


def id_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:40]


def key(house: House) -> str:
    return house.services.writing.writes.catalog.keys.create(["write"], "test")


def bearer(house: House) -> dict[str, str]:
    return {"authorization": f"Bearer {key(house)}"}


def send(house: House, *files: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    """Each file is (name, bytes) or (name, bytes, texts)."""
    parts: list[tuple[str, Any]] = []
    for name, data, *texts in files:
        parts.append(("file", (name, data, "application/octet-stream")))
        parts += [(field, (None, value)) for field, value in (texts[0] if texts else {}).items()]
    return house.request("POST", "/images", files=parts, headers=headers or bearer(house))


def found(house: House, query: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = house.get(f"/search?q={query}").json()["results"]
    return results


def test_an_upload_is_found_by_what_was_said_of_it(fresh: Fresh) -> None:
    house, data = fresh(), picture()
    answer = send(house, ("a.png", data, {"title": "Purple square", "tags": "flat, lilac"}))
    assert answer.status_code == 201
    (only,) = answer.json()["images"]
    assert (only["name"], only["status"]) == ("a.png", 201)
    assert answer.headers["location"] == f"/images/{id_of(data)}"
    (hit,) = until(lambda: found(house, "lilac"))
    assert {name: hit[name] for name in IMAGE} == only["image"]
    assert hit["title"] == "Purple square"
    assert hit["tags"] == ["flat", "lilac"]
    assert house.get(f"/i/{hit['id']}/original").content == data
    assert house.get("/image/purple square?w=20").status_code == 200


def test_the_record_is_whole_in_the_answer(fresh: Fresh) -> None:
    (only,) = send(fresh(), ("a.png", picture("#d62828"))).json()["images"]
    assert [color["name"] for color in only["image"]["colors"]] == ["red"]
    assert only["image"]["thumbhash"]


def test_the_answer_has_the_etag_that_the_record_has(fresh: Fresh) -> None:
    house = fresh()
    answer = send(house, ("a.png", picture()))
    path = answer.headers["location"]
    record = house.wait_for(path, lambda found: found.status_code == 200)
    assert record.headers["etag"] == answer.headers["etag"]
    assert not record.headers["etag"].startswith("W/")


def test_the_same_bytes_again_are_the_same_image(fresh: Fresh) -> None:
    house, data = fresh(), picture()
    first = send(house, ("a.png", data))
    again = send(house, ("b.png", data))
    assert (first.status_code, again.status_code) == (201, 200)
    assert [each["status"] for each in again.json()["images"]] == [200]
    assert first.json()["images"][0]["image"] == again.json()["images"][0]["image"]
    until(lambda: house.get("/search").json()["total"] == 3)


def test_the_same_bytes_twice_in_one_request_are_one_image(fresh: Fresh) -> None:
    answer = send(fresh(), ("a.png", picture()), ("b.png", picture()))
    assert answer.status_code == 201
    assert [each["status"] for each in answer.json()["images"]] == [201, 200]


def test_the_same_bytes_at_the_same_time_are_new_once(fresh: Fresh) -> None:
    house = fresh()
    headers = bearer(house)

    async def all_of_them() -> list[httpx.Response]:
        files = [("file", ("a.png", picture()))]
        posts = [house._client.post("/images", files=files, headers=headers) for _ in range(6)]
        return list(await asyncio.gather(*posts))

    answers = house.run(all_of_them())
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["images"][0]["image"]["id"] for answer in answers}) == 1


def test_what_a_source_has_is_known_and_keeps_its_name(fresh: Fresh) -> None:
    house = fresh()
    data = (house.pictures / "red.png").read_bytes()
    answer = send(house, ("mine.png", data, {"alt": "A red disc"}))
    assert answer.status_code == 200
    record = answer.json()["images"][0]["image"]
    assert (record["name"], record["alt"]) == ("red.png", "A red disc")


def test_what_was_uploaded_stays_when_a_source_loses_it(fresh: Fresh) -> None:
    """The catalog may say that it lies there, and be wrong already."""
    house = fresh()
    lost = house.pictures / "red.png"
    data = lost.read_bytes()
    lost.unlink()
    assert send(house, ("mine.png", data)).status_code == 200
    house.wait_for(f"/i/{id_of(data)}/original", lambda answer: answer.content == data)


def kept(house: House) -> list[str]:
    return [entry.name for entry in house.services.writing.writes.uploads.source.walk()]


def test_each_file_has_the_texts_that_follow_it(fresh: Fresh) -> None:
    answer = send(
        fresh(),
        ("a.png", picture("#111111"), {"title": "One", "creator": "Ada"}),
        ("b.png", picture("#222222"), {"title": "Two", "license": "CC0-1.0"}),
    )
    one, two = (each["image"] for each in answer.json()["images"])
    assert (one["title"], one["creator"], one["license"]) == ("One", "Ada", "")
    assert (two["title"], two["creator"], two["license"]) == ("Two", "", "CC0-1.0")


@pytest.mark.parametrize(
    ("given", "name", "title"),
    [
        ("red-kite_over sea.png", "red-kite_over sea.png", "Red kite over sea"),
        ("../../etc/passwd.png", "passwd.png", "Passwd"),
        ("C:\\Users\\ada\\red kite.png", "red kite.png", "Red kite"),
        ("IMG_2041.png", "IMG_2041.png", ""),
        ("", "", ""),
    ],
)
def test_the_name_of_the_file_is_a_title_at_last_and_never_a_path(
    fresh: Fresh, given: str, name: str, title: str
) -> None:
    house = fresh()
    body = form(part('name="file"; filename="' + given.replace("\\", "\\\\") + '"', picture()))
    (only,) = post(house, body).json()["images"]
    assert (only["name"], only["image"]["title"]) == (name, title)
    id = id_of(picture())
    assert kept(house) == [f"{id[:2]}/{id}.png"]


def test_a_file_is_what_its_content_says(fresh: Fresh) -> None:
    answer = send(fresh(), ("holiday.jpg", picture(format="WEBP")), ("b.jpg", b"#!/bin/sh\n"))
    assert answer.status_code == 201
    good, bad = answer.json()["images"]
    assert good["image"]["format"] == "webp"
    assert (bad["status"], bad["problem"]["code"]) == (422, "refused-not-an-image")
    assert "image" not in bad


def test_when_none_is_taken_it_is_a_422_that_says_why_of_each(fresh: Fresh) -> None:
    house = fresh()
    answer = send(house, ("a.png", b""), ("b.png", picture()[:-20]))
    assert answer.status_code == 422
    codes = [each["problem"]["code"] for each in answer.json()["images"]]
    assert codes == ["refused-empty", "refused-truncated"]
    assert kept(house) == []


def test_pixels_that_break_are_refused_before_they_are_promised(fresh: Fresh) -> None:
    data = bytearray(picture(size=(300, 300), color="#334455"))
    middle = data.index(b"IDAT") + 20
    data[middle : middle + 8] = b"\0" * 8
    (only,) = send(fresh(), ("a.png", bytes(data))).json()["images"]
    assert (only["status"], only["problem"]["code"]) == (422, "refused-corrupt")


# Bounds ----------------------------------------------------------------------------------------


def part(disposition: str, data: bytes) -> bytes:
    return f"Content-Disposition: form-data; {disposition}\r\n\r\n".encode() + data


def form(*parts: bytes, end: bytes = b"--XX--\r\n") -> bytes:
    return b"".join(b"--XX\r\n" + each + b"\r\n" for each in parts) + end


FILE = 'name="file"; filename="a.png"'


def post(house: House, body: Any, type: str = "multipart/form-data; boundary=XX") -> httpx.Response:
    headers = {**bearer(house), "content-type": type}
    return house.request("POST", "/images", content=body, headers=headers)


def opened() -> Iterator[str]:
    """What this process has open; a deleted file's path too."""
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            yield str(descriptor.readlink())


def nothing_is_left(house: House) -> None:
    """Neither in the catalog, nor on disk, nor open."""
    folder = house.services.data / "incoming"
    assert [path for path in opened() if path.startswith(str(folder))] == []
    assert list(folder.glob("*")) == []
    assert kept(house) == []
    assert house.services.writing.writes.catalog.count() == 2


@pytest.mark.parametrize(
    ("parts", "parameter"),
    [
        ([part('name="title"', b"Before"), part(FILE, picture())], "title"),
        ([part(FILE, picture()), part('name="size"', b"9")], "size"),
        ([part(FILE, picture()), part('name="alt"', b"a"), part('name="alt"', b"b")], "alt"),
        ([part(FILE, picture()), part('name="title"', b"\xff\xfe")], "title"),
        ([part(FILE, picture()), part('name="description"', b"x" * 100_001)], "description"),
        ([], "file"),
    ],
)
def test_a_form_that_is_none_of_ours_names_the_part(
    fresh: Fresh, parts: list[bytes], parameter: str
) -> None:
    house = fresh()
    answer = post(house, form(*parts))
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    nothing_is_left(house)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "two\nlines"), ("title", "x" * 501), ("alt", "\x07bell"), ("tags", "a\x00b")],
)
def test_a_text_that_does_not_fit_is_a_problem_of_its_file(
    fresh: Fresh, field: str, value: str
) -> None:
    house = fresh()
    body = form(
        part(FILE, picture("#111111")), part(f'name="{field}"', value.encode()),
        part(FILE, picture("#222222")),
    )  # fmt: skip
    answer = post(house, body)
    assert answer.status_code == 201
    bad, good = answer.json()["images"]
    assert (bad["status"], bad["problem"]["parameter"]) == (400, field)
    assert good["status"] == 201


@pytest.mark.parametrize("cut", [1, 10, 60, 100, 170])
def test_a_form_that_ends_too_early_leaves_nothing(fresh: Fresh, cut: int) -> None:
    house = fresh()
    answer = post(house, form(part(FILE, picture()))[:-cut])
    assert answer.status_code == (201 if cut == 1 else 400)
    if cut > 1:
        assert answer.json()["code"] == "bad-body"
        nothing_is_left(house)


@pytest.mark.parametrize(
    ("type", "status"),
    [
        ("application/json", 415),
        ("image/png", 415),
        ("", 415),
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        (f"multipart/form-data; boundary={'x' * 71}", 400),
        ("multipart/form-data; boundary=YY", 400),
    ],
)
def test_what_is_no_form_is_refused(fresh: Fresh, type: str, status: int) -> None:
    assert post(fresh(), form(part(FILE, picture())), type).status_code == status


def test_a_request_that_says_it_is_too_large_is_not_read(fresh: Fresh) -> None:
    house = fresh(upload={"max_request_bytes": 4096})
    answer, read = ask(house, {"content-length": "4097"}, [])
    assert (answer["status"], read) == (413, 0)


def test_a_request_that_grows_too_large_is_read_no_further(fresh: Fresh) -> None:
    house = fresh(upload={"max_request_bytes": 4096})
    body = [form(part(FILE, b"x" * 1000), end=b""), *[b"y" * 1000] * 100]
    answer, read = ask(house, {}, body)
    assert (answer["status"], read) == (413, 5)
    nothing_is_left(house)


def test_a_file_that_is_too_large_keeps_no_other_out(fresh: Fresh) -> None:
    house = fresh(limits={"max_bytes": 50_000})
    answer = send(house, ("large.png", b"x" * 3_000_000), ("a.png", picture()))
    assert answer.status_code == 201
    large, good = answer.json()["images"]
    assert (large["status"], large["problem"]["limit"]) == (413, 50_000)
    assert good["status"] == 201


def test_more_files_than_one_request_may_have_are_a_413(fresh: Fresh) -> None:
    house = fresh(upload={"max_files": 2})
    answer = send(house, *[(f"{n}.png", picture(f"#00000{n}")) for n in range(3)])
    assert (answer.status_code, answer.json()["limit"]) == (413, 2)
    nothing_is_left(house)


def test_a_request_that_does_not_come_to_an_end_is_a_408(fresh: Fresh) -> None:
    house = fresh(upload={"seconds": 1})
    answer, _ = ask(house, {}, [form(part(FILE, picture()), end=b"")], then="wait")
    assert answer["status"] == 408
    nothing_is_left(house)


def test_who_hangs_up_leaves_nothing(fresh: Fresh) -> None:
    house = fresh()
    body = [form(part(FILE, picture()), part(FILE, b"x" * 3_000_000), end=b"")]
    answer, _ = ask(house, {}, body, then="hang up")
    assert answer["status"] == 499
    nothing_is_left(house)


def test_more_changes_at_once_than_allowed_are_a_503(fresh: Fresh) -> None:
    house = fresh(upload={"max_requests": 1})
    with house.services.writing.turn():
        answer = send(house, ("a.png", picture()))
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"]
    assert send(house, ("a.png", picture())).status_code == 201


def ask(
    house: House, headers: dict[str, str], body: list[bytes], then: str = "end"
) -> tuple[dict[str, Any], int]:
    """An upload in chunks; returns how its answer began, and how many of them were asked for."""
    begun: list[dict[str, Any]] = []
    read = 0
    given = {**bearer(house), "content-type": "multipart/form-data; boundary=XX", **headers}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": "/images", "raw_path": b"/images", "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 9), "server": ("house", 80),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        nonlocal read
        if read < len(body):
            read += 1
            return {"type": "http.request", "body": body[read - 1], "more_body": True}
        if then == "wait":
            await asyncio.Event().wait()
        if then == "hang up":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send_(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            begun.append(dict(message))

    house.run(house.app(scope, receive, send_))
    return begun[0], read


def test_who_hangs_up_takes_no_file_from_the_thread_that_reads_it(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, begun, go, closed = fresh(), Event(), Event(), Queue[bool]()
    writes, headers = house.services.writing.writes, bearer(house)
    add = writes.add

    def held(sent: Sent) -> Added:
        begun.set()
        assert go.wait(20)
        closed.put(sent.file.closed)
        return add(sent)

    monkeypatch.setattr(writes, "add", held)
    files = [("file", ("a.png", picture()))]
    post = house.begin_running(house._client.post("/images", files=files, headers=headers))
    assert begun.wait(20)
    post.cancel()
    until(lambda: house.services.writing._under_way == 0, "the end of the request")
    go.set()
    assert closed.get(timeout=20) is False
    until(lambda: found(house, id_of(picture())))


@pytest.mark.parametrize("part", ["_threads", "_doors", "receiving"])
def test_a_change_while_the_service_closes_is_a_503(fresh: Fresh, part: str) -> None:
    house = fresh()
    headers, writing = bearer(house), house.services.writing
    getattr(writing, part).__getattribute__("close" if part == "receiving" else "shutdown")()
    answer = send(house, ("a.png", picture()), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
