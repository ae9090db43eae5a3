"""A render past its time limit is told so, and the pool goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from calotype.decode import VipsImage
from calotype.errors import BadParameter, Unrenderable
from calotype.render import encoders, engine
from calotype.render.config import RenderConfig
from calotype.render.spec import RenderSpec
from tests.decode.pictures import animated, sample

from .studio import record, renderer

SMALL = RenderSpec.parse({"w": "30"})
LARGE = RenderSpec.parse({"w": "8000", "h": "4000", "fit": "scale"})
PATIENCE = 20


def test_a_slow_render_is_a_422_that_says_so_and_the_pool_goes_on() -> None:
    data = sample("png", 400, 300)
    image = record(data)

    async def story() -> tuple[float, int]:
        with renderer(seconds=0.5) as made:
            started = time.monotonic()
            for _ in range(3):  # more than there are threads: none may be lost
                with pytest.raises(Unrenderable, match=r"takes more than 0\.5 s") as problem:
                    await made.submit(lambda: data, image, LARGE, "png")
                assert problem.value.status == 422
            took = time.monotonic() - started
            return took, (await made.submit(lambda: data, image, SMALL, "png")).width

    took, width = asyncio.run(story())
    assert width == 30
    assert took < PATIENCE


def test_what_can_not_be_stopped_is_answered_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    data, gate = sample("png"), threading.Event()

    def encode(image: VipsImage, format: str, *more: Any, **named: Any) -> bytes:
        if format == "avif":
            assert gate.wait(PATIENCE)
            return b""
        return encoders.encode(image, format, *more, **named)

    async def story() -> None:
        with renderer(seconds=1) as made:
            monkeypatch.setattr(engine, "encode", encode)
            with pytest.raises(Unrenderable, match="takes more than"):
                await made.submit(lambda: data, record(data), SMALL, "avif")
            assert not gate.is_set()
            assert (await made.submit(lambda: data, record(data), SMALL, "png")).width == 30
            gate.set()

    asyncio.run(story())


def test_an_asker_who_goes_away_is_not_told_of_time() -> None:
    data, gate, begun = sample("png"), threading.Event(), threading.Event()

    def read() -> bytes:
        begun.set()
        assert gate.wait(PATIENCE)
        return data

    async def story() -> None:
        with renderer() as made:
            asking = asyncio.ensure_future(made.submit(read, record(data), SMALL, "png"))
            await asyncio.to_thread(begun.wait, PATIENCE)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            gate.set()

    asyncio.run(story())


def test_a_wait_for_a_thread_does_not_count() -> None:
    data = sample("png")

    def read() -> bytes:
        threading.Event().wait(0.5)
        return data

    async def story() -> None:
        with renderer(seconds=2) as made:  # two at a time: the last waits for longer than that
            jobs = (made.submit(read, record(data), SMALL, "png") for _ in range(12))
            assert len(await asyncio.gather(*jobs)) == 12

    asyncio.run(story())


def test_avif_has_a_bound_of_its_own() -> None:
    data = sample("png")
    spec = RenderSpec.parse({"w": "200", "h": "200", "fit": "scale"})
    with renderer(max_avif_pixels=39_999) as made:
        with pytest.raises(BadParameter):
            made.render(data, record(data), spec, "avif")
        assert made.render(data, record(data), spec, "webp").width == 200


@pytest.mark.parametrize("params", [{"lossless": "true"}, {"q": "91"}])
def test_an_avif_without_loss_has_a_lower_one(params: dict[str, str]) -> None:
    data = sample("png")
    size = {"w": "200", "h": "200", "fit": "scale"}
    with renderer(max_fine_avif_pixels=39_999) as made:
        with pytest.raises(BadParameter, match="at most 39999 pixels"):
            made.render(data, record(data), RenderSpec.parse(size | params), "avif")
        spec = RenderSpec.parse(size | {"q": "90"})
        assert made.render(data, record(data), spec, "avif").width == 200


def test_one_frame_of_a_gif_has_a_bound() -> None:
    """All of them have none of their own: the encoder can be stopped between two."""
    still, moving = sample("png"), animated("gif", 3, (200, 200))
    spec = RenderSpec.parse({"w": "200", "h": "200", "fit": "scale"})
    with renderer(max_gif_pixels=39_999) as made:
        for data in (still, moving):
            with pytest.raises(BadParameter, match="at most 39999 pixels"):
                made.render(data, record(data), spec, "gif")
    with renderer(max_gif_pixels=40_000) as made:
        assert made.render(moving, record(moving), spec, "gif").width == 200


def test_a_webp_has_a_longest_side() -> None:
    data = sample("png", 20, 10)
    spec = RenderSpec.parse({"pad-top": "8192", "pad-bottom": "8182"})
    with renderer() as made:
        with pytest.raises(BadParameter, match="no side of the webp has more than 16383"):
            made.render(data, record(data), spec, "webp")
        assert made.render(data, record(data), spec, "png").height == 16_384
        spec = RenderSpec.parse({"pad-top": "8192", "pad-bottom": "8181"})
        assert made.render(data, record(data), spec, "webp").height == 16_383


@pytest.mark.parametrize(("format", "params", "most"), [
    ("jpeg", {}, 40_000_000), ("webp", {}, 40_000_000), ("png", {}, 40_000_000),
    ("avif", {}, 2_666_666), ("avif", {"lossless": "true"}, 666_666), ("gif", {}, 200_000),
])  # fmt: skip
def test_what_can_not_be_stopped_is_not_encoded_slowly(
    format: str, params: dict[str, str], most: int
) -> None:
    config, spec = RenderConfig(), RenderSpec.parse(params)
    assert config.may_be_slow(format, (most, 1), spec)
    assert not config.may_be_slow(format, (most + 1, 1), spec)
