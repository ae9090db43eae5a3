"""Reading a level for whoever cannot have a rendition: off the event loop, and bounded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest
from obstore.store import MemoryStore

from calotype.blobs import Derived
from calotype.model import Image
from calotype.render.pyramid import Pyramid
from calotype.render.stored import StoredLevels
from tests.decode.pictures import quadrants, saved

from .studio import record

PATIENCE = 30


class Slow(Pyramid):
    """A store that answers when it is let; who reads is noted."""

    def __init__(self) -> None:
        super().__init__(Derived(MemoryStore()))
        self.gate, self.begun = threading.Event(), threading.Event()
        self.readers: list[str] = []

    def read(self, image: Image, side: int) -> bytes | None:
        self.readers.append(threading.current_thread().name)
        self.begun.set()
        assert self.gate.wait(PATIENCE)
        return super().read(image, side)


@pytest.fixture(scope="module")
def original() -> bytes:
    return saved(quadrants(2800, 1400), "jpeg")


@pytest.fixture
def slow(original: bytes) -> Iterator[Slow]:
    made = Slow()
    assert made.make(record(original), original)
    yield made
    made.gate.set()


def story(tell: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(tell(), PATIENCE)

    asyncio.run(whole())


async def begun(slow: Slow) -> None:
    assert await asyncio.to_thread(slow.begun.wait, PATIENCE)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ((1, 1), (1024, 512)),
        ((1024, 512), (1024, 512)),
        ((1025, 513), (2048, 1024)),
        ((2049, 1025), None),
    ],
)
def test_the_smallest_that_is_large_enough_is_read_in_a_thread_of_its_own(
    slow: Slow, original: bytes, asked: tuple[int, int], found: tuple[int, int] | None
) -> None:
    async def tell() -> None:
        slow.gate.set()
        stored = StoredLevels(slow)
        level = await stored.find(record(original), asked)
        assert (level and (level.width, level.height)) == found
        assert all(name.startswith("stored-level") for name in slow.readers)
        stored.close()

    story(tell)


def test_an_upright_level_is_measured_upright(slow: Slow, original: bytes) -> None:
    async def tell() -> None:
        slow.gate.set()
        image = record(original, width=1400, height=2800, orientation=6)
        assert await StoredLevels(slow).find(image, (1000, 2000)) is not None
        assert await StoredLevels(slow).find(image, (1100, 2200)) is None

    story(tell)


def test_past_the_bound_nothing_is_read_until_one_has_ended(slow: Slow, original: bytes) -> None:
    async def tell() -> None:
        stored, image = StoredLevels(slow, most=1), record(original)
        first = asyncio.create_task(stored.find(image, (9, 9)))
        await begun(slow)
        assert await stored.find(image, (9, 9)) is None
        slow.gate.set()
        assert await first is not None
        assert await stored.find(image, (9, 9)) is not None
        assert len(slow.readers) == 2

    story(tell)


def test_a_store_that_hangs_is_a_store_without_levels(slow: Slow, original: bytes) -> None:
    async def tell() -> None:
        assert await StoredLevels(slow, seconds=0.01).find(record(original), (9, 9)) is None

    story(tell)


def test_a_read_that_nobody_waits_for_any_more_counts_until_it_ends(
    slow: Slow, original: bytes
) -> None:
    async def tell() -> None:
        stored, image = StoredLevels(slow, most=1), record(original)
        first = asyncio.create_task(stored.find(image, (9, 9)))
        await begun(slow)
        first.cancel()
        await asyncio.wait([first])
        assert await stored.find(image, (9, 9)) is None
        assert len(slow.readers) == 1

    story(tell)


def test_once_closed_there_is_none(slow: Slow, original: bytes) -> None:
    async def tell() -> None:
        stored = StoredLevels(slow)
        stored.close()
        assert await stored.find(record(original), (9, 9)) is None

    story(tell)
