"""A drawing that fills whatever pixels it is drawn at.

librsvg keeps its proportions: where a side was rounded to whole pixels, that leaves an edge half
empty. Stretched by that fraction of a pixel, it has none.
"""

from __future__ import annotations

import math
import re
from xml.parsers import expat

from calotype.decode.svg import length

_TAG = re.compile(rb"<[^\s<>/\"'\0]+")
_ATTRIBUTE = re.compile(rb"\s+([^\s=<>/\"']+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_OURS = (b"preserveAspectRatio", b"viewBox")


class _Found(Exception):
    """Not an error: expat is stopped with it."""


def filling(data: bytes) -> bytes:
    """The drawing, which `check_svg` passed, with a root that is stretched. As it is where its
    view box has other proportions than its size, which is meant, and where it has no size.
    """
    found = _root(data)
    if found is None:
        return data
    start, attributes = found
    box = _box(attributes)
    if box is None:
        return data
    tag = _TAG.match(data, start)
    if tag is None:  # of an encoding with two bytes to a character
        return data
    kept, end = [], tag.end()
    while attribute := _ATTRIBUTE.match(data, end):
        if attribute[1] not in _OURS:
            kept.append(attribute[0])
        end = attribute.end()
    ours = f' viewBox="{box}" preserveAspectRatio="none"'.encode()
    return b"".join((data[: tag.end()], *kept, ours, data[end:]))


def _root(data: bytes) -> tuple[int, dict[str, str]] | None:
    """Where the root's tag begins, and its attributes."""
    parser = expat.ParserCreate()
    found: list[tuple[int, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((parser.CurrentByteIndex, attributes))
        raise _Found

    parser.StartElementHandler = start
    try:
        parser.Parse(data, True)
    except _Found:
        return found[0]
    except (expat.ExpatError, ValueError, LookupError):
        pass
    return None


def _box(root: dict[str, str]) -> str | None:
    """The view box to draw, where it has the proportions of the drawing's size; else None."""
    width, height = length(root.get("width", "")), length(root.get("height", ""))
    if "viewBox" not in root:
        return f"0 0 {width:.9g} {height:.9g}" if width and height else None
    try:
        left, top, across, down = map(float, root["viewBox"].replace(",", " ").split())
    except ValueError:
        return None
    if not (across > 0 and down > 0 and math.isfinite(left + top + across + down)):
        return None
    if width and height and abs(width * down / across - height) >= 1:
        return None
    return " ".join(f"{each:.9g}" for each in (left, top, across, down))
