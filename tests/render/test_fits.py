"""imgix's meanings of `fit`, and the sizes that come of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.errors import BadParameter
from calotype.render import steps
from calotype.render.spec import FITS, RenderSpec
from tests.decode.pictures import (
    BLUE,
    GREEN,
    QUADRANTS,
    RED,
    YELLOW,
    alike,
    animated,
    drawing,
    quadrants,
    sample,
    saved,
)  # fmt: skip

from .studio import opened, record, rendition, seen

WHITE = (255, 255, 255, 255)
LARGE, SMALL = saved(quadrants(400, 200), "png"), saved(quadrants(40, 20), "png")


@pytest.mark.parametrize(
    ("fit", "size", "large", "small"),
    [
        ("clip", (100, 100), (100, 50), (100, 50)),
        ("clip", (300, 50), (100, 50), (100, 50)),
        ("max", (100, 100), (100, 50), (40, 20)),
        ("max", (300, 50), (100, 50), (40, 20)),
        ("max", (1000, 1000), (400, 200), (40, 20)),
        ("crop", (100, 100), (100, 100), (100, 100)),
        ("crop", (30, 90), (30, 90), (30, 90)),
        ("fill", (100, 100), (100, 100), (100, 100)),
        ("fill", (500, 100), (500, 100), (500, 100)),
        ("scale", (100, 100), (100, 100), (100, 100)),
        ("scale", (33, 77), (33, 77), (33, 77)),
    ],
)
def test_each_fit_gives_its_exact_size(
    fit: str, size: tuple[int, int], large: tuple[int, int], small: tuple[int, int]
) -> None:
    for data, meant in ((LARGE, large), (SMALL, small)):
        made = rendition(data, w=size[0], h=size[1], fit=fit)
        assert (made.width, made.height) == meant
        assert opened(made).size == meant


@pytest.mark.parametrize("fit", ["clip", "crop", "fill", "scale"])
@pytest.mark.parametrize(("side", "size"), [({"w": 100}, (100, 50)), ({"h": 100}, (200, 100))])
def test_with_one_side_every_fit_keeps_the_proportions(
    fit: str, side: dict[str, Any], size: tuple[int, int]
) -> None:
    for data in (LARGE, SMALL):
        made = rendition(data, fit=fit, **side)
        assert (made.width, made.height) == size


def test_with_one_side_max_does_not_enlarge() -> None:
    assert rendition(SMALL, w=100, fit="max").width == 40
    assert rendition(SMALL, h=100, fit="max").width == 40
    assert rendition(LARGE, w=100, fit="max").width == 100


@pytest.mark.parametrize(
    ("size", "meant"), [((2000, 1000), (1600, 800)), ((1000, 2000), (800, 1600)), ((40, 20),) * 2]
)
def test_without_a_size_the_image_fits_in_1600_and_is_never_enlarged(
    size: tuple[int, int], meant: tuple[int, int]
) -> None:
    made = rendition(saved(quadrants(*size), "jpeg"), "jpeg")
    assert (made.width, made.height) == meant


def test_crop_keeps_the_middle() -> None:
    made = opened(rendition(LARGE, w=100, h=100, fit="crop"))
    assert all(alike(color[:3], meant) for color, meant in zip(seen(made), QUADRANTS, strict=True))


def test_scale_stretches() -> None:
    made = opened(rendition(LARGE, w=50, h=200, fit="scale"))
    assert all(alike(color[:3], meant) for color, meant in zip(seen(made), QUADRANTS, strict=True))


def test_fill_is_white_above_and_below_and_the_image_in_the_middle() -> None:
    made = opened(rendition(LARGE, w=100, h=100, fit="fill")).convert("RGBA")
    assert [made.getpixel((x, y)) for x, y in ((50, 2), (50, 97), (2, 20))] == [WHITE] * 3
    inside = [made.getpixel((x, y)) for x, y in ((10, 30), (90, 30), (10, 70), (90, 70))]
    for color, meant in zip(inside, (RED, GREEN, BLUE, YELLOW), strict=True):
        assert isinstance(color, tuple)
        assert alike(color[:3], meant)


def test_fill_is_transparent_where_the_image_has_alpha() -> None:
    data = saved(quadrants(400, 200, "RGBA"), "png")
    clear = opened(rendition(data, w=100, h=100, fit="fill")).getpixel((50, 2))
    assert isinstance(clear, tuple)
    assert clear[3] == 0
    white = opened(rendition(data, "jpeg", w=100, h=100, fit="fill")).getpixel((50, 2))
    assert isinstance(white, tuple)
    assert alike(white, WHITE[:3])


def test_fill_of_a_grey_image_is_white() -> None:
    made = opened(rendition(saved(quadrants(40, 20, "L"), "png"), w=100, h=100, fit="fill"))
    assert made.convert("RGBA").getpixel((50, 2)) == WHITE


def test_a_drawing_is_drawn_at_the_size_asked_for() -> None:
    made = rendition(drawing(), w=3100, fit="clip")
    assert (made.width, made.height) == (3100, 2300)
    edge = opened(made).convert("RGB")
    assert [edge.getpixel((x, 100)) for x in (1548, 1551)] == [RED, GREEN], "sharp, not enlarged"


def test_dpr_gives_as_many_times_the_pixels() -> None:
    made = rendition(LARGE, w=60, h=60, dpr=2, fit="crop")
    assert (made.width, made.height) == (120, 120)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.integers(1, 150), st.integers(1, 150), st.sampled_from(sorted(FITS)),
)  # fmt: skip
def test_no_fit_leaves_its_box(size: tuple[int, int], w: int, h: int, fit: str) -> None:
    data = saved(quadrants(90, 90).resize(size), "png")
    made = rendition(data, w=w, h=h, fit=fit)
    assert made.width <= w
    assert made.height <= h
    if fit not in ("clip", "max", "min"):
        assert (made.width, made.height) == (w, h)
        return
    if fit == "min":
        scale = min(size[0] / w, size[1] / h, 1)
        assert abs(made.width - w * scale) <= 1
        assert abs(made.height - h * scale) <= 1
        return
    scale = min(w / size[0], h / size[1], 1.0 if fit == "max" else 1e9)
    assert abs(made.width - size[0] * scale) <= 1
    assert abs(made.height - size[1] * scale) <= 1


@settings(deadline=None, max_examples=100)
@given(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.none() | st.integers(1, 150), st.none() | st.integers(1, 150),
    st.sampled_from(sorted(FITS)),
)  # fmt: skip
def test_the_size_is_known_beforehand_to_within_a_pixel(
    size: tuple[int, int], w: int | None, h: int | None, fit: str
) -> None:
    params = {"w": w, "h": h, "fit": fit}
    given_ones = {name: str(value) for name, value in params.items() if value is not None}
    width, height = steps.output_size(RenderSpec.parse(given_ones), *size)
    made = rendition(saved(quadrants(90, 90).resize(size), "png"), **given_ones)
    assert abs(made.width - width) <= 1
    assert abs(made.height - height) <= 1


def test_a_rendition_of_too_many_pixels_is_refused_before_it_is_made() -> None:
    with pytest.raises(BadParameter) as problem:
        rendition(SMALL, w=8192, h=8192, fit="crop")
    assert problem.value.parameter == "w"
    assert problem.value.value == "8192×8192"


def test_all_frames_together_count() -> None:
    data = animated("gif", 9)
    assert record(data).frames == 9
    with pytest.raises(BadParameter, match="9 frames"):
        rendition(data, "gif", w=3000, h=3000, fit="scale")
    assert rendition(data, "jpeg", w=3000, h=3000, fit="scale").width == 3000


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif", "tiff", "heic"])
def test_every_format_of_original_fits_alike(format: str) -> None:
    made = rendition(sample(format), w=31, h=31, fit="crop")
    assert (made.width, made.height) == (31, 31)
    for color, meant in zip(seen(opened(made)), QUADRANTS, strict=True):
        assert alike(color[:3], meant, 16)
