"""What is asked for often is encoded again, and smaller bytes get a name of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from calotype.deliver.disk import Disk
from calotype.deliver.ledger import Ledger
from calotype.deliver.renditions import Renditions
from calotype.deliver.upgrades import MOST_COUNTED, SPREAD, Upgrades
from calotype.errors import Overloaded, SourceUnavailable, Unrenderable
from calotype.model import Rendition

from .shelf import key, rendition

PATIENCE = 30
AFTER = 3


class Bench:
    """Upgrades over renditions in memory; `slow_size` is what the slow encoder gives, unless it
    `fails`.

    `step`: seconds that pass with each hit.
    """

    def __init__(
        self,
        folder: Path | None = None,
        slow_size: int = 50,
        after: int = AFTER,
        fails: Exception | None = None,
    ) -> None:
        disk = Disk(folder, 1 << 20) if folder else None
        self.renditions = Renditions(1 << 20, disk)
        path = folder / "upgraded" if folder else None
        self.outcomes: list[str] = []
        self.told = asyncio.Event()
        self.idle = True
        self.encoded = 0
        self.now, self.step = 0.0, SPREAD
        self.slow_size, self.fails = slow_size, fails
        self.upgrades = Upgrades(
            self.renditions,
            Ledger(path, self.renditions.background),
            after,
            lambda: self.idle,
            self.note,
            self.clock,
        )

    def clock(self) -> float:
        self.now += self.step
        return self.now

    def note(self, outcome: str) -> None:
        self.outcomes.append(outcome)
        self.told.set()

    async def slow(self) -> Rendition:
        self.encoded += 1
        if self.fails is not None:
            raise self.fails
        return rendition(self.slow_size, b"s")

    def hit(self, number: int = 1, times: int = AFTER) -> list[bool]:
        return [self.upgrades.hit(key(number), 100, self.slow) for _ in range(times)]

    async def outcome(self) -> str:
        await asyncio.wait_for(self.told.wait(), PATIENCE)
        self.told.clear()
        await asyncio.sleep(0)  # the task that told has yet to end
        return self.outcomes[-1]

    async def close(self) -> None:
        await self.upgrades.close()
        self.renditions.close()


def story(tell: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(tell(), PATIENCE)

    asyncio.run(whole())


def test_what_is_hit_often_is_encoded_again_and_gets_another_key() -> None:
    async def tell() -> None:
        bench = Bench()
        bench.renditions.put(key(1), rendition())
        assert bench.hit() == [True] * AFTER
        assert bench.upgrades.current(key(1)) == (key(1), False)
        assert await bench.outcome() == "smaller"
        name, slow = bench.upgrades.current(key(1))
        assert slow
        assert name != key(1)
        assert await bench.renditions.find(name) == rendition(50, b"s")
        assert await bench.renditions.find(key(1)) is None
        assert bench.hit(times=1) == [False]
        await bench.close()

    story(tell)


def test_fewer_hits_do_nothing() -> None:
    async def tell() -> None:
        bench = Bench()
        bench.hit(times=AFTER - 1)
        bench.hit(number=2, times=AFTER - 1)
        await asyncio.sleep(0)
        assert bench.encoded == 0
        await bench.close()

    story(tell)


def test_a_wave_of_clients_is_once_however_many_they_are() -> None:
    async def tell() -> None:
        bench = Bench()
        bench.step = 0
        bench.hit(times=200)
        bench.now += SPREAD - 1
        bench.hit(times=200)
        await asyncio.sleep(0)
        assert bench.encoded == 0
        bench.now += 1
        bench.hit(times=1)
        assert await bench.outcome() == "smaller"
        await bench.close()

    story(tell)


@pytest.mark.parametrize(("size", "outcome"), [(95, "smaller"), (96, "kept"), (150, "kept")])
def test_it_must_be_five_percent_smaller_and_is_tried_once(size: int, outcome: str) -> None:
    async def tell() -> None:
        bench = Bench(slow_size=size)
        bench.renditions.put(key(1), rendition())
        bench.hit()
        assert await bench.outcome() == outcome
        assert bench.upgrades.current(key(1))[1] == (outcome == "smaller")
        assert (await bench.renditions.find(key(1)) is not None) == (outcome == "kept")
        bench.hit(times=AFTER * 3)
        await asyncio.sleep(0)
        assert bench.encoded == 1
        await bench.close()

    story(tell)


def test_nothing_is_done_while_there_is_no_time_and_it_stays_due() -> None:
    async def tell() -> None:
        bench = Bench()
        bench.idle = False
        bench.hit(times=AFTER * 5)
        await asyncio.sleep(0)
        assert bench.encoded == 0
        bench.idle = True
        bench.hit(times=1)
        assert await bench.outcome() == "smaller"
        await bench.close()

    story(tell)


def test_one_at_a_time() -> None:
    async def tell() -> None:
        bench = Bench()
        bench.hit(number=1)
        bench.hit(number=2)
        await bench.outcome()
        assert bench.encoded == 1
        bench.hit(number=2, times=1)
        await bench.outcome()
        assert bench.encoded == 2
        await bench.close()

    story(tell)


@pytest.mark.parametrize("error", [Unrenderable("It takes too long."), ValueError("unforeseen")])
def test_a_failure_keeps_the_quick_one_and_is_not_tried_again(
    tmp_path: Path, error: Exception
) -> None:
    """It took all the time that a render may take, and would again, also after a restart."""

    async def tell() -> None:
        bench = Bench(tmp_path, fails=error)
        bench.hit()
        assert await bench.outcome() == "failed"
        assert bench.upgrades.current(key(1)) == (key(1), False)
        bench.hit(times=AFTER * 3)
        await asyncio.sleep(0)
        assert bench.encoded == 1
        await bench.close()
        again = Bench(tmp_path)
        again.hit(times=AFTER * 3)
        await asyncio.sleep(0)
        assert again.encoded == 0
        await again.close()

    story(tell)


@pytest.mark.parametrize("error", [Overloaded("busy"), SourceUnavailable("It is not there.")])
def test_what_found_no_time_or_no_original_is_tried_again_later(error: Exception) -> None:
    async def tell() -> None:
        bench = Bench(fails=error)
        bench.hit()
        assert await bench.outcome() == "failed"
        assert bench.upgrades.current(key(1)) == (key(1), False)
        bench.fails = None
        bench.hit(times=AFTER - 1)
        bench.step = 0
        await asyncio.sleep(0)
        assert bench.encoded == 1
        bench.hit(times=1)
        assert await bench.outcome() == "smaller"
        await bench.close()

    story(tell)


def test_it_can_be_turned_off() -> None:
    async def tell() -> None:
        bench = Bench(after=0)
        assert all(bench.hit(times=100))
        await asyncio.sleep(0)
        assert bench.encoded == 0
        await bench.close()

    story(tell)


def test_counts_are_bounded_and_the_least_recently_hit_is_forgotten() -> None:
    async def tell() -> None:
        bench = Bench()
        bench.hit(number=0, times=AFTER - 1)
        for number in range(1, MOST_COUNTED + 1):
            bench.hit(number, times=1)
        bench.hit(number=0, times=1)
        await asyncio.sleep(0)
        assert bench.encoded == 0
        await bench.close()

    story(tell)


@pytest.mark.parametrize("size", [50, 99])
def test_a_restart_keeps_what_is_current(tmp_path: Path, size: int) -> None:
    async def tell() -> None:
        bench = Bench(tmp_path, size)
        bench.renditions.put(key(1), rendition())
        bench.hit()
        await bench.outcome()
        current = bench.upgrades.current(key(1))
        await bench.close()
        again = Bench(tmp_path)
        assert again.upgrades.current(key(1)) == current
        expected = rendition(50, b"s") if size == 50 else rendition()
        assert await again.renditions.get(current[0], again.slow) == (expected, "disk")
        assert not (tmp_path / key(1)[:2] / key(1)).exists() or size == 99
        again.hit(times=AFTER * 2)
        await asyncio.sleep(0)
        assert again.encoded == 0
        await again.close()

    story(tell)


def test_a_lost_ledger_names_the_quick_one_and_never_other_bytes_by_its_name(
    tmp_path: Path,
) -> None:
    async def tell() -> None:
        bench = Bench(tmp_path)
        bench.hit()
        await bench.outcome()
        await bench.close()
        (tmp_path / "upgraded").unlink()
        again = Bench(tmp_path)
        assert again.upgrades.current(key(1)) == (key(1), False)

        async def quick() -> Rendition:
            return rendition()

        assert await again.renditions.get(key(1), quick) == (rendition(), "rendered")
        await again.close()

    story(tell)


def test_closing_gives_up_what_is_being_encoded() -> None:
    async def tell() -> None:
        bench = Bench()
        begun = asyncio.Event()

        async def for_ever() -> Rendition:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        for _ in range(AFTER):
            bench.upgrades.hit(key(1), 100, for_ever)
        await begun.wait()
        await bench.close()
        assert bench.outcomes == []

    story(tell)
