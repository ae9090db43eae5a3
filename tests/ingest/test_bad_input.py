"""What bad files get: refused with a reason, counted, and nothing else is affected."""

from __future__ import annotations

from pathlib import Path

import pytest

from calotype.decode import Limits, header
from tests.api.house import House
from tests.decode.pictures import drawing, long_gif, png, sample, tiff_with_pages

from .adding import Added, add

pytestmark = pytest.mark.xdist_group("bad input")


def drawn(inside: str) -> bytes:
    return drawing(inside=inside)


def noisy_png() -> bytes:
    """All of its chunks are there; what is in the compressed one is noise."""
    data = bytearray(sample("png", 400, 300))
    at = data.index(b"IDAT") + 4
    data[at + 2 : at + 200] = bytes(i * 71 % 256 for i in range(198))
    return bytes(data)


NEVER_DRAWN = png(400, 300)
"""Its header is right and its end is there, but no row of pixels."""

BAD = {
    "empty.jpg": (b"", "empty"),
    "cut off.jpg": (sample("jpeg", 400, 300)[:900], "truncated"),
    "cut off.png": (sample("png", 400, 300)[:300], "truncated"),
    "noise.png": (noisy_png(), "corrupt"),
    "only pixels tell.png": (NEVER_DRAWN, "corrupt"),
    "text.jpg": (b"This is no image.\n" * 100, "not-an-image"),
    "program.png": (b"\x7fELF" + bytes(1000), "not-an-image"),
    "bitmap.bmp": (b"BM" + bytes(100), "not-an-image"),
    "bomb.png": (png(30_000, 30_000, bytes(3_000_000), depth=1, kind=0), "too-many-pixels"),
    "pages.tiff": (tiff_with_pages(10_000), "too-many-pages"),
    "pages in a circle.tiff": (tiff_with_pages(3, loop=True), "too-many-pages"),
    "frames.gif": (long_gif(2_000), "too-many-frames"),
    "file.svg": (drawn('<image href="file:///etc/passwd" width="9" height="9"/>'), "svg-external"),
    "beside.svg": (drawn('<image href="good.png" width="9" height="9"/>'), "svg-external"),
    "url.svg": (drawn('<image href="http://127.0.0.1/a.png" width="9" height="9"/>'),
                "svg-external"),
    "style.svg": (drawn("<style>@import 'http://127.0.0.1/a.css';</style>"), "svg-external"),
    "entity.svg": (b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                   b'<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
                   "svg-external"),
    "deep.svg": (b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 100_000,
                 "svg-too-complex"),
}  # fmt: skip
GOOD = {"good.png": sample("png"), "sub/good.jpg": sample("jpeg"), "good.svg": drawing()}
OTHER = {"LICENSE.txt": b"Do as you like.", "README": b"", "notes.md": b"# Notes", "a.zip": b"PK\3"}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@pytest.fixture(scope="module")
def source(home: Path) -> Path:
    bad = {name: data for name, (data, _) in BAD.items()}
    return write(home / "source", {**bad, **GOOD, **OTHER})


@pytest.fixture(scope="module")
def added(source: Path, home: Path) -> Added:
    """`calotype add` of all of them."""
    done = add(source, home / "data")
    assert done.code == 0, done.err
    return done


@pytest.mark.parametrize("name", BAD)
def test_each_is_refused_for_its_reason(added: Added, name: str) -> None:
    assert added.reasons.get(name) == BAD[name][1]


def test_each_refusal_says_what_is_wrong(added: Added) -> None:
    assert all(len(refused["message"]) > 15 for refused in added.summary["refused"])


def test_the_others_are_taken(added: Added) -> None:
    assert added.summary["added"] == added.summary["images"] == len(GOOD)


def test_what_claims_to_be_no_image_is_skipped_without_a_word(added: Added) -> None:
    assert added.reasons.keys() == BAD.keys()
    assert added.summary["skipped"] == len(OTHER)


def test_memory_stays_bounded(added: Added, tmp_path: Path) -> None:
    """The bomb alone declares 900 million pixels."""
    harmless = add(write(tmp_path / "source", GOOD), tmp_path / "data")
    assert added.peak < harmless.peak + 100


def test_a_second_run_tells_the_same_without_reading_again(
    added: Added, source: Path, home: Path
) -> None:
    again = add(source, home / "data").summary
    assert again["refused"] == sorted(added.summary["refused"], key=lambda r: str(r["name"]))
    assert (again["unchanged"], again["skipped"]) == (len(GOOD), len(OTHER))


@pytest.mark.parametrize("fresh", [True, False], ids=["found while serving", "found before"])
def test_metrics_count_every_refusal(
    added: Added, source: Path, home: Path, tmp_path: Path, fresh: bool
) -> None:
    with House(source, tmp_path / "data" if fresh else home / "data") as house:
        house.settle(len(GOOD))
        assert house.services.keeper.settled.wait(20)
        for reason in {reason for _, reason in BAD.values()}:
            expected = sum(other == reason for _, other in BAD.values())
            assert house.metric("refused_total", reason=reason) == expected, reason
        assert f'calotype_refused_total{{reason="{reason}"}}' in house.get("/metrics").text
        assert house.get("/image/good?w=20").status_code == 200


def test_a_broken_image_may_pass_every_look_at_its_header() -> None:
    """Or it would not be the pixel pass that finds it."""
    assert header(NEVER_DRAWN, Limits()).width == 400
