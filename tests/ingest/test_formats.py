"""Files are recognised by what is in them, never by their names."""

from __future__ import annotations

import hashlib

import pytest
from PIL import Image

from tests.decode.pictures import FORMATS, animated, quadrants, sample, saved

from .library import Library


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a", "a.txt", "a.mp4"])
def test_the_content_says_the_format(library: Library, format: str, name: str) -> None:
    library.put(name, sample(format))
    found = library.image(name)
    assert (found.format, {found.width, found.height}) == (format, {62, 46})


def test_the_id_is_the_hash_of_the_content(library: Library) -> None:
    library.put("a.png", sample("png"))
    assert library.image("a.png").id == hashlib.sha256(sample("png")).hexdigest()[:40]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_as_displayed(library: Library, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    library.put("a.jpg", saved(quadrants(62, 46), "jpeg", exif=exif))
    found = library.image("a.jpg")
    assert found.orientation == orientation
    assert (found.width, found.height) == ((46, 62) if orientation >= 5 else (62, 46))


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_frames_of_an_animation_are_counted(library: Library, format: str) -> None:
    library.put("a", animated(format, 5))
    assert library.image("a").frames == 5


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_colours_and_a_placeholder(library: Library, format: str) -> None:
    library.put("a", sample(format))
    library.run()
    assert library.ingest.analyse([library.source]).analysed == 1
    found = library.image("a")
    assert {"red", "green", "blue", "yellow"} & {color.name for color in found.colors}
    assert found.thumbhash
    assert found.analysed


def test_transparency_is_what_the_pixels_say(library: Library) -> None:
    library.put("claims.png", saved(quadrants(mode="RGBA"), "png"))
    clear = quadrants(mode="RGBA")
    clear.putpixel((0, 0), (0, 0, 0, 0))
    library.put("has.png", saved(clear, "png"))
    library.run()
    library.ingest.analyse([library.source])
    assert not library.image("claims.png").alpha
    assert library.image("has.png").alpha


@pytest.mark.parametrize("name", [".hidden.jpg", ".git/a.jpg", "@eaDir/a.jpg", "__MACOSX/a.jpg"])
def test_what_is_hidden_is_left_alone(library: Library, name: str) -> None:
    library.put(name, sample("jpeg"))
    library.put("seen.png", sample("png"))
    assert library.run().added == 1
