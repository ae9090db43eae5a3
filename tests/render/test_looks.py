"""Light, colour and focus; alpha is left alone by all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Pillow

from calotype.render import tone
from calotype.render.spec import RenderSpec
from tests.decode.pictures import RED, alike, animated, quadrants, saved

from .studio import opened, rendition, seen
from .test_animation import frames

GREY = (128, 128, 128)
EFFECTS = ({"bri": 30}, {"con": 40}, {"exp": 25}, {"gam": 20}, {"high": -60}, {"shad": 60},
           {"sat": 50}, {"vib": 70}, {"hue": 90}, {"monochrome": "4a6fa5"}, {"sepia": 70},
           {"invert": "true"}, {"blur": 60}, {"sharp": 60}, {"usm": 60}, {"usm": -60})  # fmt: skip


def plain(color: tuple[int, ...], mode: str = "RGB") -> bytes:
    return saved(Pillow.new(mode, (24, 16), color if len(color) > 1 else color[0]), "png")


def becomes(color: tuple[int, ...], **params: Any) -> tuple[float, ...]:
    return seen(opened(rendition(plain(color), **params)))[0][:3]


def pixels(data: bytes, **params: Any) -> npt.NDArray[np.float64]:
    return np.asarray(opened(rendition(data, **params)).convert("RGB"), dtype=np.float64)


@pytest.mark.parametrize(
    ("params", "meant"),
    [
        ({"bri": 100}, (255, 255, 255)),
        ({"bri": -100}, (0, 0, 0)),
        ({"bri": 10}, (141, 141, 141)),
        ({"con": -100}, (128, 128, 128)),
        ({"sat": -100}, GREY),
        ({"invert": "1"}, (127, 127, 127)),
        ({"monochrome": "ff0000"}, (128, 0, 0)),
        ({"monochrome": "80ff0000"}, (128, 64, 64)),
        ({"sepia": 100}, (173, 154, 120)),
        ({"hue": 120}, GREY),
        ({"vib": 100}, GREY),
        ({"blur": 500}, GREY),
        ({"sharp": 100}, GREY),
        ({"usm": 100}, GREY),
    ],
)
def test_what_grey_becomes(params: dict[str, Any], meant: tuple[int, int, int]) -> None:
    assert alike(becomes(GREY, **params), meant, 1)


@pytest.mark.parametrize(
    ("params", "meant"),
    [
        ({"sat": -100}, (78, 78, 78)),
        ({"sat": 100}, (255, 2, 2)),
        ({"invert": "true"}, (35, 215, 215)),
        ({"monochrome": "ffffff"}, (78, 78, 78)),
    ],
)
def test_what_red_becomes(params: dict[str, Any], meant: tuple[int, int, int]) -> None:
    assert alike(becomes(RED, **params), meant, 1)


def test_hue_turns_red_towards_green_and_blue() -> None:
    red, green, blue = becomes(RED, hue=120)
    assert green > max(red, blue)
    red, green, blue = becomes(RED, hue=240)
    assert blue > max(red, green)
    assert becomes(RED, **{"hue-rotate": 240}) == (red, green, blue)


def test_vibrance_spares_what_is_vivid() -> None:
    def gain(color: tuple[int, int, int]) -> float:
        made = becomes(color, vib=100)
        return (max(made) - min(made)) / (max(color) - min(color))

    assert gain((140, 120, 120)) > gain((250, 20, 20)) >= 0.99


@pytest.mark.parametrize("name", ["bri", "con", "exp", "gam", "high", "shad"])
def test_no_curve_turns_back(name: str) -> None:
    """A darker value never becomes lighter than a lighter one."""
    least, most = {"high": (-100, 0), "shad": (0, 100)}.get(name, (-100, 100))
    for value in range(least, most + 1, 10):
        curve = tone.curve(RenderSpec.parse({name: str(value)})).astype(int)
        assert (np.diff(curve) >= 0).all(), (name, value)
        if value == 0:
            assert (curve == np.arange(256)).all()


@pytest.mark.parametrize("name", ["bri", "exp", "gam"])
def test_more_is_lighter(name: str) -> None:
    assert becomes(GREY, **{name: -40})[0] < 128 < becomes(GREY, **{name: 40})[0]


def test_highlights_and_shadows_change_their_own_end() -> None:
    assert becomes((220, 220, 220), high=-100)[0] < 210
    assert becomes((20, 20, 20), high=-100)[0] >= 18
    assert becomes((40, 40, 40), shad=100)[0] > 60
    assert becomes((235, 235, 235), shad=100)[0] < 238


def test_contrast_parts_light_and_dark() -> None:
    assert becomes((100, 100, 100), con=50)[0] < 90
    assert becomes((160, 160, 160), con=50)[0] > 170


def edge() -> bytes:
    image = Pillow.new("L", (120, 80), 80)
    image.paste(180, (60, 0, 120, 80))
    return saved(image, "png")


def steepest(data: bytes, **params: Any) -> float:
    row = pixels(data, **params)[40, :, 0]
    return float(np.abs(np.diff(row)).max())


def test_blur_softens_the_more_the_larger_it_is() -> None:
    found = [steepest(edge(), blur=value) for value in (0, 20, 60, 300, 2000)]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 5


def test_blur_leaves_the_mean() -> None:
    for blur in (20, 400):
        assert pixels(edge(), blur=blur).mean() == pytest.approx(130, abs=2)


@pytest.mark.parametrize("params", [{"sharp": 60}, {"usm": 60}, {"usm": 60, "usmrad": 8}])
def test_sharpening_overshoots_at_an_edge(params: dict[str, Any]) -> None:
    made = pixels(edge(), **params)
    assert made.max() > 190
    assert made.min() < 70
    assert made[40, 5, 0] == pytest.approx(80, abs=1)


def test_a_negative_unsharp_mask_softens() -> None:
    assert steepest(edge(), usm=-100) < steepest(edge()) / 2


def see_through() -> bytes:
    image = quadrants(80, 60, "RGBA")
    image.putalpha(Pillow.linear_gradient("L").resize((80, 60)))
    return saved(image, "png")


@pytest.mark.parametrize("params", [one for one in EFFECTS if "blur" not in one])
def test_alpha_stays_as_it_is(params: dict[str, Any]) -> None:
    made = opened(rendition(see_through(), **params))
    before = opened(rendition(see_through()))
    assert made.getchannel("A").tobytes() == before.getchannel("A").tobytes()
    assert made.tobytes() != before.tobytes()


def test_blur_does_not_lend_the_colour_of_what_is_transparent() -> None:
    image = Pillow.new("RGBA", (100, 100), (255, 0, 0, 0))
    image.paste((255, 255, 255, 255), (30, 30, 70, 70))
    made = np.asarray(opened(rendition(saved(image, "png"), blur=100)))
    shown = made[made[..., 3] > 40]
    assert shown[:, 1].min() > 245


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("params", EFFECTS)
def test_every_effect_takes_every_kind_of_pixel(mode: str, params: dict[str, Any]) -> None:
    made = opened(rendition(saved(quadrants(40, 30, mode), "png"), **params))
    assert made.size == (40, 30)
    assert "A" not in made.mode or "A" in mode


def test_an_animation_is_changed_frame_by_frame() -> None:
    made = rendition(animated("gif", 3), "webp", invert="true", blur=20, q=100)
    shown = [seen(frame)[0][:3] for frame, _ in frames(made)]
    for number, color in enumerate(shown):
        assert alike(color, (255 - 40 * number, 30 * number, 165), 14)
