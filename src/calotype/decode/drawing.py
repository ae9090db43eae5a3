"""SVG through librsvg, whose work nothing in the file's size bounds: so it has a bound of time.

Nor does the size that it says it has: what is drawn has a bound of pixels.
"""

from __future__ import annotations

from typing import Any

from calotype.decode import apart
from calotype.decode.limits import Limits
from calotype.decode.stretch import filling
from calotype.decode.vips import VipsImage, guard
from calotype.errors import Refused, Unrenderable

MOST_DRAWN = 40_000_000
"""Pixels that anything is drawn at, whatever it is drawn for: 4 bytes each."""


def size(data: bytes, limits: Limits) -> tuple[int, int]:
    """Width and height in CSS pixels. Raises Refused("corrupt"), and Unfinished or Overloaded,
    which are no verdict.
    """
    facts, _ = apart.ask({"decoder": "svg", "pixels": False}, data, limits)
    if not facts:
        raise Refused("corrupt", "The file is no readable SVG.")
    return facts["width"], facts["height"]


def draw(data: bytes, limits: Limits, width: int, options: dict[str, Any]) -> VipsImage:
    """RGBA in sRGB, as `vips_thumbnail` fits it. Raises Unrenderable, Unfinished, Overloaded."""
    guard()
    operation = {"decoder": "svg", "pixels": True, "width": width, "options": options}
    facts, parts = apart.ask(operation, filling(data), limits)
    if not facts:
        raise Unrenderable("The SVG breaks under the decoder.")
    drawn = VipsImage.new_from_memory(parts["pixels"], facts["width"], facts["height"], 4, "uchar")
    return drawn.copy(interpretation="srgb")
