"""How much one file may take: checked before anything is decoded, so memory stays bounded."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from calotype.decode import Fit, Limits, animation, fit, header, load, page
from calotype.errors import Refused, Unrenderable

from .pictures import (
    FORMATS,
    animated,
    banded,
    chunk,
    drawing,
    long_gif,
    png,
    quadrants,
    sample,
    saved,
    tiff_with_pages,
)

LIMITS = Limits()
ROOT = Path(__file__).resolve().parents[2]


def joined(first: bytes, second: bytes) -> bytes:
    """Two TIFFs of one page each, little-endian, as one of two."""
    shift = len(first) + len(first) % 2
    (directory,) = struct.unpack_from("<I", first, 4)
    (count,) = struct.unpack_from("<H", first, directory)
    end = directory + 2 + 12 * count
    (start,) = struct.unpack_from("<I", second, 4)
    made = bytearray(first[:end] + struct.pack("<I", shift + start) + first[end + 4 :])
    made += bytes(shift - len(first)) + second
    (count,) = struct.unpack_from("<H", second, start)
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}
    for entry in range(shift + start + 2, shift + start + 2 + 12 * count, 12):
        tag, kind, values = struct.unpack_from("<HHI", made, entry)
        if tag in (273, 324) or sizes[kind] * values > 4:
            (at,) = struct.unpack_from("<I", made, entry + 8)
            struct.pack_into("<I", made, entry + 8, at + shift)
    return bytes(made)


def reason(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(Refused) as refusal:
        header(data, limits)
    return refusal.value.reason


def test_a_png_of_thirty_thousand_by_thirty_thousand_is_refused() -> None:
    bomb = png(30_000, 30_000, bytes(3_000_000), depth=1, kind=0)
    assert len(bomb) < 5000
    assert reason(bomb) == "too-many-pixels"


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"svg"}))
def test_the_limit_of_pixels_holds_in_every_format(format: str) -> None:
    data = sample(format)
    most = 62 * 46 * (2 if format in ("avif", "heic") else 1)
    assert header(data, replace(LIMITS, max_pixels=most)).width == 62
    assert reason(data, replace(LIMITS, max_pixels=most - 1)) == "too-many-pixels"


@pytest.mark.parametrize("format", FORMATS)
def test_the_limit_of_bytes_holds_in_every_format(format: str) -> None:
    data = sample(format)
    assert header(data, replace(LIMITS, max_bytes=len(data))).format == format
    assert reason(data, replace(LIMITS, max_bytes=len(data) - 1)) == "too-large"


def test_a_refusal_says_what_was_found_and_what_is_allowed() -> None:
    with pytest.raises(Refused, match=r"30000×30000.*900000000.*100000000"):
        header(png(30_000, 30_000), LIMITS)


def test_a_tiff_with_ten_thousand_pages_is_refused() -> None:
    assert reason(tiff_with_pages(10_000)) == "too-many-pages"


def test_a_tiff_whose_pages_go_in_a_circle_is_refused() -> None:
    assert reason(tiff_with_pages(3, loop=True)) == "too-many-pages"


def test_a_tiff_with_a_few_pages_shows_its_first() -> None:
    found = header(tiff_with_pages(5), LIMITS)
    assert (found.width, found.height, found.frames) == (1, 1, 1)
    assert load(tiff_with_pages(5), LIMITS).width == 1


def test_a_photograph_has_few_bands() -> None:
    assert header(banded(5), LIMITS).width == 62
    assert reason(banded(6)) == reason(banded(100)) == "too-many-bands"


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5])
def test_beside_the_colours_there_is_at_most_alpha(bands: int) -> None:
    image = load(banded(bands), LIMITS)
    assert image.bands == min(bands, 4)
    assert image.hasalpha() == (bands not in (1, 3))


@pytest.mark.parametrize(
    ("bands", "kind", "counts"),
    [(4, "uchar", 1), (4, "ushort", 1), (5, "uchar", 1.25), (3, "float", 1.5),
     (4, "float", 2), (5, "float", 2.5)],
)  # fmt: skip
def test_a_large_pixel_counts_for_more(bands: int, kind: str, counts: float) -> None:
    data, pixels = banded(bands, kind=kind), 62 * 46 * counts
    assert header(data, replace(LIMITS, max_pixels=math.ceil(pixels))).width == 62
    assert reason(data, replace(LIMITS, max_pixels=math.ceil(pixels) - 1)) == "too-many-pixels"


@pytest.mark.parametrize("second", [banded(6), banded(4, 150, 150, "float")])
def test_every_page_has_the_limits_of_the_first(second: bytes) -> None:
    data = joined(banded(3), second)
    limits = replace(LIMITS, max_pixels=39_999)
    assert page(data, limits, 1).width == 62
    with pytest.raises(Refused) as refusal:
        page(data, limits, 2)
    assert refusal.value.reason in ("too-many-bands", "too-many-pixels")


def test_an_animation_with_too_many_frames_is_refused() -> None:
    assert header(long_gif(1000), LIMITS).frames == 1000
    assert reason(long_gif(1001)) == "too-many-frames"


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_the_limit_of_frames_holds_for_both_kinds_of_animation(format: str) -> None:
    data = animated(format, 5)
    assert header(data, replace(LIMITS, max_frames=5)).frames == 5
    assert reason(data, replace(LIMITS, max_frames=4)) == "too-many-frames"


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_all_frames_together_have_a_limit(format: str) -> None:
    data = animated(format, 5, (40, 30))
    assert header(data, replace(LIMITS, max_animation_pixels=6000)).frames == 5
    assert reason(data, replace(LIMITS, max_animation_pixels=5999)) == "too-many-pixels"


def test_animation_takes_only_what_can_move() -> None:
    with pytest.raises(Refused) as refusal:
        animation(sample("png"), LIMITS)
    assert refusal.value.reason == "not-an-image"


@pytest.mark.parametrize("sides", [(30_001, 10), (10, 30_001), (10**9, 10**9)])
def test_a_drawing_may_not_be_larger_than_librsvg_counts(sides: tuple[int, int]) -> None:
    assert reason(drawing(*sides)) == "too-many-pixels"


def test_a_large_drawing_is_drawn_at_the_size_asked_for() -> None:
    data = drawing(30_000, 30_000)
    assert header(data, LIMITS).width == 30_000
    assert fit(data, LIMITS, 300, 300, "shrink").width == 300


@pytest.mark.parametrize("how", ["inside", "shrink", "cover", "exact"])
def test_a_drawing_is_drawn_at_so_many_pixels_and_no_more(how: Fit) -> None:
    with pytest.raises(Unrenderable, match=r"12000×9000, would be drawn at \d+ pixels; the limit"):
        fit(drawing(12_000, 9000), LIMITS, 12_000, 9000, how)


def test_a_large_drawing_is_not_drawn_at_its_own_size() -> None:
    with pytest.raises(Unrenderable, match="the limit is 40000000"):
        load(drawing(12_000, 12_000), LIMITS)


PEAK = """
import re
from pathlib import Path
from calotype.decode import Limits, fit, header
from calotype.errors import CalotypeError
from tests.decode.pictures import drawing, long_gif, png, quadrants, sample, saved, tiff_with_pages

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

