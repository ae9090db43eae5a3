"""PNG with a palette, for an image that has no more than 256 colours: a third of the size, and not
one pixel changed.

Written here, because libvips takes its palettes from a quantiser, which moves colours a little
even where there is room for all of them.
"""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
import numpy.typing as npt

from calotype.decode import VipsImage

MOST_COLORS = 256
_SAMPLED = 4096
"""Pixels that are looked at first: a photograph is known by them, in microseconds."""

_MOST_PIXELS = 4_000_000
"""Sorting all pixels of a larger image would take longer than it is worth."""

Pixels = npt.NDArray[np.uint32]


def png(image: VipsImage, level: int) -> bytes | None:
    """The image, in memory already, as an indexed PNG; None where it has too many colours.

    `level` is zlib's. The format: https://www.w3.org/TR/png-3/
    """
    pixels = _packed(image)
    if pixels is None or _too_many(pixels.ravel()):
        return None
    colors, indices = np.unique(pixels, return_inverse=True)
    if len(colors) > MOST_COLORS:
        return None
    depth = next(bits for bits in (1, 2, 4, 8) if len(colors) <= 1 << bits)
    rows = _rows(indices.reshape(pixels.shape).astype(np.uint8), depth)
    rgba = colors.astype("<u4").view(np.uint8).reshape(-1, 4)
    header = struct.pack(">IIBBBBB", image.width, image.height, depth, 3, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), _chunk(b"PLTE", rgba[:, :3].tobytes())]
    # Alpha is the most significant byte of a packed pixel, so what is not opaque comes first, and
    # the rest need not be said (§11.3.1.1).
    alpha = rgba[:, 3][rgba[:, 3] < 255]
    if len(alpha):
        chunks.append(_chunk(b"tRNS", alpha.tobytes()))
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), level)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def has_few_colors(image: VipsImage) -> bool:
    """Whether an image in memory, told from some of its pixels, is no more than a palette has."""
    step = max(1, math.isqrt(image.width * image.height // _SAMPLED))
    some = image.subsample(step, step)
    pixels = _packed(some)
    return pixels is not None and not _too_many(pixels.ravel())


def _packed(image: VipsImage) -> Pixels | None:
    """Height × width of RGBA in one number each; None where it is not eight bits of sRGB."""
    if image.width * image.height > _MOST_PIXELS or image.format != "uchar":
        return None
    if image.bands not in (3, 4) or image.interpretation != "srgb":
        return None
    given = np.asarray(image.numpy())
    rgba = np.full((*given.shape[:2], 4), 255, dtype=np.uint8)
    rgba[..., : image.bands] = given
    packed: Pixels = rgba.view("<u4")[..., 0]
    return packed


def _too_many(pixels: Pixels) -> bool:
    step = max(1, len(pixels) // _SAMPLED)
    return len(np.unique(pixels[::step])) > MOST_COLORS


def _rows(indices: npt.NDArray[np.uint8], depth: int) -> npt.NDArray[np.uint8]:
    """Rows of packed indices, each after a 0: no filter, which suits a palette best (§12.7)."""
    each = 8 // depth
    padded = np.pad(indices, ((0, 0), (0, -indices.shape[1] % each)))
    packed = np.zeros((len(padded), padded.shape[1] // each), dtype=np.uint8)
    for place in range(each):
        packed |= padded[:, place::each] << (8 - depth * (place + 1))
    return np.pad(packed, ((0, 0), (1, 0)))


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
