"""Where the pixels of a rendition come from and how large each stage of it is. No pixel is touched.

upright   the original as displayed, or as `or` turns it
used      the part of it that is seen: `rect`, and what `fit` cuts
size      what the used part is scaled to
canvas    with what `fill` and `clamp` add around it
turned    after `rot`
final     with padding
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from calotype.errors import BadParameter
from calotype.render.simplest import CUTS
from calotype.render.spec import DEFAULT_SIDE, MAX_SIDE, RenderSpec

Size = tuple[int, int]


class Box(NamedTuple):
    """A rectangle in pixels of the upright original; fractions where a cut falls between them."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plan:
    """`whole` is the size that the whole upright original would have at the scale of `used`."""

    upright: Size
    region: Box
    used: Box
    size: Size
    canvas: Size
    turned: Size
    final: Size

    @property
    def scale(self) -> tuple[float, float]:
        """Across and down; below 1 is shrinking."""
        return self.size[0] / self.used.width, self.size[1] / self.used.height

    @property
    def held(self) -> Size:
        """The larger of the canvas and the result: so many pixels an encoder may hold."""
        return max(self.canvas, self.final, key=math.prod)


def plan(
    spec: RenderSpec, width: int, height: int, orientation: int = 1, trimmed: Box | None = None
) -> Plan:
    """For an original of `width` × `height` as displayed with its own EXIF `orientation`.

    `trimmed` is what `trim` left of the region. Raises BadParameter where `rect` lies outside, or
    where padding leaves nothing.
    """
    upright = upright_size(spec, width, height, orientation)
    region = trimmed or _region(spec, upright)
    used, size, canvas = _fitted(spec, region, _box(spec, upright))
    turned = canvas if spec.straighten else _bounds(canvas, spec.rot)
    top, right, bottom, left = spec.pad
    final = (turned[0] + left + right, turned[1] + top + bottom)
    return Plan(upright, region, used, size, canvas, turned, final)


def scale_needed(spec: RenderSpec, width: int, height: int, orientation: int = 1) -> float:
    """By how much the part of the original that is used is scaled; 1 and above is not shrinking.

    A smaller copy of the original serves if its own scale is at least this. Always at least 1
    where only the original itself will do: `trim` looks at its pixels, and other pages and frames
    are not in any copy. Raises BadParameter as `plan` does.
    """
    scale = max(plan(spec, width, height, orientation).scale)
    return max(scale, 1.0) if needs_original(spec) else scale


def needs_original(spec: RenderSpec) -> bool:
    return bool(spec.trim or spec.page or spec.frame) or spec.format == "json"


def output_size(spec: RenderSpec, width: int, height: int, orientation: int = 1) -> Size:
    """Width and height of the rendition; an estimate, never exceeded, where `trim` decides."""
    return plan(spec, width, height, orientation).final


def upright_size(spec: RenderSpec, width: int, height: int, orientation: int = 1) -> Size:
    """The size as `or` has it: it replaces the file's own orientation, so both count."""
    return (height, width) if swapped(spec, orientation) else (width, height)


def swapped(spec: RenderSpec, orientation: int) -> bool:
    """Whether `or` turns the image as it is displayed on its side."""
    return spec.orient is not None and (spec.orient >= 5) != (orientation >= 5)


def rounded(value: float) -> int:
    """Half up, as libvips does it, and never nothing."""
    return max(1, math.floor(value + 0.5))


def _region(spec: RenderSpec, upright: Size) -> Box:
    """`rect` in pixels, cut at the image's edges."""
    if spec.rect is None:
        return Box(0, 0, *upright)
    x, y, across, down = spec.rect
    left, width = _span(x, across, upright[0])
    top, height = _span(y, down, upright[1])
    if width < 1 or height < 1:
        bound = f"at least partly within the image, {upright[0]}×{upright[1]} pixels"
        raise BadParameter("rect", bound, ",".join(str(value) for value in spec.rect))
    return Box(left, top, width, height)


