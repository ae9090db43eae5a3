"""Readers of single values. Each takes a parameter's name and text and raises BadParameter."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection

from calotype.errors import BadParameter

_WHOLE = re.compile(r"-?[0-9]{1,6}", re.ASCII)
_NUMBER = re.compile(r"-?(?:[0-9]{1,4}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})", re.ASCII)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
DIGITS = 6
"""Decimals that are kept: finer than any pixel, and the noise of a client's arithmetic goes."""

Reader = Callable[[str, str], object]


def whole(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
            raise BadParameter(name, f"a whole number from {least} to {most}", text)
        return int(text)

    return read


def number(least: float, most: float) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        if not _NUMBER.fullmatch(text) or not least <= float(text) <= most:
            raise BadParameter(name, f"a number from {least:g} to {most:g}", text)
        return round(float(text), DIGITS)

    return read


def side(most: int) -> Callable[[str, str], int | float]:
    """Pixels as an int, or with a decimal point a share of the original's side as a float."""

    def read(name: str, text: str) -> int | float:
        ratio = "." in text and _NUMBER.fullmatch(text)
        value = round(float(text), DIGITS) if ratio else 0
        if ratio and 0 < value <= 1:
            return value
        if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= most:
            raise BadParameter(
                name, f"a whole number from 1 to {most}, or a share such as 0.5", text
            )
        return int(text)

    return read


def one_of(choices: Collection[str]) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if text not in choices:
            raise BadParameter(name, "one of " + ", ".join(choices), text)
        return text

    return read


def some_of(choices: Collection[str]) -> Callable[[str, str], tuple[str, ...]]:
    """A list with commas."""

    def read(name: str, text: str) -> tuple[str, ...]:
        values = tuple(text.split(","))
        if len(values) > len(choices) or any(value not in choices for value in values):
            raise BadParameter(name, "a list of " + ", ".join(choices), text)
        return values

    return read


def flag(name: str, text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise BadParameter(name, "true or false", text)
    return _FLAGS[text.lower()]


def ratio(name: str, text: str) -> float:
    """`16:9` as 1.777778."""
    parts = text.split(":")
    if len(parts) <= 2 and all(_NUMBER.fullmatch(part) for part in parts):
        across, down = float(parts[0]), float(parts[1]) if len(parts) == 2 else 1.0
        if across > 0 and down > 0 and 0.001 <= across / down <= 1000:
            return round(across / down, DIGITS)
    raise BadParameter(name, "width:height, such as 16:9, from 1:1000 to 1000:1", text)


_AT = {"left": 0, "top": 0, "center": "center", "middle": "center", "right": "end", "bottom": "end"}
_ACROSS, _DOWN = ("left", "center", "right"), ("top", "middle", "bottom")
_RECT = "x,y,width,height in pixels or ratios below 1.0, with left, center, right, top, middle, "
_RECT += "bottom and full as words"

Rect = tuple[int | float | str, int | float | str, int | float, int | float]
"""x, y, width, height: an int is pixels, a float a share of the side, `center` and `end` are
places. All of a side is 1.0."""


def rect(name: str, text: str) -> Rect:
    parts = text.split(",")
    if len(parts) != 4:
        raise BadParameter(name, _RECT, text)
    x, y = (_place(part, words) for part, words in zip(parts, (_ACROSS, _DOWN), strict=False))
    width, height = (1.0 if part == "full" else _length(part) for part in parts[2:])
    if x is None or y is None or not width or not height:
        raise BadParameter(name, _RECT, text)
    return x, y, width, height


def _place(text: str, words: tuple[str, ...]) -> int | float | str | None:
    if text in words:
        return _AT[text]  # type: ignore[return-value]
    place = _length(text)
    return 0 if place == 0 else place


def _length(text: str) -> int | float | None:
    """Pixels, or a share; None where it is neither."""
    if text.startswith("-"):
        return None
    if _WHOLE.fullmatch(text):
        return int(text)
    value = round(float(text), DIGITS) if _NUMBER.fullmatch(text) else math.inf
    return value if value <= 1 else None


def shown(value: float) -> str:
    """The shortest decimal notation: `2`, `0.5`."""
    return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))
