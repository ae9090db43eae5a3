"""The renderer."""

from __future__ import annotations

import asyncio
import functools
import threading

import pytest

from calotype.errors import NotFound, Refused, Unrenderable
from calotype.model import Rendition
from calotype.render.engine import Renderer
from calotype.render.spec import RenderSpec
from tests.decode.pictures import FORMATS, animated, png, sample

from .studio import record, renderer

SPEC = RenderSpec.parse({"w": "30"})


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


def test_reading_happens_outside_the_pool_and_its_errors_come_out() -> None:
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
    assert readers[0].startswith("fetch")


def test_many_renders_at_once_are_each_their_own() -> None:
    kinds = [(sample(format), output) for format in FORMATS for output in ("png", "jpeg", "webp")]

    async def story(made: Renderer) -> list[Rendition]:
        jobs = [
            made.submit(functools.partial(bytes, data), record(data), SPEC, output)
            for data, output in kinds
        ]
        return list(await asyncio.gather(*jobs))

    with renderer(queue=100, refuse_seconds=600, deadline_seconds=600) as made:
        alone = [made.render(data, record(data), SPEC, output) for data, output in kinds]
        assert asyncio.run(story(made)) == alone
