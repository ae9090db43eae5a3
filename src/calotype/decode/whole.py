"""Is the end of the file there? Told from its structure, without decoding.

Decoders paint what is missing grey. A cut-off download is refused when it is found instead.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

_BYTES_OF_TIFF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
_STRIP_TAGS = {273: "at", 324: "at", 279: "size", 325: "size"}


def is_whole(data: bytes, format: str) -> bool:
    """False where the file is certainly cut off. What follows its end is no one's concern."""
    check = _CHECKS.get(format)
    try:
        return check is None or check(data)
    except (struct.error, IndexError, OverflowError):
        return False


def tiff_pages(data: bytes, most: int) -> int:
    """Pages of a TIFF, counted up to `most` + 1; a loop counts as endless."""
    order, big = _tiff_flavour(data)
    pages, seen = 0, set()
    try:
        at = _tiff_first(data, order, big)
        while at and pages <= most:
            if at in seen:
                return most + 1
            seen.add(at)
            count = struct.unpack_from(order + ("Q" if big else "H"), data, at)[0]
            pages += 1
            at += (8 + 20 * count) if big else (2 + 12 * count)
            at = struct.unpack_from(order + ("Q" if big else "I"), data, at)[0]
    except (struct.error, OverflowError):  # the chain leaves the file
        pass
    return pages


def _jpeg(data: bytes) -> bool:
    """An end marker after the start of the scan; an embedded thumbnail has its own before it."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif marker == 0xDA:
            return data.rfind(b"\xff\xd9", at) > 0
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return False


def _png(data: bytes) -> bool:
    at = 8
    while data[at + 4 : at + 8] != b"IEND":
        at += 12 + struct.unpack_from(">I", data, at)[0]
    return len(data) >= at + 8


def _webp(data: bytes) -> bool:
    size: int = struct.unpack_from("<I", data, 4)[0]
    return len(data) >= 8 + size


def _gif(data: bytes) -> bool:
    """Blocks up to the trailer; a file without one is whole if it ends at a block's end."""
    at = 13 + _palette(data[10])
    while at < len(data):
        kind = data[at]
        if kind == 0x3B:
            return True
        if kind == 0x2C:
            at += 11 + _palette(data[at + 9])
        elif kind == 0x21:
            at += 2
        else:
            return True
        while size := data[at]:
            at += 1 + size
        at += 1
    return at == len(data)


def _palette(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _boxes(data: bytes) -> bool:
    """Every box of the container ends within the file (ISO 14496-12 §4.2)."""
    at = 0
    while at + 8 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        if size == 1:
            size = struct.unpack_from(">Q", data, at + 8)[0]
        if size == 0:
            return True
        if size < 8:
            return False
        at += size
    return at == len(data)


def _tiff(data: bytes) -> bool:
    """The first page's strips or tiles end within the file."""
    order, big = _tiff_flavour(data)
    at = _tiff_first(data, order, big)
    count = struct.unpack_from(order + ("Q" if big else "H"), data, at)[0]
    lists: dict[str, tuple[int, ...]] = {}
    for i in range(min(count, 4096)):
        entry = at + (8 + 20 * i if big else 2 + 12 * i)
        tag, kind, n = struct.unpack_from(order + ("HHQ" if big else "HHI"), data, entry)
        if tag not in _STRIP_TAGS or kind not in (3, 4, 16):
            continue
        where = entry + (12 if big else 8)
        if n * _BYTES_OF_TIFF_TYPE[kind] > (8 if big else 4):
            where = struct.unpack_from(order + ("Q" if big else "I"), data, where)[0]
        if where + n * _BYTES_OF_TIFF_TYPE[kind] > len(data):
            return False
        letter = {3: "H", 4: "I", 16: "Q"}[kind]
        lists[_STRIP_TAGS[tag]] = struct.unpack_from(f"{order}{n}{letter}", data, where)
    ends = map(sum, zip(lists.get("at", ()), lists.get("size", ()), strict=False))
    return max(ends, default=0) <= len(data)


def _tiff_flavour(data: bytes) -> tuple[str, bool]:
    """Byte order as struct writes it, and whether it is a BigTIFF."""
    order = "<" if data[:2] == b"II" else ">"
    return order, struct.unpack_from(order + "H", data, 2)[0] == 43


def _tiff_first(data: bytes, order: str, big: bool) -> int:
    offset: int = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]
    return offset


_CHECKS: dict[str, Callable[[bytes], bool]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "gif": _gif,
    "avif": _boxes,
    "heic": _boxes,
    "tiff": _tiff,
}
