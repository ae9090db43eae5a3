"""The gallery that comes with Calotype: every picture can be shown and found."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calotype import decode
from calotype.ingest import Analysis, Summary
from calotype.ingest.colors import main_colors
from calotype.parts import Parts, open_parts
from calotype.search import parse
from calotype.settings import Settings

GALLERY = Path(str(files("calotype.demo") / "gallery"))
PICTURES = sorted(str(p.relative_to(GALLERY)) for p in GALLERY.rglob("*.svg"))
LIMITS = decode.Limits()
SLOWEST_FILTERS = re.compile(rb"<fe(?!GaussianBlur|Merge)|<image|<text|<script|<animate")


def entries() -> list[dict[str, Any]]:
    lines = (GALLERY / "metadata.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


ENTRIES = {entry["file_name"]: entry for entry in entries()}
each_picture = pytest.mark.parametrize("name", PICTURES)


@cache
def shown(name: str) -> decode.VipsImage:
    """The picture in 96 pixels; three tests look at all of them."""
    return decode.thumbnail((GALLERY / name).read_bytes(), LIMITS, 96)


@cache
def header(name: str) -> decode.Header:
    return decode.header((GALLERY / name).read_bytes(), LIMITS)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Parts, Summary, Analysis]]:
    """The gallery as the service ingests it, and what it said."""
    settings = Settings.load(source=str(GALLERY), data=tmp_path_factory.mktemp("demo"))
    parts = open_parts(settings)
    (source,) = parts.followed
    summary = parts.ingest.run(source)
    analysis = parts.ingest.analyse([source])
    parts.indexer.catch_up()
    parts.index.refresh()
    yield parts, summary, analysis
    parts.indexer.close()
    parts.catalog.close()


def test_there_are_enough_pictures_to_browse() -> None:
    assert len(PICTURES) >= 48


def test_every_picture_is_described_once_and_nothing_else_is() -> None:
    assert sorted(entry["file_name"] for entry in entries()) == PICTURES


def test_nothing_but_pictures_and_their_descriptions_is_shipped() -> None:
    shipped = {str(p.relative_to(GALLERY)) for p in GALLERY.rglob("*") if p.is_file()}
    assert shipped - set(PICTURES) == {"metadata.jsonl"}


@each_picture
def test_picture_is_accepted_and_shows_something(name: str) -> None:
    found = header(name)
    assert found.format == "svg"
    assert 900 <= max(found.width, found.height) <= 1600
    assert shown(name).deviate() > 8


@each_picture
def test_picture_is_small_and_drawn_by_hand(name: str) -> None:
    drawing = (GALLERY / name).read_bytes()
    assert 2_000 < len(drawing) < 40_000
    assert not SLOWEST_FILTERS.search(drawing)
    assert b"data:" not in drawing


@each_picture
def test_picture_is_described_for_search_and_for_who_cannot_see_it(name: str) -> None:
    entry = ENTRIES[name]
    for key in ("title", "description", "alt"):
        assert entry[key].strip() == entry[key] != ""
    assert len(entry["description"]) > len(entry["title"])
    assert len(set(entry["tags"])) == len(entry["tags"]) >= 4
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", tag) for tag in entry["tags"])


@each_picture
def test_picture_is_our_own_and_free(name: str) -> None:
    assert (ENTRIES[name]["creator"], ENTRIES[name]["license"]) == ("Calotype", "CC0-1.0")


@pytest.mark.parametrize("key", ["title", "description", "alt"])
def test_no_two_pictures_are_described_alike(key: str) -> None:
    assert len({entry[key].casefold() for entry in ENTRIES.values()}) == len(ENTRIES)


def test_pictures_are_upright_lying_and_square() -> None:
    ratios = [h.width / h.height for h in map(header, PICTURES)]
    upright, square, lying, panorama = (
        sum(low < ratio < high for ratio in ratios)
        for low, high in ((0, 0.99), (0.99, 1.01), (1.01, 2), (2, 9))
    )
    assert min(upright, square, lying) >= 8
    assert panorama >= 1


def test_some_pictures_are_cut_out() -> None:
    corners = [shown(name)(0, 0) for name in PICTURES]
    assert sum(corner[-1] == 0 for corner in corners if len(corner) == 4) >= 3


def test_palettes_differ() -> None:
    """No colour leads in more than a third of the pictures, and most colours lead in some."""
    leading: Counter[str] = Counter()
    exact: set[str] = set()
    for name in PICTURES:
        image = shown(name)
        pixels = (image if image.hasalpha() else image.addalpha()).numpy().astype(np.uint8)
        colors = main_colors(pixels)
        leading[colors[0].name] += 1
        exact.add("-".join(color.hex for color in colors))
    assert len(exact) == len(PICTURES)
    assert len(leading) >= 9
    assert leading.most_common(1)[0][1] <= len(PICTURES) / 3


def test_the_service_takes_all_and_refuses_nothing(
    ingested: tuple[Parts, Summary, Analysis],
) -> None:
    _, summary, analysis = ingested
    assert (summary.added, list(summary.refused)) == (len(PICTURES), [])
    assert (analysis.analysed, analysis.spoiled) == (len(PICTURES), 0)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("red sailing boat", "vehicles/red-sailing-regatta.svg"),
        ("cosy snow", "buildings/half-timbered-old-town.svg"),
        ("blue sea chapel", "buildings/blue-domed-island-chapel.svg"),
        ("night owl", "animals/owl-at-night.svg"),
        ("lightning wheat", "weather/thunderstorm-over-wheat.svg"),
        ("astronaut", "space/astronaut-above-the-earth.svg"),
    ],
)
def test_pictures_are_found_by_what_they_show(
    ingested: tuple[Parts, Summary, Analysis], query: str, name: str
) -> None:
    parts, _, _ = ingested
    page = parts.index.search(parse(query), limit=4)
    assert name in [hit.image.name for hit in page.hits]
