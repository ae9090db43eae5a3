"""Colours as imgix writes them: `f00`, `8f00`, `ff0000`, `80ff0000` (alpha first), or a name."""

from __future__ import annotations

import re

from calotype.errors import BadParameter
from calotype.render.color_names import NAMES

Color = tuple[int, int, int, int]
"""Red, green, blue and alpha, 0 to 255."""

WHITE: Color = (255, 255, 255, 255)
CLEAR: Color = (255, 255, 255, 0)
"""Transparent, and white for whoever ignores alpha."""

BOUND = "a colour: 3, 4, 6 or 8 hex digits (alpha first) without #, or a CSS name"

_HEX = re.compile(r"[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}", re.ASCII)


def color(name: str, text: str) -> Color:
    """Raises BadParameter. `transparent` is a name too, as in CSS."""
    if _HEX.fullmatch(text):
        digits = text if len(text) > 4 else "".join(2 * digit for digit in text)
        alpha, rest = (digits[:2], digits[2:]) if len(digits) == 8 else ("ff", digits)
        return (*bytes.fromhex(rest), int(alpha, 16))
    if text.lower() in NAMES:
        return color(name, NAMES[text.lower()])
    if text.lower() == "transparent":
        return CLEAR
    raise BadParameter(name, BOUND, text)


def written(value: Color) -> str:
    """Six hex digits, or eight with alpha first where it is not opaque."""
    red, green, blue, alpha = value
    return ("" if alpha == 255 else f"{alpha:02x}") + f"{red:02x}{green:02x}{blue:02x}"
