"""What would be larger than a rendition may be is sized down, and not refused.

imgix does so, and its clients count on it: the srcset that they make goes up to `w=8192` whatever
the proportions are. It happens before the canonical form, so that all that is too large is one
rendition, under one name.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

from calotype.errors import BadParameter
from calotype.model import Image
from calotype.render.geometry import Plan, plan
from calotype.render.simplest import CUTS
from calotype.render.spec import MAX_SIDE, RenderSpec

MOVING = frozenset({None, "gif", "webp"})
"""Formats, None the negotiated one, in which all frames of an animation may be shown."""

_TRIES = 8
"""The first is exact but for rounding."""


def sized_down(
    spec: RenderSpec, image: Image, most_pixels: int, most_in_frame: int | None = None
) -> RenderSpec:
    """The spec if no more pixels come of it, all frames together, and in one frame; else the
    largest of the same proportions of which that is so, all that is in pixels smaller with the
    sides.

    Also where `ar` would lead past the longest side there is. Raises BadParameter where `rect` or
    `pad` do not fit the image.
    """
    if spec.format == "json":
        return spec
    moving = spec.format in MOVING or spec.auto
    frames = image.frames if moving and not spec.frame else 1
    most = min(most_pixels // frames, most_in_frame or most_pixels)
    found = _in_ratio(spec)
    for _ in range(_TRIES):
        planned = plan(found, image.width, image.height, image.orientation)
        pixels = math.prod(planned.held)
        if pixels <= most:
            break
        found = _smaller(found, planned, math.sqrt(most / pixels))
    return found


def _in_ratio(spec: RenderSpec) -> RenderSpec:
    if spec.ar is None or spec.fit not in CUTS:
        return spec
    width = spec.width and min(spec.width, max(1, math.floor(MAX_SIDE * spec.ar)))
    height = spec.height and min(spec.height, max(1, math.floor(MAX_SIDE / spec.ar)))
    return replace(spec, width=width, height=height)


def _smaller(spec: RenderSpec, planned: Plan, factor: float) -> RenderSpec:
    """The sides that were asked for (the width, where none was), as they came out, × `factor`."""
    top, right, bottom, left = spec.pad
    across = max(1, math.floor((planned.canvas[0] + left + right) * factor))
    down = max(1, math.floor((planned.canvas[1] + top + bottom) * factor))
    high = spec.height or spec.height_ratio
    wide = spec.width or spec.width_ratio or not high
    smaller = replace(
        spec.scaled(factor),
        width=across if wide else None,
        height=down if high else None,
        width_ratio=None,
        height_ratio=None,
        dpr=1.0,
    )
    with suppress(BadParameter):  # a few pixels, all of them padding
        return smaller.simplified
    return spec
