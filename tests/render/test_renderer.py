"""The renderer and its bounded pool."""

from __future__ import annotations

import asyncio
import functools
import threading

import pytest

from calotype.errors import NotFound, Overloaded, Refused, Unrenderable
from calotype.model import Rendition
from calotype.render.engine import Renderer
from calotype.render.pool import Pool
from calotype.render.spec import RenderSpec
from tests.decode.pictures import FORMATS, animated, png, sample

from .studio import record, renderer

SPEC = RenderSpec.parse({"w": "30"})
PATIENCE = 30


def broken(format: str) -> bytes:
    """Good at first sight: the header is whole, and the end is there."""
    if format == "png":
        return png(62, 46, bytes(500))
    data = bytearray(sample(format, 400, 300))
    begin, end = {"jpeg": (0.3, 0.9), "gif": (0.4, 0.9)}.get(format, (0.5, 0.99))
    for at in range(int(len(data) * begin), int(len(data) * end)):
        data[at] = 0xFF if format == "jpeg" else 0xAA
    return bytes(data)


@pytest.mark.parametrize("format", ["png", "webp", "avif"])
def test_what_breaks_only_at_render_is_an_error_for_that_image(format: str) -> None:
    """`Unrenderable` is a 422; the image as ingest recorded it was good."""
    with renderer() as made:
        with pytest.raises(Unrenderable) as problem:
            made.render(broken(format), record(sample(format)), SPEC, "jpeg")
        assert problem.value.status == 422
        assert made.render(sample(format), record(sample(format)), SPEC, "jpeg").width == 30


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_was_cut_off_since_is_a_422(format: str) -> None:
    data = sample(format)
    with renderer() as made, pytest.raises(Refused) as problem:
        made.render(data[: len(data) // 2], record(data), SPEC, "jpeg")
    assert problem.value.status == 422


def test_an_animation_that_breaks_in_the_middle_is_a_422() -> None:
    data = bytearray(animated("webp", 5, (200, 150)))
    at = data.rindex(b"VP8L") + 8
    data[at : at + 20] = bytes(20)
    with renderer() as made, pytest.raises((Refused, Unrenderable)):
        made.render(bytes(data), record(animated("webp", 5, (200, 150))), SPEC, "webp")


def test_messages_say_nothing_of_the_machinery() -> None:
    with renderer() as made, pytest.raises(Unrenderable) as problem:
        made.render(broken("png"), record(sample("png")), SPEC, "jpeg")
    assert str(problem.value) == "The PNG breaks under the decoder."
    assert problem.value.__cause__ is None


def run(pool_size: int, queue: int, jobs: int) -> tuple[list[object], int]:
    """Submit `jobs` while none can end; the answers, and how many ran at the same time at most."""
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

    async def all_of_them() -> list[object]:
        pool = Pool(pool_size, queue)
        tasks = [asyncio.create_task(pool.run(job)) for _ in range(jobs)]
        await asyncio.sleep(0)
        gate.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        pool.close()
        return list(answers)

    return asyncio.run(all_of_them()), most


def test_so_many_render_so_many_wait_and_the_rest_is_told_so() -> None:
    answers, most = run(pool_size=2, queue=3, jobs=9)
    assert answers[:5] == [1] * 5
    assert all(isinstance(answer, Overloaded) for answer in answers[5:])
    assert most <= 2


def test_room_is_given_back_after_errors_too() -> None:
    async def story() -> int:
        pool = Pool(1, 0)

        def fail() -> int:
            raise Unrenderable("broken")

        for _ in range(5):
            with pytest.raises(Unrenderable):
                await pool.run(fail)
        answer = await pool.run(lambda: 7)
        pool.close()
        return answer

    assert asyncio.run(story()) == 7


def test_a_job_that_nobody_waits_for_any_more_still_gives_its_room_back() -> None:
    async def story() -> int:
        pool, gate = Pool(1, 0), threading.Event()
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
        answer = await until_there_is_room(pool)
        pool.close()
        return answer

    assert asyncio.run(story()) == 3


async def until_there_is_room(pool: Pool) -> int:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while loop.time() < deadline:
        try:
            return await pool.run(lambda: 3)
        except Overloaded:
            await asyncio.sleep(0)
    raise TimeoutError


def test_a_closed_pool_says_so() -> None:
    async def story() -> None:
        pool = Pool(1, 1)
        pool.close()
        for _ in range(4):
            with pytest.raises(Overloaded, match="shutting down"):
                await pool.run(lambda: 1)

    asyncio.run(story())


def test_waiting_and_rendering_are_measured() -> None:
    seen: list[str] = []

    async def story() -> None:
        pool = Pool(1, 1, lambda stage, seconds: seen.append(stage) if seconds >= 0 else None)
        await pool.run(lambda: 1)
        pool.close()

    asyncio.run(story())
    assert seen == ["queue_wait", "render"]


def test_reading_happens_in_the_pool_and_its_errors_come_out() -> None:
    readers: list[str] = []

    def read() -> bytes:
        readers.append(threading.current_thread().name)
        return sample("png")

    def gone() -> bytes:
        raise NotFound("The original is gone.")

    async def story() -> Rendition:
        with renderer() as made:
            with pytest.raises(NotFound):
                await made.submit(gone, record(sample("png")), SPEC, "webp")
            return await made.submit(read, record(sample("png")), SPEC, "webp")

    assert asyncio.run(story()).width == 30
    assert readers[0].startswith("render")


def test_many_renders_at_once_are_each_their_own() -> None:
    kinds = [(sample(format), output) for format in FORMATS for output in ("png", "jpeg", "webp")]

    async def story(made: Renderer) -> list[Rendition]:
        jobs = [
            made.submit(functools.partial(bytes, data), record(data), SPEC, output)
            for data, output in kinds
        ]
        return list(await asyncio.gather(*jobs))

    with renderer(queue=100) as made:
        alone = [made.render(data, record(data), SPEC, output) for data, output in kinds]
        assert asyncio.run(story(made)) == alone
