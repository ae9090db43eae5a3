"""What a PNG says beside its pixels, bounded before libpng inflates it.

libpng unpacks every compressed text and the profile each time a file is opened, up to a bound for
each of them and none for all: twenty texts of 50 MB lie in less than a megabyte. No other format
that we read deflates what it says of itself.
"""

from __future__ import annotations

import struct
import zlib

from calotype.errors import Refused

MOST_CHUNKS = 100_000
"""Of any kind. A decoder asks the same of each, and an encoder writes pixels by kilobytes."""
MOST_ANCILLARY = 1_000
"""Chunks that hold no pixels; libpng keeps no more of them either."""
MOST_INFLATED = 8 << 20
"""Bytes of all texts and the profile of one file, unpacked: the largest CMYK profiles have 4 MB."""

_PIXELS = {b"IDAT", b"fcTL", b"fdAT"}
_PIECE = 16 << 10
"""Of packed bytes, looked at in one go."""
_STEP = 64 << 10
"""Of unpacked bytes, counted at once: what is broken is counted up to the last step."""
_NUL = b"\0"


def check_png(data: bytes) -> None:
    """Raise Refused, `too-much-metadata`, where a PNG would unpack to more than the bounds. Pixels
    are not looked at; what is broken is passed over, and left to the decoder.
    """
    at, chunks, ancillary, left = 8, 0, 0, MOST_INFLATED
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        chunks += 1
        if kind == b"IEND":
            return
        if kind not in _PIXELS:
            ancillary += 1
            packed = _packed(kind, data, at + 8, min(at + 8 + size, len(data)))
            if packed is not None:
                left -= _inflated(packed, left)
        if left < 0:
            raise _too_much(
                f"unpack to more than {MOST_INFLATED >> 20} MB",
                "Save it without its texts, or with a smaller profile",
            )
        if chunks > MOST_CHUNKS or ancillary > MOST_ANCILLARY:
            most = MOST_CHUNKS if chunks > MOST_CHUNKS else MOST_ANCILLARY
            raise _too_much(f"lie in more than {most:,} chunks", "Save it anew")
        at += 12 + size


def _packed(kind: bytes, data: bytes, start: int, end: int) -> memoryview | None:
    """The deflated part of a chunk (PNG, third edition, 11.3); None where there is none."""
    if kind not in (b"zTXt", b"iCCP", b"iTXt"):
        return None
    at = data.find(_NUL, start, end) + 1  # after the keyword
    if not at:
        return None
    if kind == b"iTXt":
        if data[at : at + 1] != b"\1":
            return None
        language = data.find(_NUL, at + 2, end) + 1
        at = data.find(_NUL, language, end) if language else -1
        if at < 0:
            return None
    # one more: the method of packing, or the end of the translated keyword
    return memoryview(data)[at + 1 : end]


def _inflated(packed: memoryview, most: int) -> int:
    """Bytes that it unpacks to, up to its end or where it breaks; no more than `most` + 1."""
    inflater, count = zlib.decompressobj(), 0
    try:
        for start in range(0, len(packed), _PIECE):
            piece: bytes | memoryview = packed[start : start + _PIECE]
            while piece:
                count += len(inflater.decompress(piece, min(most + 1 - count, _STEP)))
                if count > most or inflater.eof:
                    return count
                piece = inflater.unconsumed_tail
    except zlib.error:
        pass  # as far as a decoder comes too, but for less than one step
    return count


def _too_much(what: str, mend: str) -> Refused:
    return Refused(
        "too-much-metadata", f"What the PNG holds beside its pixels would {what}. {mend}."
    )
