"""The bounded pool: who is let in, who waits, and who is told what instead."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from calotype.errors import NotFound, Overloaded
from calotype.render.admission import Level, Load, Thresholds
from calotype.render.pool import Pool, Ticket

PATIENCE = 30
PATIENT = Thresholds(100, quick=600, degrade=600, refuse=600, deadline=600)


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Scene:
    """A pool of one worker, which is busy until the gate opens."""

    def __init__(self, thresholds: Thresholds = PATIENT, mean: float = 0.0) -> None:
        self.clock, self.outcomes = Clock(), list[str]()
        self.pool = Pool(1, thresholds, decided=self.outcomes.append, clock=self.clock)
        self._gate, self._begun, self._mean = threading.Event(), threading.Event(), mean
        self._waiting: list[asyncio.Task[int]] = []

    async def __aenter__(self) -> Scene:
        if self._mean:
            await self.pool.run(lambda: self.passes(self._mean))
        self._waiting.append(asyncio.create_task(self.pool.run(self._block)))
        assert await asyncio.to_thread(self._begun.wait, PATIENCE)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        self.pool.close()

    def open(self) -> None:
        self._gate.set()

    def passes(self, seconds: float) -> int:
        self.clock.now += seconds
        return 0

    def _block(self) -> int:
        self._begun.set()
        assert self._gate.wait(PATIENCE)
        return 0

    async def wait_in_line(self, ticket: Ticket | None = None) -> asyncio.Task[int]:
        """One more that waits."""
        task = asyncio.create_task(self.pool.run(lambda: 1, ticket=ticket))
        self._waiting.append(task)
        await asyncio.sleep(0)
        return task


def story(tell: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await asyncio.wait_for(tell(), PATIENCE)

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("waiting", "seconds", "level"),
    [
        (0, 0, Level.CALM), (2, 1, Level.CALM), (3, 0, Level.QUICK), (0, 1.1, Level.QUICK),
        (4, 2, Level.QUICK), (5, 0, Level.DEGRADED), (0, 2.1, Level.DEGRADED),
        (7, 4, Level.DEGRADED), (8, 0, Level.FULL), (0, 4.1, Level.FULL),
    ],
)  # fmt: skip
def test_levels_follow_from_the_number_and_the_time(
    waiting: int, seconds: float, level: Level
) -> None:
    thresholds = Thresholds(8, quick=1, degrade=2, refuse=4)
    assert thresholds.level(Load(waiting, seconds)) is level


def test_the_estimate_is_the_number_that_wait_times_the_mean_by_workers() -> None:
    async def tell() -> None:
        async with Scene(mean=0.5) as scene:
            assert scene.pool.load == (0, 0.0)
            for _ in range(3):
                await scene.wait_in_line()
            assert scene.pool.load == (3, 1.5)

    story(tell)


def test_the_mean_follows_what_renders_take_of_late() -> None:
    async def tell() -> None:
        clock = Clock()
        pool = Pool(1, PATIENT, clock=clock)

        def render(seconds: float) -> None:
            clock.now += seconds

        for _ in range(100):
            await pool.run(lambda: render(1.0))
        for _ in range(100):
            await pool.run(lambda: render(0.1))
        gate, begun = threading.Event(), threading.Event()

        def block() -> None:
            begun.set()
            assert gate.wait(PATIENCE)

        tasks = [asyncio.create_task(pool.run(block)) for _ in range(2)]
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        assert pool.load.seconds == pytest.approx(0.1, rel=0.1)
        gate.set()
        await asyncio.gather(*tasks)
        pool.close()

    story(tell)


def test_while_a_worker_is_free_nothing_is_refused() -> None:
    async def tell() -> None:
        strict = Thresholds(0, quick=0, degrade=0, refuse=0, deadline=600)
        pool = Pool(1, strict)
        assert pool.level is Level.CALM
        for number in range(20):
            assert await until_there_is_room(pool, number) == number
        pool.close()

    story(tell)


def test_past_each_threshold_less_is_let_in() -> None:
    async def tell() -> None:
        async with Scene(Thresholds(8, 600, 600, 600, 600)) as scene:
            seen = []
            for _ in range(9):
                seen.append(scene.pool.level)
                with suppress(Overloaded):
                    await scene.wait_in_line()
            assert seen == [Level.CALM] * 3 + [Level.QUICK] * 2 + [Level.DEGRADED] * 3 + [
                Level.FULL
            ]

    story(tell)


@pytest.mark.parametrize("below", [Level.QUICK, Level.DEGRADED])
def test_work_that_can_wait_or_be_done_without_is_not_let_in_past_its_level(below: Level) -> None:
    async def tell() -> None:
        async with Scene(Thresholds(8, 600, 600, 600, 600)) as scene:
            while scene.pool.level < below:
                await scene.wait_in_line()
            with pytest.raises(Overloaded) as problem:
                await scene.pool.run(lambda: 1, below=below)
            assert problem.value.reason == "busy"
            assert scene.outcomes == ["admitted"]

    story(tell)


def test_past_the_third_it_says_when_to_try_again() -> None:
    async def tell() -> None:
        async with Scene(Thresholds(100, 1, 2, 4.5, 600), mean=1.0) as scene:
            for _ in range(5):
                await scene.wait_in_line()
            with pytest.raises(Overloaded) as problem:
                await scene.pool.run(lambda: 1)
            assert (problem.value.reason, problem.value.retry_after) == ("full", 5)
            assert scene.outcomes[-1] == "refused"

    story(tell)


def test_what_has_waited_past_the_deadline_is_not_started() -> None:
    async def tell() -> None:
        async with Scene(Thresholds(8, 600, 600, 600, deadline=600)) as scene:
            late = await scene.wait_in_line()
            scene.passes(500)
            punctual = await scene.wait_in_line()
            scene.passes(101)
            scene.open()
            with pytest.raises(Overloaded) as problem:
                await late
            assert problem.value.reason == "late"
            assert await punctual == 1
            assert sorted(scene.outcomes) == ["admitted", "admitted", "expired"]

    story(tell)


def test_past_the_deadline_one_is_told_so_even_while_every_worker_is_stuck() -> None:
    async def tell() -> None:
        async with Scene(Thresholds(8, 600, 600, 600, deadline=0)) as scene:
            late = await scene.wait_in_line()
            with pytest.raises(Overloaded) as problem:
                await late
            assert problem.value.reason == "late"
            assert scene.pool.load.waiting == 0

    story(tell)


def test_who_goes_away_gives_the_place_back() -> None:
    async def tell() -> None:
        async with Scene(Thresholds(1, 600, 600, 600, 600)) as scene:
            ticket = Ticket()
            leaver = await scene.wait_in_line(ticket)
            assert scene.pool.level is Level.FULL
            leaver.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaver
            assert not ticket.begun
            follower = await scene.wait_in_line()
            scene.open()
            assert await follower == 1
            assert scene.outcomes == ["admitted", "admitted"]

    story(tell)


def test_a_ticket_says_when_it_has_begun() -> None:
    async def tell() -> None:
        pool, ticket = Pool(1, PATIENT), Ticket()
        await pool.run(lambda: None, ticket=ticket)
        assert ticket.begun
        pool.close()

    story(tell)


def test_what_is_done_when_the_load_ends_is_as_before() -> None:
    async def tell() -> None:
        async with Scene(Thresholds(8, 600, 600, 600, 600), mean=1.0) as scene:
            tasks = [await scene.wait_in_line() for _ in range(8)]
            levels = [scene.pool.level]
            scene.open()
            assert await asyncio.gather(*tasks) == [1] * 8
            assert scene.pool.load == (0, 0.0)
            assert [*levels, scene.pool.level] == [Level.FULL, Level.CALM]

    story(tell)


def test_so_many_render_so_many_wait_and_the_rest_is_told_so() -> None:
    gate, lock = threading.Event(), threading.Lock()
    running = most = 0

    def job() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        assert gate.wait(PATIENCE)
        with lock:
            running -= 1
        return 1

    async def tell() -> None:
        pool = Pool(2, Thresholds(3))
        tasks = [asyncio.create_task(pool.run(job)) for _ in range(9)]
        await asyncio.sleep(0)
        gate.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        pool.close()
        assert answers[:5] == [1] * 5
        assert all(isinstance(answer, Overloaded) for answer in answers[5:])
        assert most <= 2

    story(tell)


def test_a_worker_goes_on_after_errors() -> None:
    async def tell() -> None:
        pool = Pool(1, PATIENT)

        def fail() -> int:
            raise NotFound("gone")

        for _ in range(5):
            with pytest.raises(NotFound):
                await pool.run(fail)
        assert await pool.run(lambda: 7) == 7
        pool.close()

    story(tell)


def test_a_render_that_nobody_waits_for_any_more_holds_its_worker_until_it_is_done() -> None:
    async def tell() -> None:
        pool, gate = Pool(1, Thresholds(0)), threading.Event()
        begun = threading.Event()

        def job() -> int:
            begun.set()
            assert gate.wait(PATIENCE)
            return 1

        task = asyncio.create_task(pool.run(job))
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(Overloaded):
            await pool.run(lambda: 2)
        gate.set()
        assert await until_there_is_room(pool, 3) == 3
        pool.close()

    story(tell)


async def until_there_is_room(pool: Pool, answer: int) -> int:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while loop.time() < deadline:
        try:
            return await pool.run(lambda: answer)
        except Overloaded:
            await asyncio.sleep(0)
    raise TimeoutError


def test_a_closed_pool_says_so() -> None:
    async def tell() -> None:
        pool = Pool(1, Thresholds(1))
        pool.close()
        for _ in range(4):
            with pytest.raises(Overloaded, match="shutting down"):
                await pool.run(lambda: 1)

    story(tell)


def test_closing_refuses_what_waits_and_finishes_what_runs() -> None:
    async def tell() -> None:
        async with Scene() as scene:
            waiting = await scene.wait_in_line()
            closing = asyncio.create_task(asyncio.to_thread(scene.pool.close))
            with pytest.raises(Overloaded, match="shutting down"):
                await waiting
            scene.open()
            await closing

    story(tell)


def test_waiting_and_rendering_are_measured() -> None:
    seen: list[str] = []

    async def tell() -> None:
        pool = Pool(1, PATIENT, lambda stage, seconds: seen.append(stage) if seconds >= 0 else None)
        await pool.run(lambda: 1)
        pool.close()

    story(tell)
    assert seen == ["queue_wait", "render"]


def test_work_that_is_done_is_described_to_nobody() -> None:
    """It holds all bytes of an original, and to write those out takes longer than to render."""

    class Work:
        def __call__(self) -> int:
            return 1

        def __repr__(self) -> str:
            raise AssertionError

    pool = Pool(1, PATIENT)
    assert asyncio.run(pool.run(Work())) == 1
    pool.close()
