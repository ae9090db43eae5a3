"""Originals are sent in parts: never whole in memory, never other bytes, never in anyone's way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from starlette.types import Message

from calotype.api import downloads
from calotype.blobs import FolderSource, Opened
from calotype.blobs.folder import OpenFile
from calotype.errors import NotFound, Unrenderable
from calotype.originals import PART, Originals

from . import library
from .house import PATIENCE, House
from .test_faults import spoil

SIZE = 2 * PART + 1000
"""Three parts."""


@pytest.fixture
def large(tmp_path: Path) -> Iterator[House]:
    """`red.png` has bytes after its end, as many as make three parts."""
    path = tmp_path / "pictures" / "red.png"
    library.save(path, (400, 300), library.RED)
    path.write_bytes(path.read_bytes().ljust(SIZE, b"x"))
    with House(tmp_path / "pictures", tmp_path / "data") as house:
        yield house.settle(1)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The parts that are read of files from now on."""
    found: list[tuple[int, int]] = []
    read = OpenFile.read

    def noted(self: OpenFile, start: int, stop: int) -> bytes:
        found.append((start, stop))
        return read(self, start, stop)

    monkeypatch.setattr(OpenFile, "read", noted)
    return found


def url(house: House) -> str:
    return f"/i/{house.image('red.png').id}/original"


def test_no_more_than_a_part_is_read_at_once(large: House, reads: list[tuple[int, int]]) -> None:
    answer = large.get(url(large))
    assert answer.content == (large.pictures / "red.png").read_bytes()
    assert answer.headers["content-length"] == str(SIZE)
    assert max(stop - start for start, stop in reads) == PART


def test_whether_the_client_has_gone_is_asked_by_one_alone(large: House) -> None:
    """granian, asked again after a question was cancelled, now and then says yes of one that is
    there: a body was broken off, or never begun."""
    asked, sent = list[int](), list[Message]()

    async def receive() -> Message:
        asked.append(len(asked))
        if len(asked) > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    path = url(large)
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
             "query_string": b"", "headers": [], "scheme": "http", "root_path": "",
             "http_version": "1.1"}  # fmt: skip
    large.run(large.app(scope, receive, send))
    assert sum(len(message.get("body", b"")) for message in sent) == SIZE
    assert asked == [0, 1]


def test_once_verified_a_range_reads_only_what_it_is(
    large: House, reads: list[tuple[int, int]]
) -> None:
    first = large.get(url(large), headers={"range": "bytes=5-9"})
    assert sum(stop - start for start, stop in reads) == SIZE + 5
    reads.clear()
    again = large.get(url(large), headers={"range": "bytes=5-9"})
    assert reads == [(5, 10)]
    whole = (large.pictures / "red.png").read_bytes()
    assert first.content == again.content == whole[5:10]


def test_a_small_one_is_read_once(fresh: Any, reads: list[tuple[int, int]]) -> None:
    house = fresh()
    assert house.get(url(house)).content == (house.pictures / "red.png").read_bytes()
    assert len(reads) == 1


def test_head_sends_nothing(large: House, reads: list[tuple[int, int]]) -> None:
    large.get(url(large))
    reads.clear()
    assert large.request("HEAD", url(large)).headers["content-length"] == str(SIZE)
    assert reads == []


def test_what_was_verified_is_not_trusted_after_it_was_written_to(large: House) -> None:
    assert large.get(url(large)).status_code == 200
    spoil(large.pictures / "red.png")  # size and mtime stay
    assert large.get(url(large)).status_code == 422


def test_a_file_that_changes_while_it_is_sent_is_not_sent_to_its_end(large: House) -> None:
    image, house = large.image("red.png"), large.services

    async def story() -> None:
        download = await house.downloads.open(image, slice(0, SIZE))
        parts = aiter(download)
        assert len(await anext(parts)) == PART
        (large.pictures / "red.png").write_bytes(b"other" * SIZE)
        with pytest.raises(NotFound):
            await anext(parts)
        download.close()

    large.run(story())


def test_a_file_that_is_replaced_while_it_is_sent_is_sent_as_it_was(large: House) -> None:
    image, house = large.image("red.png"), large.services
    path = large.pictures / "red.png"
    whole = path.read_bytes()

    async def story() -> bytes:
        download = await house.downloads.open(image, slice(0, SIZE))
        parts = aiter(download)
        sent = [await anext(parts)]
        other = path.with_name("other")
        other.write_bytes(b"x" * SIZE)
        other.replace(path)
        sent += [part async for part in parts]
        download.close()
        return b"".join(sent)

    assert large.run(story()) == whole


def test_who_hangs_up_leaves_nothing_open(large: House, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, gate, begun = threading.Event(), threading.Event(), threading.Event()
    opening, closing = FolderSource.open, OpenFile.close

    def slow(self: FolderSource, name: str) -> Opened:
        begun.set()
        assert gate.wait(PATIENCE)
        return opening(self, name)

    def close(self: OpenFile) -> None:
        closing(self)
        closed.set()

    monkeypatch.setattr(FolderSource, "open", slow)
    monkeypatch.setattr(OpenFile, "close", close)
    image = large.image("red.png")
    asked = large.begin_running(large.services.downloads.open(image, slice(0, SIZE)))
    assert begun.wait(PATIENCE)
    asked.cancel()
    gate.set()
    assert closed.wait(PATIENCE)


def test_past_the_bound_of_originals_being_opened_is_a_503_and_renditions_go_on(
    fresh: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, gate = fresh(), threading.Event()
    kept = house.get("/image/blue?w=50").content
    house.services.memory.clear()
    opening = FolderSource.open

    def slow(self: FolderSource, name: str) -> Opened:
        assert gate.wait(PATIENCE)
        return opening(self, name)

    monkeypatch.setattr(FolderSource, "open", slow)
    stuck = [house.begin(url(house)) for _ in range(downloads.MOST_OPENED)]
    refused = house.get(url(house))
    assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    assert house.get("/image/blue?w=50").content == kept
    gate.set()
    assert {asked.result(PATIENCE).status_code for asked in stuck} == {200}
    assert house.get(url(house)).status_code == 200


def test_an_original_of_another_size_is_no_original(large: House) -> None:
    image = large.image("red.png")
    originals = Originals(large.services.sources, SIZE)
    originals.open(image).close()
    with pytest.raises(Unrenderable):
        originals.open(replace(image, bytes=SIZE - 1))
