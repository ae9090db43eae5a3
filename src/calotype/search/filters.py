"""Filters: their names, their values, and the bounds that a value must keep."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from calotype.errors import BadQuery
from calotype.model import COLORS, FORMATS, ORIENTATIONS
from calotype.search.text import key

MAX_SIDE = 1_000_000_000
"""The largest number of pixels that a filter may name."""

_EPOCH = date(1970, 1, 1).toordinal()
_FORMAT_NAMES = {"jpg": "jpeg", "tif": "tiff", "heif": "heic"}
_COLOR_NAMES = {"grey": "gray"}
_NUMBER = r"(\d{1,10})"
_COMPARISON = re.compile(rf"(>=|<=|>|<|=)?{_NUMBER}")
_SPAN = re.compile(rf"{_NUMBER}?\.\.{_NUMBER}?")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on an image: any of `values`, or a whole number from `low` to `high`.

    `name` is what was asked for; `canonical` is the one text of this condition.
    """

    name: str
    canonical: str
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    negated: bool = False


def build(name: str, values: list[str], negated: bool = False) -> Filter:
    """The filter `name` with any of `values`; raises BadQuery if a value is out of bounds."""
    made = _KINDS[name](name, values)
    if not negated:
        return made
    return Filter(name, "-" + made.canonical, made.values, made.low, made.high, negated=True)


def _any_of(name: str, values: set[str]) -> Filter:
    ordered = tuple(sorted(values))
    shown = ",".join(f'"{v}"' if re.search(r"[\s,]", v) else v for v in ordered)
    return Filter(name, f"{name}:{shown}", ordered)


def _text(name: str, values: list[str]) -> Filter:
    keys = {key(value) for value in values}
    if "" in keys:
        raise BadQuery(name, "a value", values[0])
    return _any_of(name, keys)


def _one_of(choices: tuple[str, ...], other: dict[str, str]) -> Callable[[str, list[str]], Filter]:
    def made(name: str, values: list[str]) -> Filter:
        keys = {other.get(key(value), key(value)) for value in values}
        for value in keys:
            if value not in choices:
                raise BadQuery(name, "one of " + ", ".join(choices), value)
        return _any_of(name, keys)

    return made


def _span(name: str, values: list[str]) -> Filter:
    bound = "a number of pixels such as 800, >=800, <800 or 400..800"
    if len(values) != 1:
        raise BadQuery(name, bound, ",".join(values))
    value = values[0].replace(" ", "")
    low, high = _ends(value)
    if (low is None and high is None) or max(low or 0, high or 0) > MAX_SIDE:
        raise BadQuery(name, bound, values[0])
    if low is not None and low == high:
        return Filter(name, f"{name}:{low}", low=low, high=high)
    shown = f"{'' if low is None else low}..{'' if high is None else high}"
    return Filter(name, f"{name}:{shown}", low=low, high=high)


def _ends(value: str) -> tuple[int | None, int | None]:
    if match := _SPAN.fullmatch(value):
        low, high = match.groups()
        return (None if low is None else int(low)), (None if high is None else int(high))
    if match := _COMPARISON.fullmatch(value):
        sign, number = match[1] or "=", int(match[2])
        return {
            "=": (number, number),
            ">=": (number, None),
            ">": (number + 1, None),
            "<=": (None, number),
            "<": (None, number - 1),
        }[sign]
    return None, None


def _date(name: str, values: list[str]) -> Filter:
    bound = "a date: YYYY, YYYY-MM or YYYY-MM-DD"
    match = _DATE.fullmatch(values[0].strip()) if len(values) == 1 else None
    if match is None:
        raise BadQuery(name, bound, ",".join(values))
    try:
        start = date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise BadQuery(name, bound, values[0]) from None
    days = start.toordinal() - _EPOCH
    low, high = (days, None) if name == "after" else (None, days - 1)
    return Filter(name, f"{name}:{match[0]}", low=low, high=high)


_KINDS: dict[str, Callable[[str, list[str]], Filter]] = {
    "tag": _text,
    "color": _one_of(COLORS, _COLOR_NAMES),
    "orientation": _one_of(ORIENTATIONS, {}),
    "format": _one_of(FORMATS, _FORMAT_NAMES),
    "width": _span,
    "height": _span,
    "license": _text,
    "creator": _text,
    "after": _date,
    "before": _date,
}

NAMES = tuple(_KINDS)
"""The filters there are, each also a parameter of the URL."""

FREE_TEXT = ("tag", "license", "creator")
"""Filters whose values may hold a comma; as a parameter, only repetition separates theirs."""
