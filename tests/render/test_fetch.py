"""What a render begins with is read before it: a source that hangs stops no worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from calotype.errors import Overloaded, SourceUnavailable
from calotype.model import Rendition
from calotype.render.admission import Level
from calotype.render.engine import FETCHERS
from calotype.render.fetch import Fetch
from calotype.render.spec import RenderSpec
from tests.decode.pictures import sample

from .studio import record, renderer
from .test_held import until
from .test_pyramid import Studio, gone, scene

PATIENCE = 20
SMALL = RenderSpec.parse({"w": "30"})


class Source:
    """Its reads hang until the gate is open."""

    def __init__(self) -> None:
        self.gate, self.begun = threading.Event(), 0

    def read(self) -> bytes:
        self.begun += 1
        assert self.gate.wait(PATIENCE)
        return b"the original"


def fetch(threads: int = 2, places: int = 3, waiting: int = 9, **seconds: float) -> Fetch:
    patience, limit = seconds.get("patience", PATIENCE), seconds.get("limit", PATIENCE)
    return Fetch(threads, places, waiting, patience, limit)


async def held(made: Fetch, read: Callable[[], bytes], until: asyncio.Event) -> bytes:
    async with made.run(read) as data:
        await until.wait()
        return data


def test_a_level_is_rendered_while_the_source_hangs() -> None:
    studio, source, data = Studio(), Source(), scene()
    image = studio.make(data)

    async def story() -> Rendition:
        submit, other = studio.renderer.submit, record(sample("png"))
        stuck = [
            asyncio.ensure_future(submit(source.read, other, SMALL, "png"))
            for _ in range(3 * FETCHERS)
        ]
        await until(lambda: source.begun == FETCHERS)
        done = await submit(gone, image, SMALL, "png")
        assert studio.renderer._pool.level is Level.CALM
        assert studio.renderer.load.waiting == 0
        source.gate.set()
        await asyncio.gather(*stuck, return_exceptions=True)
        return done

    assert asyncio.run(story()).width == 30


def test_no_more_is_in_memory_than_there_are_places() -> None:
    async def story() -> None:
        made, source, rendered = fetch(), Source(), asyncio.Event()
        source.gate.set()
        asked = [asyncio.ensure_future(held(made, source.read, rendered)) for _ in range(8)]
        await until(lambda: made.waiting_for_workers == 5 and source.begun == 3)
        rendered.set()
        assert await asyncio.gather(*asked) == [b"the original"] * 8
        assert source.begun == 8

    asyncio.run(story())


def test_who_waits_for_a_read_does_not_count_as_waiting_for_a_worker() -> None:
    async def story() -> None:
        made, source, rendered = fetch(), Source(), asyncio.Event()
        rendered.set()
        asked = [asyncio.ensure_future(held(made, source.read, rendered)) for _ in range(8)]
        await until(lambda: source.begun == 2)
        assert made.waiting_for_workers == 0
        source.gate.set()
        await asyncio.gather(*asked)

    asyncio.run(story())


def test_past_the_bound_of_those_who_wait_it_refuses() -> None:
    async def story() -> None:
        made, source, rendered = fetch(places=1, waiting=1), Source(), asyncio.Event()
        rendered.set()
        asked = [asyncio.ensure_future(held(made, source.read, rendered)) for _ in range(2)]
        await until(lambda: source.begun == 1)
        with pytest.raises(Overloaded) as problem:
            await held(made, source.read, rendered)
        assert problem.value.reason == "full"
        source.gate.set()
        await asyncio.gather(*asked)

    asyncio.run(story())


def test_who_waits_too_long_for_a_place_is_late() -> None:
    async def story() -> None:
        made, source, rendered = fetch(places=1, patience=0.01), Source(), asyncio.Event()
        rendered.set()
        asked = asyncio.ensure_future(held(made, source.read, rendered))
        await until(lambda: source.begun == 1)
        with pytest.raises(Overloaded) as problem:
            await held(made, source.read, rendered)
        assert problem.value.reason == "late"
        source.gate.set()
        await asked

    asyncio.run(story())


def test_a_read_past_the_limit_is_given_up_and_keeps_its_place_to_its_end() -> None:
    async def story() -> None:
        made, source, rendered = fetch(places=1, limit=0.05), Source(), asyncio.Event()
        rendered.set()
        with pytest.raises(SourceUnavailable):
            await held(made, source.read, rendered)
        next_one = asyncio.ensure_future(held(made, lambda: b"next", rendered))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not next_one.done()
        source.gate.set()
        assert await next_one == b"next"

    asyncio.run(story())


def test_who_goes_away_before_the_read_leaves_it_undone() -> None:
    async def story() -> None:
        made, source, rendered = fetch(threads=1, places=2), Source(), asyncio.Event()
        rendered.set()
        first, second, third = (
            asyncio.ensure_future(held(made, source.read, rendered)) for _ in range(3)
        )
        await until(lambda: source.begun == 1)
        second.cancel()  # waits for the thread
        third.cancel()  # waits for a place
        await asyncio.gather(second, third, return_exceptions=True)
        source.gate.set()
        await first
        assert await held(made, lambda: b"another", rendered) == b"another"
        assert source.begun == 1

    asyncio.run(story())


def test_a_source_that_hangs_is_told_of_by_the_renderer_too() -> None:
    source = Source()

    async def story() -> None:
        with renderer(seconds=0.05) as made:
            with pytest.raises(SourceUnavailable):
                await made.submit(source.read, record(sample("png")), SMALL, "png")
            source.gate.set()

    asyncio.run(story())


def test_a_level_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calotype.render.engine.LEVEL_SECONDS", 0.05)
    studio, source, data = Studio(), Source(), scene()
    image = studio.make(data)
    monkeypatch.setattr(studio.pyramid, "read", lambda image, side: source.read())

    async def story() -> Rendition:
        done = await studio.renderer.submit(lambda: data, image, SMALL, "png")
        source.gate.set()
        return done

    assert asyncio.run(story()).width == 30
