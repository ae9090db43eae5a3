"""Every hostile file gets an image or a refusal: in time, in bounded memory, without a crash."""

from __future__ import annotations

import pytest

from tests.render.studio import rendition

from . import corpus
from .attempt import CONFIG, LIMITS, REFUSED, SHOWN, TAKEN
from .children import Outcome, outcomes

pytestmark = pytest.mark.xdist_group("hostile corpus")

PATIENCE = 6
"""Seconds by which an answer may be late where the machine has other work."""
BYTES_A_PIXEL = 16
"""An AVIF's, the most: planes, their conversion to RGB, and libvips' copy of that."""
SLACK = 64
"""Megabytes."""

FIRST = "png w=32"
"""What every file is asked for; the other wishes of `SPECS` go round."""
UNREADABLE = {"lab.tif"}
"""libvips 8.18 cannot open a TIFF of 8-bit CIELAB, not even one of its own ("bad labq format")."""

Found = dict[str, Outcome]


@pytest.fixture(scope="module")
def found() -> Found:
    count = len(corpus.everything())
    return {done["name"]: done for done in outcomes("corpus", 0, count)}


def test_every_file_is_answered(found: Found) -> None:
    assert found.keys() == corpus.everything().keys()
    assert {n: f for n, f in found.items() if f["outcome"] not in (TAKEN, REFUSED)} == {}


def test_every_render_is_answered_within_the_time_limit(found: Found) -> None:
    most = CONFIG.seconds + PATIENCE
    assert {n: f["longest"] for n, f in found.items() if f.get("longest", 0) > most} == {}


def test_every_refusal_comes_within_the_time_limit(found: Found) -> None:
    most = LIMITS.seconds + PATIENCE
    refused = {n: f["seconds"] for n, f in found.items() if f["outcome"] == REFUSED}
    assert {name: seconds for name, seconds in refused.items() if seconds > most} == {}


def test_memory_is_bounded_by_the_limit_of_pixels(found: Found) -> None:
    most = LIMITS.max_pixels * BYTES_A_PIXEL // 1_000_000 + SLACK
    assert {n: f["grown"] for n, f in found.items() if f.get("grown", 0) > most} == {}


def test_what_is_cut_off_is_refused(found: Found) -> None:
    """But for what is complete as far as it goes: a GIF between two frames, a TIFF's first page."""
    taken = {name for name in corpus.truncated() if found[name]["outcome"] != REFUSED}
    assert {name for name in taken if not name.startswith(("moving gif", "pages tiff"))} == set()


@pytest.mark.parametrize("name", [
    "bomb huge.png", "bomb text.png", "bomb profile.png", "bomb packed texts.png",
    "bomb packed words.png", "bomb many texts.png", "bomb chunks.png",
    "bomb frames.gif", "bomb some frames.gif", "bomb huge.tif",
    "bomb bands.tif", "bomb pages.tif", "bomb circle.tif", "bomb circle of one.tif",
    "bomb huge.webp",
    "bomb huge.avif", "deep.svg", "deep unclosed.svg", "wide.svg", "attributes.svg", "laughs.svg",
    "quadratic.svg", "endless.svg",
])  # fmt: skip
def test_a_bomb_is_known_by_its_header(found: Found, name: str) -> None:
    assert found[name]["outcome"] == REFUSED
    assert found[name]["why"].startswith(("too-", "svg-too-complex", "corrupt"))


def test_odd_but_right_files_are_shown(found: Found) -> None:
    """Whatever their colours, profiles and proportions are."""
    hidden = {
        name: done
        for name in corpus.odd().keys() - UNREADABLE
        if (done := found[name]).get("renders", {}).get(FIRST) != SHOWN
    }
    assert hidden == {}


@pytest.mark.parametrize("name", ["jpeg and zip.jpg", "gif and js.gif", "svg in png.png"])
def test_nothing_of_a_second_file_is_in_a_rendition(name: str) -> None:
    body = rendition(corpus.polyglots()[name], name[-3:].replace("jpg", "jpeg"), w=30).body
    for trace in (b"PK\3\4", b"alert", b"<script", b"<svg"):
        assert trace not in body
