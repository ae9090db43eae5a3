"""What moves stays moving."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageSequence

from calotype.errors import BadParameter
from calotype.model import Rendition
from calotype.render import steps
from calotype.render.spec import RenderSpec
from tests.decode.pictures import QUADRANTS, alike, animated, long_gif, quadrants, saved

from .studio import opened, record, renderer, rendition, seen


def frames(made: Rendition) -> list[tuple[Pillow.Image, int]]:
    """Each frame, complete, and its milliseconds."""
    image = Pillow.open(io.BytesIO(made.body))
    return [
        (frame.convert("RGBA"), frame.info["duration"]) for frame in ImageSequence.Iterator(image)
    ]


@pytest.mark.parametrize("source", ["gif", "webp"])
@pytest.mark.parametrize("output", ["gif", "webp"])
def test_frames_and_their_times_are_kept(source: str, output: str) -> None:
    made = rendition(animated(source, 4), output, w=20)
    assert (made.width, made.height) == (20, 15)
    shown = frames(made)
    assert [delay for _, delay in shown] == [50, 100, 150, 200]
    for number, (frame, _) in enumerate(shown):
        assert frame.size == (20, 15)
        assert alike(seen(frame)[0][:3], (40 * number, 255 - 30 * number, 90), 12)


@pytest.mark.parametrize(("source", "plays"), [("gif", 4), ("webp", 3)])
def test_it_is_played_as_often(source: str, plays: int) -> None:
    """A GIF counts repetitions, a WebP how often it is played."""
    assert opened(rendition(animated(source), "webp")).info["loop"] == plays
    assert opened(rendition(animated(source), "gif")).info["loop"] == plays - 1


@pytest.mark.parametrize("source", ["gif", "webp"])
@pytest.mark.parametrize("output", ["gif", "webp"])
def test_it_is_played_for_ever_if_it_was(source: str, output: str) -> None:
    made = opened(rendition(animated(source, loop=0), output))
    assert made.info["loop"] == 0


@pytest.mark.parametrize("output", ["gif", "webp"])
def test_once_stays_once(output: str) -> None:
    made = opened(rendition(animated("webp", loop=1), output))
    assert made.info.get("loop", 1) == 1


@pytest.mark.parametrize("output", ["jpeg", "png", "avif"])
def test_a_still_format_gives_the_first_frame(output: str) -> None:
    made = rendition(animated("gif", 4), output)
    assert (made.width, made.height) == (40, 30)
    image = opened(made)
    assert getattr(image, "n_frames", 1) == 1
    assert alike(seen(image)[0][:3], (0, 255, 90), 14)


@pytest.mark.parametrize(
    ("fit", "size"),
    [("crop", (24, 24)), ("fill", (24, 24)), ("scale", (24, 24)), ("max", (24, 18))],
)
def test_every_fit_works_frame_by_frame(fit: str, size: tuple[int, int]) -> None:
    made = rendition(animated("gif", 3), "webp", w=24, h=24, fit=fit)
    assert (made.width, made.height) == size
    assert [frame.size for frame, _ in frames(made)] == [size] * 3


def test_no_frame_bleeds_into_the_next() -> None:
    """Scaled as one tall picture, the rows where two frames meet would mix."""
    black, white = (Pillow.new("RGB", (40, 40), color) for color in ("black", "white"))
    data = saved(black, "gif", save_all=True, append_images=[white], duration=50)
    for number, (frame, _) in enumerate(frames(rendition(data, "webp", w=13, q=100))):
        low, high = frame.convert("L").getextrema()
        assert isinstance(low, int)
        assert isinstance(high, int)
        assert high < 20 if number == 0 else low > 235


def test_a_gif_with_transparency_keeps_it() -> None:
    first, second = (quadrants(40, 30, "RGBA") for _ in range(2))
    first.paste((0, 0, 0, 0), (20, 0, 40, 15))
    second.paste((0, 0, 0, 0), (0, 0, 20, 15))
    data = saved(first, "gif", save_all=True, append_images=[second], duration=50, disposal=2)
    for output in ("gif", "webp"):
        shown = [seen(frame) for frame, _ in frames(rendition(data, output, w=20))]
        assert [color[3] > 128 for color in shown[0]] == [True, False, True, True]
        assert [color[3] > 128 for color in shown[1]] == [False, True, True, True]
        assert alike(shown[0][3][:3], QUADRANTS[3], 16)


def test_a_thousand_frames_are_rendered() -> None:
    assert len(frames(rendition(long_gif(1000), "webp"))) >= 1


def test_one_frame_is_no_animation() -> None:
    made = opened(rendition(animated("gif", 1), "webp"))
    assert getattr(made, "n_frames", 1) == 1


def test_what_trim_leaves_may_have_no_more_pixels_than_a_rendition(monkeypatch: Any) -> None:
    """Untrimmed it is small: a strip of which only a square is left, and enlarged, in 20 frames."""
    frame = Pillow.new("RGB", (800, 8), "white")
    frame.paste("black", (400, 0, 408, 8))
    others = [frame.copy() for _ in range(19)]
    for number, other in enumerate(others):
        other.putpixel((400 + number % 8, number // 8), (200, 0, 0))
    data = saved(frame, "gif", save_all=True, append_images=others, duration=50)
    spec = RenderSpec.parse({"w": "200", "trim": "color", "fit": "fillmax"})
    image = record(data)
    assert image.frames == 20
    drawn: list[Any] = []
    monkeypatch.setattr(steps, "apply", lambda *work: drawn.append(work))
    with (
        renderer(max_output_pixels=200 * 200 * 20 - 1) as made,
        pytest.raises(BadParameter, match="at most 799999 pixels") as problem,
    ):
        made.render(data, image, spec, "webp")
    assert "200×200, 20 frames" in str(problem.value)
    assert drawn == []
