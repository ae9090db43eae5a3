"""Kept, and rendered once however many ask."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from calotype.deliver.disk import Disk
from calotype.deliver.renditions import OVERHEAD, Memory, Renditions
from calotype.errors import Overloaded, Unrenderable
from calotype.model import Rendition

from .shelf import key, rendition

PATIENCE = 30


class Kitchen:
    """Counts renders, and holds each until the gate is open."""

    def __init__(self) -> None:
        self.renders = 0
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self.failed = asyncio.Event()
        self.fails = False

    async def produce(self) -> Rendition:
        self.renders += 1
        self.begun.set()
        await asyncio.wait_for(self.gate.wait(), PATIENCE)
        if self.fails:
            self.failed.set()
            raise Overloaded("busy")
        return rendition()


@asynccontextmanager
async def kept(
    disk: Disk | None = None, memory: int = 1 << 20, events: list[str] | None = None
) -> AsyncIterator[Renditions]:
    noted = [] if events is None else events
    made = Renditions(memory, disk, noted.append)
    made.start()
    try:
        yield made
    finally:
        made.close()


def story(tell: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(tell(), PATIENCE)

    asyncio.run(whole())


def test_many_who_ask_at_once_cause_one_render() -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        async with kept() as renditions:
            asking = [
                asyncio.create_task(renditions.get(key(1), kitchen.produce)) for _ in range(100)
            ]
            await kitchen.begun.wait()
            kitchen.gate.set()
            answers = await asyncio.gather(*asking)
            assert kitchen.renders == 1
            assert {made for made, _ in answers} == {rendition()}
            outcomes = [outcome for _, outcome in answers]
            assert outcomes == ["rendered"] + ["joined"] * 99

    story(tell)


def test_different_renditions_do_not_wait_for_each_other() -> None:
    async def tell() -> None:
        slow, quick = Kitchen(), Kitchen()
        quick.gate.set()
        async with kept() as renditions:
            waiting = asyncio.create_task(renditions.get(key(1), slow.produce))
            await slow.begun.wait()
            assert (await renditions.get(key(2), quick.produce))[1] == "rendered"
            slow.gate.set()
            await waiting

    story(tell)


def test_it_comes_from_memory_then_from_disk_then_from_a_render(tmp_path: Path) -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        kitchen.gate.set()
        disk = Disk(tmp_path, 1 << 20)
        async with kept(disk) as renditions:
            assert (await renditions.get(key(1), kitchen.produce))[1] == "rendered"
            assert (await renditions.get(key(1), kitchen.produce))[1] == "memory"
        async with kept(disk) as renditions:
            assert await renditions.get(key(1), kitchen.produce) == (rendition(), "disk")
            assert (await renditions.get(key(1), kitchen.produce))[1] == "memory"
        assert kitchen.renders == 1

    story(tell)


def test_a_render_that_fails_fails_all_who_wait_and_is_tried_again() -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        kitchen.fails = True
        async with kept() as renditions:
            asking = [
                asyncio.create_task(renditions.get(key(1), kitchen.produce)) for _ in range(5)
            ]
            await kitchen.begun.wait()
            kitchen.gate.set()
            answers = await asyncio.gather(*asking, return_exceptions=True)
            assert all(isinstance(answer, Overloaded) for answer in answers)
            assert kitchen.renders == 1
            kitchen.fails = False
            assert (await renditions.get(key(1), kitchen.produce))[1] == "rendered"
            assert kitchen.renders == 2

    story(tell)


@pytest.mark.parametrize("leaver", [0, 1])
def test_who_goes_away_does_not_disturb_the_others(leaver: int) -> None:
    """Not even the one whose request began the render."""

    async def tell() -> None:
        kitchen = Kitchen()
        async with kept() as renditions:
            asking = [
                asyncio.create_task(renditions.get(key(1), kitchen.produce)) for _ in range(3)
            ]
            await kitchen.begun.wait()
            asking[leaver].cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking[leaver]
            kitchen.gate.set()
            staying = [task for task in asking if task is not asking[leaver]]
            assert [made for made, _ in await asyncio.gather(*staying)] == [rendition()] * 2
            assert kitchen.renders == 1

    story(tell)


def test_when_all_have_gone_the_render_is_still_kept() -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        async with kept() as renditions:
            asking = asyncio.create_task(renditions.get(key(1), kitchen.produce))
            await kitchen.begun.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            kitchen.gate.set()
            assert (await renditions.get(key(1), kitchen.produce))[1] in ("joined", "memory")
            assert kitchen.renders == 1

    story(tell)


def test_when_all_have_gone_what_has_not_begun_is_given_up() -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        async with kept() as renditions:
            asking = [
                asyncio.create_task(renditions.get(key(1), kitchen.produce, idle=lambda: True))
                for _ in range(2)
            ]
            await kitchen.begun.wait()
            for task in asking:
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            kitchen.gate.set()
            assert (await renditions.get(key(1), kitchen.produce))[1] == "rendered"
            assert kitchen.renders == 2

    story(tell)


def test_what_is_kept_is_found_without_a_render(tmp_path: Path) -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        kitchen.gate.set()
        disk = Disk(tmp_path, 1 << 20)
        async with kept(disk) as renditions:
            assert await renditions.find(key(1)) is None
            await renditions.get(key(1), kitchen.produce)
            assert await renditions.find(key(1)) == rendition()
        async with kept(disk) as renditions:
            assert await renditions.find(key(1)) == rendition()
        assert kitchen.renders == 1

    story(tell)


def test_when_all_have_gone_a_failure_is_nobodys() -> None:
    """asyncio would report an exception that nobody has looked at."""

    async def tell() -> None:
        reported: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
        kitchen = Kitchen()
        kitchen.fails = True
        async with kept() as renditions:
            asking = asyncio.create_task(renditions.get(key(1), kitchen.produce))
            await kitchen.begun.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            kitchen.gate.set()
            await kitchen.failed.wait()
            kitchen.fails = False
            outcome = ""
            while outcome != "rendered":  # until then the flight that fails is joined
                with suppress(Overloaded):
                    _, outcome = await renditions.get(key(1), kitchen.produce)
                await asyncio.sleep(0)
        gc.collect()
        assert reported == []

    story(tell)


def cut_off(folder: Path) -> None:
    """Take the last byte of the one body there."""
    (file,) = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".head")
    file.write_bytes(file.read_bytes()[:-1])


def test_a_hit_on_disk_waits_for_nothing_else_that_has_threads(tmp_path: Path) -> None:
    disk, gate = Disk(tmp_path, 1 << 20), threading.Event()
    disk.write(key(1), rendition())

    async def tell() -> None:
        loop, kitchen = asyncio.get_running_loop(), Kitchen()
        loop.set_default_executor(ThreadPoolExecutor(1))
        stuck = loop.run_in_executor(None, gate.wait, PATIENCE)
        try:
            async with kept(disk) as renditions:
                assert await renditions.get(key(1), kitchen.produce) == (rendition(), "disk")
            async with kept(disk) as another:
                assert await another.find(key(1)) == rendition()
            assert not gate.is_set()
        finally:
            gate.set()
            await stuck

    story(tell)


def test_a_damaged_file_is_rendered_anew(tmp_path: Path) -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        kitchen.gate.set()
        events: list[str] = []
        disk = Disk(tmp_path, 1 << 20, events.append)
        async with kept(disk) as renditions:
            await renditions.get(key(1), kitchen.produce)
        cut_off(tmp_path)
        async with kept(disk) as renditions:
            assert await renditions.get(key(1), kitchen.produce) == (rendition(), "rendered")
        assert events == ["damaged"]
        assert disk.read(key(1)) == rendition()

    story(tell)


class Stuck(Disk):
    """A disk that takes for ever to write."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, 1 << 20)
        self.gate = threading.Event()

    def write(self, key: str, rendition: Rendition) -> None:
        assert self.gate.wait(PATIENCE)
        super().write(key, rendition)


