"""From a file to pixels: upright, sRGB, 8 bits, no larger than asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.decode import Fit, Limits, animation, fit, header, load, thumbnail

from .pictures import FORMATS, QUADRANTS, alike, animated, corners, quadrants, sample, saved

LIMITS = Limits()
LOSSY = {"jpeg": 6, "webp": 14, "avif": 14, "heic": 6}


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_its_size_and_colours(format: str) -> None:
    found = header(sample(format), LIMITS)
    assert (found.format, found.width, found.height, found.frames) == (format, 62, 46, 1)
    image = load(sample(format), LIMITS)
    assert (image.width, image.height, image.format) == (62, 46, "uchar")
    for seen, meant in zip(corners(image), QUADRANTS, strict=True):
        assert alike(seen[:3], meant, LOSSY.get(format, 1))


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"svg"}))
def test_nothing_is_enlarged_unless_it_is_asked_for(format: str) -> None:
    image = thumbnail(sample(format), LIMITS, 500)
    assert (image.width, image.height) == (62, 46)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("how", "size"),
    [("inside", (31, 23)), ("shrink", (31, 23)), ("cover", (31, 40)), ("exact", (31, 40))],
)
def test_every_format_fits_alike(format: str, how: Fit, size: tuple[int, int]) -> None:
    image = fit(sample(format), LIMITS, 31, 40, how)
    assert (image.width, image.height) == size


def test_a_side_left_out_follows_from_the_other() -> None:
    assert fit(sample("png"), LIMITS, 31, None, "inside").height == 23
    assert fit(sample("png"), LIMITS, None, 23, "inside").width == 31


def test_cover_cuts_evenly_from_both_sides() -> None:
    image = fit(sample("png", 120, 40), LIMITS, 40, 40, "cover")
    assert all(map(alike, corners(image), QUADRANTS))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(1, 90), st.integers(1, 90),
    st.sampled_from(["inside", "shrink", "cover", "exact"]),
)  # fmt: skip
def test_a_fit_keeps_its_promise(width: int, height: int, across: int, down: int, how: Fit) -> None:
    image = fit(saved(quadrants(90, 90).resize((width, height)), "png"), LIMITS, across, down, how)
    if how in ("cover", "exact"):
        assert (image.width, image.height) == (across, down)
        return
    assert image.width <= across
    assert image.height <= down
    if how == "inside" or width > across or height > down:
        assert image.width == across or image.height == down
    else:
        assert (image.width, image.height) == (width, height)
    scale = min(across / width, down / height, 1 if how == "shrink" else 1e9)
    assert abs(image.width - width * scale) <= 1
    assert abs(image.height - height * scale) <= 1


@pytest.mark.parametrize(("format", "plays"), [("gif", 4), ("webp", 3)])
def test_an_animation_has_all_its_frames_whole(format: str, plays: int) -> None:
    """Both files say 3: a GIF counts repetitions, a WebP how often it is played."""
    moving = animation(animated(format, 4), LIMITS)
    assert (moving.header.frames, moving.delays, moving.loop) == (4, [50, 100, 150, 200], plays)
    for number, frame in enumerate(moving.frames()):
        assert (frame.width, frame.height) == (40, 30)
        color = tuple(frame(20, 15)[:3])
        assert alike(color, (40 * number, 255 - 30 * number, 90), 3)


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_still_of_an_animation_is_its_first_frame(format: str) -> None:
    image = load(animated(format, 4), LIMITS)
    assert (image.width, image.height) == (40, 30)
    assert alike(tuple(image(20, 15)[:3]), (0, 255, 90), 3)


def test_a_gif_that_changes_only_parts_has_whole_frames() -> None:
    first = quadrants(40, 30)
    second = first.copy()
    second.paste((0, 0, 0), (0, 0, 20, 15))
    data = saved(first, "gif", save_all=True, append_images=[second], duration=80)
    frames = list(animation(data, LIMITS).frames())
    assert all(alike(a[:3], b, 3) for a, b in zip(corners(frames[0]), QUADRANTS, strict=True))
    assert alike(corners(frames[1])[0][:3], (0, 0, 0), 3)
    assert alike(corners(frames[1])[3][:3], QUADRANTS[3], 3)
