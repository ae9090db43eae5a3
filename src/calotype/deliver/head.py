"""What is written beside a rendition's body on disk: all that is needed to send it, and a checksum
of both.

    magic, CRC-32, width, height, length of content type, of body     little-endian
    content type

The CRC is of all that follows it in the head, and of the body.
"""

from __future__ import annotations

import struct
import zlib

from calotype.model import Rendition

_MAGIC = b"CAL2"
_HEAD = struct.Struct("<4sIIIHQ")
_SUMMED = 8
"""Where that begins which the checksum is of."""


def head_of(rendition: Rendition) -> bytes:
    kind = rendition.content_type.encode("ascii")
    sizes = (rendition.width, rendition.height, len(kind), len(rendition.body))
    summed = _HEAD.pack(_MAGIC, 0, *sizes)[_SUMMED:] + kind
    return _HEAD.pack(_MAGIC, zlib.crc32(rendition.body, zlib.crc32(summed)), *sizes) + kind


def joined(head: bytes, body: bytes) -> Rendition | None:
    """The rendition; None where a single bit of either is not as it was written."""
    if len(head) < _HEAD.size:
        return None
    magic, crc, width, height, kind_size, size = _HEAD.unpack_from(head)
    if magic != _MAGIC or len(head) != _HEAD.size + kind_size or len(body) != size:
        return None
    if zlib.crc32(body, zlib.crc32(head[_SUMMED:])) != crc:
        return None
    return Rendition(body, head[_HEAD.size :].decode("ascii"), width, height)
