"""Snapping what is asked for to a ladder of sizes, so that few renditions serve many requests.

A value goes up to the next rung, never down: the image is at least what was asked for. Past the
last rung the rungs are its multiples, up to the parameter's own bound: 8192 pixels, a dpr of 5, a
quality of 100. Where w and h are both given one factor enlarges both, so that their proportions
stay to within a pixel; where that would leave the bounds, all stays as it was asked for.

What else is in pixels of the result (padding, border, radii, blur) goes up with the sides: whoever
asked shows the image at the size that they asked for, and it is to look as if it had that size.

A share of the original is taken for the pixels that it means, so that it has rungs as well.

It happens before the canonical form, so that cache keys and ETags are those of the rungs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from calotype.render.spec import MAX_SIDE, RenderSpec, decoded, known

MIN_DPR, MAX_DPR = 0.5, 5.0
MAX_QUALITY = 100


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in ascending order; a parameter without any is taken as it is."""

    widths: tuple[int, ...] = ()
    heights: tuple[int, ...] = ()
    dprs: tuple[float, ...] = ()
    qualities: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.widths or self.heights or self.dprs or self.qualities)


def parse(params: Mapping[str, str], ladder: Ladder) -> RenderSpec:
    """What is asked for, its dpr on a rung. Raises BadParameter for what is out of bounds itself.

    The spec has the dpr multiplied in already, so this is the one place to see it.
    """
    spec = RenderSpec.parse(params)
    given = next((name for name in params if known(name) == "dpr"), None)
    if not ladder.dprs or given is None:
        return spec
    text = params[given] if given == "dpr" else decoded(given, params[given])
    dpr = _up(float(text), ladder.dprs, MAX_DPR)
    others = {name: value for name, value in params.items() if name != given}
    snapped = RenderSpec.parse({**others, "dpr": f"{dpr:.4f}"})
    return spec if snapped == spec else snapped.scaled(_factor(spec, snapped))


def in_pixels(spec: RenderSpec, upright: tuple[int, int]) -> RenderSpec:
    """The spec with the pixels that its shares mean of an original of this size, as it is shown.

    Raises BadParameter where padding leaves nothing of them.
    """
    if not (spec.width_ratio or spec.height_ratio):
        return spec
    width, height = (
        min(MAX_SIDE, max(1, math.floor(share * spec.dpr * side + 0.5))) if share else pixels
        for share, side, pixels in (
            (spec.width_ratio, upright[0], spec.width),
            (spec.height_ratio, upright[1], spec.height),
        )
    )
    return replace(
        spec, width=width, height=height, width_ratio=None, height_ratio=None, dpr=1.0
    ).simplified


def snap(spec: RenderSpec, ladder: Ladder) -> RenderSpec:
    """The spec with its sizes and its quality on rungs, in its simplest form again."""
    width, height = _sides(spec.width, spec.height, ladder)
    if spec.dpr != 1:  # beside a share
        width, height = _multiple(width, spec.dpr), _multiple(height, spec.dpr)
    quality = spec.quality and round(_up(spec.quality, ladder.qualities, MAX_QUALITY))
    if (width, height, quality) == (spec.width, spec.height, spec.quality):
        return spec
    snapped = replace(spec, width=width, height=height, quality=quality)
    return snapped.scaled(_factor(spec, snapped)).simplified


def _factor(before: RenderSpec, after: RenderSpec) -> float:
    """By how much the sides went up."""
    for old, new in (
        (before.width, after.width),
        (before.height, after.height),
        (before.dpr, after.dpr),
    ):
        if old and new and old != new:
            return new / old
    return 1.0


def _sides(width: int | None, height: int | None, ladder: Ladder) -> tuple[int | None, int | None]:
    if width is None or height is None:
        return (
            width and round(_up(width, ladder.widths, MAX_SIDE)),
            height and round(_up(height, ladder.heights, MAX_SIDE)),
        )
    # The width leads: heights then follow from it, on a rung or not.
    if ladder.widths:
        wide = round(_up(width, ladder.widths, MAX_SIDE))
        high = round(height * wide / width)
    else:
        high = round(_up(height, ladder.heights, MAX_SIDE))
        wide = round(width * high / height)
    return (wide, high) if max(wide, high) <= MAX_SIDE else (width, height)


def _multiple(side: int | None, dpr: float) -> int | None:
    """The longest that is no longer, and that can be written: whole pixels × `dpr`, rounded."""
    if side is None:
        return None
    written = round(side / dpr)
    return max(1, round((written if round(written * dpr) <= side else written - 1) * dpr))


def _up(value: float, rungs: Sequence[float], bound: float) -> float:
    """The next rung that is no lower than `value`, which is within the bound."""
    if not rungs:
        return value
    for rung in rungs:
        if rung >= value:
            return rung
    return min(bound, math.ceil(value / rungs[-1]) * rungs[-1])
