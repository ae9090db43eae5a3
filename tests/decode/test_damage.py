"""Files that are cut off or broken: refused or unrenderable, and never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.decode import Limits, animation, header, load
from calotype.errors import Refused, Unrenderable

from .pictures import FORMATS, GREY, SEE_THROUGH, animated, chunk, png, quadrants, sample, saved

LIMITS = Limits()
SAMPLES = {
    **{format: sample(format) for format in FORMATS},
    "large jpeg": sample("jpeg", 400, 300),
    "large png": sample("png", 400, 300),
    "grey heic": GREY.read_bytes(),
    "transparent heic": SEE_THROUGH.read_bytes(),
    "animated gif": animated("gif"),
    "animated webp": animated("webp"),
}


def attempt(data: bytes) -> None:
    """All that is ever done to an original; what else it raises fails the test."""
    try:
        found = header(data, LIMITS)
        load(data, LIMITS)
        if found.frames > 1:
            for _ in animation(data, LIMITS).frames():
                pass
    except (Refused, Unrenderable):
        return


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_samples_themselves_are_good(kind: str) -> None:
    assert load(SAMPLES[kind], LIMITS).width == header(SAMPLES[kind], LIMITS).width


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused(kind: str, share: float) -> None:
    data = SAMPLES[kind]
    with pytest.raises(Refused) as refusal:
        header(data[: int(len(data) * share)], LIMITS)
    assert refusal.value.reason in ("truncated", "corrupt")


@pytest.mark.parametrize("kind", sorted(set(SAMPLES) - {"animated gif", "gif", "png", "large png"}))
def test_a_single_missing_byte_is_noticed(kind: str) -> None:
    """But for a PNG's last checksum and a GIF's trailer, without which they are complete."""
    with pytest.raises(Refused) as refusal:
        header(SAMPLES[kind][:-1], LIMITS)
    assert refusal.value.reason in ("truncated", "corrupt")


def test_an_empty_file_is_refused_as_such() -> None:
    with pytest.raises(Refused) as refusal:
        header(b"", LIMITS)
    assert refusal.value.reason == "empty"


@pytest.mark.parametrize("format", sorted(set(FORMATS) - {"svg", "heic", "tiff"}))
def test_what_follows_the_end_does_no_harm(format: str) -> None:
    assert load(sample(format) + (b"" if format == "avif" else b"appended"), LIMITS).width == 62


def test_pixels_that_break_are_told_from_a_header_that_does() -> None:
    data = bytearray(sample("png", 400, 300))
    at = data.index(b"IDAT") + 40
    data[at : at + 20] = bytes(20)
    assert header(bytes(data), LIMITS).width == 400
    with pytest.raises(Unrenderable):
        load(bytes(data), LIMITS)


def test_a_png_with_too_few_rows_cannot_be_rendered() -> None:
    with pytest.raises(Unrenderable):
        load(png(40, 30, bytes(121 * 10)), LIMITS)


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_no_cut_has_any_other_effect(kind: str, share: float) -> None:
    attempt(SAMPLES[kind][: int(len(SAMPLES[kind]) * share)])


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=25, deadline=None)
@given(
    places=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=6),
    values=st.binary(min_size=6, max_size=6),
)
def test_no_changed_byte_has_any_other_effect(
    kind: str, places: list[float], values: bytes
) -> None:
    data = bytearray(SAMPLES[kind])
    for place, value in zip(places, values, strict=False):
        data[int(len(data) * place)] = value
    attempt(bytes(data))


def test_names_within_a_file_may_be_in_any_encoding() -> None:
    """A PNG's keywords are Latin-1, an AVIF's item types any bytes: both become names."""
    text = chunk(b"tEXt", "Künstler\0Zoë".encode("latin-1"))
    good = sample("png")
    assert load(good[:33] + text + good[33:], LIMITS).width == 62
    avif = saved(quadrants(), "avif", xmp=b"<x/>")
    assert load(avif.replace(b"mimeXMP", b"mi\xb7eXMP"), LIMITS).width == 62


def test_messages_name_no_file_of_this_machine(tmp_path: Path) -> None:
    for kind in SAMPLES:
        with pytest.raises(Refused) as refusal:
            header(SAMPLES[kind][:60], LIMITS)
        assert "/" not in str(refusal.value)
