"""IPTC IIM 4.2, as Photoshop puts it into JPEG and TIFF: the texts that it has."""

from __future__ import annotations

from collections.abc import Iterator

from calotype.catalog import Words
from calotype.ingest.text import LONGEST, clean, clean_tags, iso_date

_UTF8 = b"\x1b%G"
_MOST = 2000


def read_iptc(block: bytes) -> Words:
    """The texts of records 2:05 (title), 2:105, 2:120, 2:25, 2:80, 2:116 and 2:55 (date).

    The block is Photoshop's resources or bare IIM. Broken parts say nothing; nothing is raised.
    """
    found: dict[tuple[int, int], list[bytes]] = {}
    for record, number, value in _datasets(_iim(block)):
        found.setdefault((record, number), []).append(value)
    utf8 = found.get((1, 90), [b""])[0].startswith(_UTF8)

    def text(number: int, longest: int) -> str:
        values = found.get((2, number), [])
        return clean(", ".join(_decode(value, utf8) for value in values), longest)

    date = text(55, 8)
    return Words(
        title=text(5, LONGEST["title"]) or text(105, LONGEST["title"]),
        description=text(120, LONGEST["description"]),
        tags=clean_tags([_decode(value, utf8) for value in found.get((2, 25), [])]),
        creator=text(80, LONGEST["creator"]),
        license=text(116, LONGEST["license"]),
        created=iso_date(f"{date[:4]}-{date[4:6]}-{date[6:]}") if len(date) == 8 else "",
    )


def _iim(block: bytes) -> bytes:
    """The IIM data set in Photoshop's image resources; the block itself if it is bare."""
    at = block.find(b"8BIM")
    if at < 0 or block[:1] == b"\x1c":
        return block
    while block[at : at + 4] == b"8BIM":
        kind = int.from_bytes(block[at + 4 : at + 6], "big")
        name = block[at + 6] if at + 6 < len(block) else 0
        at += 7 + name + (name + 1) % 2  # the name is padded to an even length
        size = int.from_bytes(block[at : at + 4], "big")
        if kind == 0x0404:
            return block[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return b""


def _datasets(iim: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    for _ in range(_MOST):
        if iim[at : at + 1] != b"\x1c" or at + 5 > len(iim):
            return
        record, number = iim[at + 1], iim[at + 2]
        size = int.from_bytes(iim[at + 3 : at + 5], "big")
        if size >= 0x8000:  # extended: nobody writes texts that long
            return
        yield record, number, iim[at + 5 : at + 5 + size]
        at += 5 + size


def _decode(value: bytes, utf8: bool) -> str:
    """As the marker 1:90 says; without it many write UTF-8 all the same."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("utf-8" if utf8 else "latin-1", "replace")
