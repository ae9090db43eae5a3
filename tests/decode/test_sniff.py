"""Formats are known by content alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from calotype.decode import Limits, header, sniff
from calotype.errors import Refused

from .pictures import FORMATS, GREY, SEE_THROUGH, quadrants, sample, saved

LIMITS = Limits()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>'
MAGIC = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"RIFF\x20\0\0\0WEBP",
    b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0",
    b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"<svg ",
)  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_known_by_its_content(format: str) -> None:
    assert sniff(sample(format)) == format


def test_every_kind_of_heic_is_one() -> None:
    assert sniff(SEE_THROUGH.read_bytes()) == sniff(GREY.read_bytes()) == "heic"


@pytest.mark.parametrize("order", ["little", "big"])
def test_both_byte_orders_of_tiff_are_known(order: str) -> None:
    start = {"little": b"II*\0", "big": b"MM\0*"}[order]
    assert sniff(start + bytes(20)) == "tiff"


@pytest.mark.parametrize(
    "text",
    [
        SVG,
        f"  \n{SVG}",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- by hand -->\n{SVG}',
        f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">{SVG}',
        f'<!DOCTYPE svg [ <!ENTITY ns_svg "http://www.w3.org/2000/svg"> ]>{SVG}',
        '<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="4" height="3"/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_drawing_is_known_whatever_stands_before_it(text: str, encoding: str) -> None:
    assert sniff(text.replace("UTF-8", encoding[:6]).encode(encoding)) == "svg"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n1 0 obj",
        b"PK\x03\x04" + bytes(40),
        b"\0\0\0\x18ftypisom\0\0\0\0mp41isom",
        b"<!DOCTYPE html><html><body><svg></svg></body></html>",
        b"<p>" + SVG.encode(),
        b"<!-- never closed " + SVG.encode(),
        b"<?xml version='1.0'?>",
        b"a text about <svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"\x1f\x8b\x08" + bytes(20),
        b"id=1\npush graphic-context\nimage over 0,0 0,0 'url(http://example.org)'",
        saved(quadrants(), "bmp"),
        saved(quadrants(), "ico"),
        saved(quadrants(), "ppm"),
        saved(quadrants(), "tga"),
    ],
    ids=range(15),
)
def test_what_is_no_image_of_ours_is_refused(data: bytes) -> None:
    assert sniff(data) is None
    with pytest.raises(Refused) as refusal:
        header(data, LIMITS)
    assert refusal.value.reason == "not-an-image"


@given(st.binary(max_size=200))
@example(b"\0\0\0\x01ftyp")
def test_random_bytes_are_sniffed_without_an_error(data: bytes) -> None:
    assert sniff(data) in (*FORMATS, None)


@settings(deadline=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=300))
def test_random_bytes_after_a_true_beginning_are_refused(magic: bytes, rest: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        header(magic + rest, LIMITS)
    assert str(refusal.value)
    assert refusal.value.code == f"refused-{refusal.value.reason}"
