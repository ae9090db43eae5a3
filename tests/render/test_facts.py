"""fm=json and fm=blurhash."""

from __future__ import annotations

import json

import pytest
from PIL import Image as Pillow
from tools.blurhash import decoded

from calotype.render import facts
from tests.decode.pictures import QUADRANTS, alike, animated, quadrants, saved

from .studio import record, rendition
from .test_output import talkative


def test_the_facts_are_of_the_original_as_it_is_stored() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    data = saved(quadrants(80, 40), "jpeg", exif=exif)
    made = facts.of(record(data))
    assert made.content_type == "application/json"
    assert json.loads(made.body) == {
        "Content-Length": len(data),
        "Content-Type": "image/jpeg",
        "PixelWidth": 80,
        "PixelHeight": 40,
        "Orientation": 6,
        "HasAlpha": False,
        "FrameCount": 1,
    }


def test_the_facts_say_nothing_of_where_and_by_whom() -> None:
    body = facts.of(record(talkative("jpeg"))).body
    assert b"Secret" not in body
    assert b"GPS" not in body


def test_a_blurhash_shows_the_image() -> None:
    made = rendition(saved(quadrants(300, 200), "png"), "blurhash", w=200)
    assert made.content_type == "text/plain; charset=utf-8"
    shown = decoded(made.body.decode("ascii"))
    for at, meant in zip(((4, 4), (27, 4), (4, 27), (27, 27)), QUADRANTS, strict=True):
        found = shown.getpixel(at)
        assert isinstance(found, tuple)
        assert alike(found, meant, 75), (at, found, meant)


def test_it_is_what_other_encoders_write() -> None:
    """The known answer is that of `blurhash` 1.1.5 from PyPI, with 4 × 3 components."""
    made = rendition(saved(quadrants(64, 48), "png"), "blurhash")
    assert made.body == b"LqJHEeUraip9Z|}6oJJCaxoIfQa}"


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (2, 90), (90, 2)])
def test_every_kind_of_image_has_one(mode: str, size: tuple[int, int]) -> None:
    body = rendition(saved(quadrants(60, 60, mode).resize(size), "png"), "blurhash").body
    assert len(body) == 28
    assert rendition(animated("gif"), "blurhash").body.isascii()


def test_one_colour_is_nearly_all_there_is() -> None:
    red = saved(Pillow.new("RGB", (50, 50), (220, 40, 40)), "png")
    shown = decoded(rendition(red, "blurhash").body.decode())
    assert all(alike(color, (220, 40, 40), 16) for _, color in shown.getcolors(2000) or []
               if isinstance(color, tuple))  # fmt: skip