def _span(at: int | float | str, length: int | float, side: int) -> tuple[int, int]:
    pixels = rounded(length * side) if isinstance(length, float) else length
    if isinstance(at, str):
        room = side - pixels
        start = max(0, room // 2 if at == "center" else room)
    else:
        start = math.floor(at * side + 0.5) if isinstance(at, float) else at
    return start, min(pixels, side - start)


def _box(spec: RenderSpec, upright: Size) -> tuple[int | None, int | None]:
    """The sides that were asked for, less the padding."""
    top, right, bottom, left = spec.pad
    sides = []
    for pixels, ratio, side, taken in (
        (spec.width, spec.width_ratio, upright[0], left + right),
        (spec.height, spec.height_ratio, upright[1], top + bottom),
    ):
        wanted = rounded(ratio * spec.dpr * side) if ratio else pixels
        if wanted is not None and taken >= wanted:
            raise BadParameter("pad", "less than the side that was asked for", taken)
        sides.append(None if wanted is None else min(wanted, MAX_SIDE) - taken)
    return sides[0], sides[1]


def _fitted(
    spec: RenderSpec, region: Box, box: tuple[int | None, int | None]
) -> tuple[Box, Size, Size]:
    """(used, size, canvas)."""
    if spec.fit in CUTS and spec.ar:
        box = _by_ratio(spec.ar, region, box)
    width, height = box
    if spec.fit in CUTS and width and height:
        return _cut(spec, region, width, height)
    if spec.fit == "scale" and width and height:
        return region, (width, height), (width, height)
    inside = _inside(region, width, height, enlarge=spec.fit not in ("max", "fillmax"))
    if spec.fit in ("fill", "clamp") and width and height:
        return region, inside, (width, height)
    if spec.fit == "fillmax":
        around = _inside(region, width, height, enlarge=True)
        return region, inside, (width or around[0], height or around[1])
    return region, inside, inside


def _inside(region: Box, width: int | None, height: int | None, *, enlarge: bool) -> Size:
    """The largest size within the box; a side left out is bounded by the largest there is."""
    if not (width or height):
        width = height = DEFAULT_SIDE
        enlarge = False
    across, down = (width or MAX_SIDE), (height or MAX_SIDE)
    scale = min(across / region.width, down / region.height)
    if not enlarge:
        scale = min(scale, 1)
    return rounded(region.width * scale), rounded(region.height * scale)


def _by_ratio(
    ar: float, region: Box, box: tuple[int | None, int | None]
) -> tuple[int | None, int | None]:
    """The side that is missing; with neither, the largest of these proportions, within bounds."""
    width, height = box
    if not (width or height):
        most = min(region.width, region.height * ar)
        most *= min(1, DEFAULT_SIDE / max(most, most / ar))
        return rounded(most), rounded(most / ar)
    if width:
        return width, min(MAX_SIDE, rounded(width / ar))
    return min(MAX_SIDE, rounded((height or 1) * ar)), height


def _cut(spec: RenderSpec, region: Box, width: int, height: int) -> tuple[Box, Size, Size]:
    scale = max(width / region.width, height / region.height)
    if spec.fit == "min" and scale > 1:
        width, height, scale = rounded(width / scale), rounded(height / scale), 1
    scale *= spec.fp_z
    across, down = min(region.width, width / scale), min(region.height, height / scale)
    left, top = _placed(spec, region.width - across, region.height - down, region)
    used = Box(region.left + left, region.top + top, across, down)
    return used, (width, height), (width, height)


def _placed(spec: RenderSpec, across: float, down: float, region: Box) -> tuple[float, float]:
    """Where the cut begins, of what is over; the middle where the content will decide."""
    if spec.crop == ("focalpoint",):
        left = spec.fp_x * region.width - (region.width - across) / 2
        top = spec.fp_y * region.height - (region.height - down) / 2
        return min(max(0.0, left), across), min(max(0.0, top), down)
    left = 0 if "left" in spec.crop else across if "right" in spec.crop else across / 2
    top = 0 if "top" in spec.crop else down if "bottom" in spec.crop else down / 2
    return left, top


def _bounds(size: Size, degrees: float) -> Size:
    """What holds all of a picture that was turned."""
    width, height = size
    if degrees % 90 == 0:
        return (height, width) if degrees % 180 else size
    cos, sin = (abs(f(math.radians(degrees))) for f in (math.cos, math.sin))
    return rounded(width * cos + height * sin), rounded(width * sin + height * cos)