def test_nobody_waits_for_a_slow_disk_and_what_waits_for_it_is_bounded(tmp_path: Path) -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        kitchen.gate.set()
        events: list[str] = []
        disk = Stuck(tmp_path)
        async with kept(disk, events=events) as renditions:
            for number in range(100):
                assert (await renditions.get(key(number), kitchen.produce))[1] == "rendered"
            assert events.count("write-skipped") >= 100 - 65
            disk.gate.set()
        assert disk.read(key(1)) == rendition()

    story(tell)


def test_after_closing_it_still_answers() -> None:
    async def tell() -> None:
        kitchen = Kitchen()
        kitchen.gate.set()
        async with kept() as renditions:
            pass
        assert (await renditions.get(key(1), kitchen.produce))[1] == "rendered"

    story(tell)


def test_memory_is_bounded_and_forgets_the_least_recently_used() -> None:
    memory = Memory(10 * (100 + OVERHEAD))
    for number in range(10):
        memory.put(key(number), rendition(100))
    assert memory.get(key(0)) is not None
    memory.put(key(10), rendition(100))
    assert memory.get(key(1)) is None
    assert memory.get(key(0)) is not None


def test_one_rendition_may_not_fill_the_memory() -> None:
    memory = Memory(8_000)
    memory.put(key(1), rendition(1000 - OVERHEAD))
    memory.put(key(2), rendition(1001 - OVERHEAD))
    assert memory.get(key(2)) is None
    assert memory.get(key(1)) is not None


def test_memory_counts_all_that_is_held_however_small_a_body_is() -> None:
    capacity = 1 << 20
    tracemalloc.start()
    memory = Memory(capacity)
    for number in range(20_000):
        memory.put(key(number), Rendition(b"%028d" % number, "text/plain", number, number))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken <= capacity * 1.1
    assert memory.get(key(19_999)) is not None


def test_no_memory_keeps_nothing() -> None:
    memory = Memory(0)
    memory.put(key(1), rendition(1))
    assert memory.get(key(1)) is None


def test_what_broke_is_not_tried_again_for_a_minute() -> None:
    now, tries = [0.0], []

    async def produce() -> Rendition:
        tries.append(now[0])
        raise Unrenderable("It breaks.")

    async def ask() -> None:
        kept = Renditions(1000, None, clock=lambda: now[0])
        for moment in (0.0, 59.0, 61.0):
            now[0] = moment
            with pytest.raises(Unrenderable, match="It breaks"):
                await kept.get("ab", produce)

    asyncio.run(ask())
    assert tries == [0.0, 61.0]