fit(sample("jpeg"), Limits(), 100, 100, "inside")
"""
NASTY = """
files = [
    png(30_000, 30_000, bytes(30_000 * 3_751), depth=1, kind=0),
    png(9_999, 10_000, bytes(9_999), depth=16, kind=6),
    tiff_with_pages(10_000),
    long_gif(100_000),
    drawing(30_000, 30_000),
    b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 1_000_000,
    b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g/>" * 1_000_000 + b"</svg>",
    b'<!DOCTYPE svg [<!ENTITY a "' + b"x" * 1000 + b'">]><svg>' + b"&a;" * 1_000_000 + b"</svg>",
]
before = peak()
for data in files:
    try:
        header(data, Limits())
        fit(data, Limits(), 400, 400, "inside")
    except CalotypeError:
        pass
print(peak() - before)
"""
LARGE = """
photo = Path(sys.argv[1]).read_bytes()
before = peak()
fit(photo, Limits(), 400, 400, "inside")
print(peak() - before)
"""


def grown(script: str, *arguments: str) -> int:
    """Megabytes by which a process's peak grows over a part of a script."""
    command = [sys.executable, "-c", f"import sys{PEAK}{script}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=True)
    return int(done.stdout)


def test_memory_stays_bounded_whatever_comes() -> None:
    assert grown(NASTY) < 60


def test_a_large_photograph_is_never_whole_in_memory(tmp_path: Path) -> None:
    """Its 24 MP would be 72 MB; the decoder shrinks while it reads."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(saved(quadrants(6000, 4000), "jpeg", quality=30))
    assert grown(LARGE, str(photo)) < 36


def beside(name: bytes, data: bytes, times: int = 1) -> bytes:
    """A good PNG with a chunk before its pixels."""
    good = sample("png")
    return good[:33] + chunk(name, data) * times + good[33:]


PACKED = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0en\0a\0", b"iCCP": b"a\0\0"}


@pytest.mark.parametrize("name", PACKED)
def test_what_a_png_packs_beside_its_pixels_is_bounded_in_all(name: bytes) -> None:
    large = PACKED[name] + zlib.compress(bytes(5 << 20))
    assert reason(beside(name, large, 2)) == "too-much-metadata"
    assert header(beside(name, large), LIMITS).format == "png"


@pytest.mark.parametrize("name", PACKED)
def test_a_broken_end_does_not_hide_what_comes_before_it(name: bytes) -> None:
    broken = zlib.compress(bytes(9 << 20))[:-4] + b"\xff\xff\xff\xff"
    assert reason(beside(name, PACKED[name] + broken)) == "too-much-metadata"


@pytest.mark.parametrize("name", [b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"heRe"])
@pytest.mark.parametrize("data", [b"", b"a", b"a\0", b"a\0\1", b"a\0\1\0", b"a\0\1\0\0", b"a\0\0x"])
def test_a_broken_chunk_beside_the_pixels_is_passed_over(name: bytes, data: bytes) -> None:
    assert header(beside(name, data), LIMITS).format == "png"


def test_a_png_has_only_so_many_chunks() -> None:
    assert reason(beside(b"tEXt", b"a\0b", 1_001)) == "too-much-metadata"
    assert reason(beside(b"IDAT", b"", 100_001)) == "too-much-metadata"
    assert header(beside(b"tEXt", b"a\0b", 900), LIMITS).format == "png"


def test_a_large_text_that_is_not_packed_is_no_bomb() -> None:
    assert header(beside(b"iTXt", b"a\0\0\0\0\0" + bytes(9 << 20)), LIMITS).format == "png"
