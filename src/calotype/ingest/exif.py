"""EXIF (CIPA DC-008) in a few lines: the tags that we show, from a block that may be anything."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from calotype.catalog import Words
from calotype.ingest.text import LONGEST, clean, clean_tags, iso_date

_EXIF_IFD = 0x8769
_MOST_ENTRIES = 1000
_MOST_BYTES = 64 << 10
_ASCII, _BYTE, _SHORT, _LONG, _UNDEFINED = 2, 1, 3, 4, 7
_SIZES = {_BYTE: 1, _ASCII: 1, _SHORT: 2, _LONG: 4, _UNDEFINED: 1}

_DESCRIPTION, _MAKE, _MODEL, _ARTIST, _COPYRIGHT = 0x010E, 0x010F, 0x0110, 0x013B, 0x8298
_XP_TITLE, _XP_KEYWORDS = 0x9C9B, 0x9C9E
_TAKEN, _TAKEN_OFFSET = 0x9003, 0x9011
_FILLERS = frozenset(
    {"", "olympus digital camera", "minolta digital camera", "default", "sony dsc", "dcim"}
)


def read_exif(block: bytes) -> tuple[Words, str]:
    """The texts in a block (with or without `Exif\\0\\0` before it), and the camera's name.

    Broken parts say nothing; nothing is raised.
    """
    tags = _tags(block[6:] if block.startswith(b"Exif\0\0") else block)
    description = _text(tags.get(_DESCRIPTION, b""))
    return (
        Words(
            title=clean(_wide(tags.get(_XP_TITLE, b"")), LONGEST["title"]),
            description="" if description.lower() in _FILLERS else description,
            tags=clean_tags(_wide(tags.get(_XP_KEYWORDS, b""))),
            creator=clean(_text(tags.get(_ARTIST, b"")), LONGEST["creator"]),
            license=clean(_text(tags.get(_COPYRIGHT, b"")), LONGEST["license"]),
            created=_taken(tags),
        ),
        _camera(_text(tags.get(_MAKE, b"")), _text(tags.get(_MODEL, b""))),
    )


def _tags(tiff: bytes) -> dict[int, bytes]:
    """The raw values of the first directory and of the EXIF directory under it."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return {}
    tags = dict(_directory(tiff, order, struct.unpack_from(order + "I", tiff, 4)[0]))
    below = tags.get(_EXIF_IFD, b"")
    if len(below) == 4:
        tags.update(_directory(tiff, order, struct.unpack(order + "I", below)[0]))
    return tags


def _directory(tiff: bytes, order: str, at: int) -> Iterator[tuple[int, bytes]]:
    if at + 2 > len(tiff):
        return
    (count,) = struct.unpack_from(order + "H", tiff, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MOST_ENTRIES), 12):
        if entry + 12 > len(tiff):
            return
        tag, kind, number = struct.unpack_from(order + "HHI", tiff, entry)
        size = number * _SIZES.get(kind, 0)
        where = entry + 8
        if size > 4:
            (where,) = struct.unpack_from(order + "I", tiff, where)
        if 0 < size <= _MOST_BYTES and where + size <= len(tiff):
            yield tag, tiff[where : where + size]


def _text(value: bytes) -> str:
    """ASCII by the standard; UTF-8 or Latin-1 in the wild."""
    value = value.split(b"\0", 1)[0]
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    return clean(text, LONGEST["description"])


def _wide(value: bytes) -> str:
    """Windows' own tags are UTF-16."""
    return value.decode("utf-16-le", "ignore").split("\0", 1)[0]


def _taken(tags: dict[int, bytes]) -> str:
    taken = iso_date(_text(tags.get(_TAKEN, b""))[:19])
    offset = _text(tags.get(_TAKEN_OFFSET, b""))
    return (iso_date(taken + offset) or taken) if len(taken) == 19 else taken


def _camera(make: str, model: str) -> str:
    """`Canon` and `Canon EOS R5` are one `Canon EOS R5`."""
    if make and model.lower().startswith(make.split()[0].lower()):
        make = ""
    return clean(f"{make} {model}".strip(), 100)
