"""docs/http.md shows each render parameter, and each value of it that looks like no other."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from PIL import Image
from tools.samples import SAMPLES

from calotype.render.parameters import (
    ALIASES,
    CROPS,
    FILLS,
    FITS,
    FLIPS,
    FORMATS,
    ORDER,
    ORIENTATIONS,
    TONES,
    TRIMS,
)  # fmt: skip

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "http.md").read_text()
FOLDER = ROOT / "docs" / "pictures"
FILES = sorted(FOLDER.iterdir())
LINKED = re.findall(r"!\[[^\]]*\]\(pictures/([^)]+)\)", PAGE)
MOST_BYTES = 1_000_000

ASKED = [dict(parse_qsl(sample.query)) for sample in SAMPLES]
VALUES = {
    "fit": list(FITS),
    "crop": list(CROPS),
    "trim": list(TRIMS),
    "tones": list(TONES),
    "fm": [name for name in FORMATS if name != "jpeg"],
    "flip": sorted(set(FLIPS.values())),
    "fill": ["solid", "blur", "gen"],
    "or": [str(way) for way in sorted(set(ORIENTATIONS.values()))],
    "rot-type": ["straighten", "pivot"],
    "mask": ["ellipse", "corners"],
    "auto": ["format", "compress"],
}


@pytest.mark.parametrize("name", ORDER)
def test_each_parameter_is_shown(name: str) -> None:
    samples = [sample for sample in SAMPLES if name in sample.parameters]
    assert samples
    assert all(f"pictures/{sample.name}." in PAGE or sample.shown for sample in samples)


@pytest.mark.parametrize(
    ("name", "value"), [(n, v) for n, values in VALUES.items() for v in values]
)
def test_each_value_is_shown(name: str, value: str) -> None:
    assert any(value in asked.get(name, "").split(",") for asked in ASKED)


def test_every_way_to_fill_is_known() -> None:
    assert set(FILLS) - set(VALUES["fill"]) == {"generative"}


def test_no_two_requests_share_a_picture() -> None:
    asked = {(sample.url, sample.accept) for sample in SAMPLES}
    assert len({sample.name for sample in SAMPLES}) == len(asked)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: "&".join(asked.values()) or "untouched")
def test_no_sample_has_a_parameter_that_does_not_exist(asked: dict[str, str]) -> None:
    assert set(asked) <= {*ORDER, *ALIASES}


def test_every_picture_is_in_the_page_and_no_other() -> None:
    assert sorted(set(LINKED)) == [file.name for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_picture_is_small(file: Path) -> None:
    with Image.open(file) as image:
        image.load()
        assert max(image.size) <= 240


def test_all_of_them_are_little_to_load() -> None:
    assert sum(file.stat().st_size for file in FILES) < MOST_BYTES


@pytest.mark.server
def test_they_are_what_the_service_answers() -> None:
    command = [sys.executable, "-m", "tools.pictures", "--check"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr
