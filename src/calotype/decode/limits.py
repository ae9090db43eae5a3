"""How much of the machine one untrusted file may take."""

from __future__ import annotations

import math
from dataclasses import dataclass

_SHARES = {"avif": 2, "heic": 2}
"""Formats that take several times the memory of others: their pixels count this many times, so that
the largest of any format takes about as much. Half of the default is still a phone's 50 megapixels.
"""

MOST_BANDS = 5
"""CMYK and alpha: a photograph has no more."""
_BANDS, _BYTES = 4, 8
"""Of a pixel that counts once: one of a photograph, at 16 bits with alpha."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that are checked on the header, before anything is decoded.

    A few kilobytes can declare gigabytes of pixels, so size on disk alone bounds nothing.

    - `max_bytes`: the file. It is held in memory while it is decoded.
    - `max_pixels`: width × height of one frame; of an AVIF or HEIC half as many. Some decoders need
      the whole frame in memory: 4 bytes a pixel for an interlaced PNG, 8 where it has 16 bits, and
      16 to 20 for an AVIF, with its planes beside their conversion (measured: 8 to 12 bits, with
      alpha and without). What is not shrunk while it is decoded, such as for `trim`, takes 3 or 4
      more. A pixel of more than 4 bands, or more than 8 bytes, counts for as many;
      one of more than 5 bands is no photograph's, and refused.
    - `max_frames`: frames of an animation; `max_animation_pixels`: pixels of all of them together,
      which bounds the time to decode it.
    - `max_pages`: pages of a TIFF. Only the first is shown, yet a decoder walks them all.
    - `max_svg_bytes`, `max_svg_elements`, `max_svg_attributes`, `max_svg_depth`: a drawing is
      parsed into a tree of about a hundred times its size, and every attribute is looked at.
    - `seconds`: to decode a HEIC or to draw an SVG. All other decoders are bounded by pixels.
    """

    max_bytes: int = 200 << 20
    max_pixels: int = 100_000_000
    max_frames: int = 1_000
    max_animation_pixels: int = 1_000_000_000
    max_pages: int = 1_000
    max_svg_bytes: int = 10 << 20
    max_svg_elements: int = 200_000
    max_svg_attributes: int = 500_000
    max_svg_depth: int = 200
    seconds: float = 8.0

    def most_pixels(self, format: str, bands: int = 3, bytes: int = 3) -> int:
        """Width × height of one frame of this format, whose pixels have so many bands and bytes."""
        share = max(_SHARES.get(format, 1), bands / _BANDS, bytes / _BYTES)
        return math.floor(self.max_pixels / share)
