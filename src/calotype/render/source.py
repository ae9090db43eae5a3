"""From an original to the pixels that the steps begin with: cut, turned upright, and at size.

As few pixels as possible are ever decoded: the decoder shrinks to the scale of the plan and keeps
only the part that is used. Where a plan needs to see pixels first (`trim`), or another page or
frame, the whole original is decoded. A drawing has no pixels of its own: a sketch of it tells what
`trim` leaves and where the cut is, and it is drawn once that is known, sharp at any size.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from calotype import decode
from calotype.decode import MOST_DRAWN, MOST_SIDE, Limits, VipsImage, refit
from calotype.errors import BadParameter
from calotype.model import Image
from calotype.render import attention, geometry, turning
from calotype.render.geometry import Box, Plan
from calotype.render.spec import RenderSpec
from calotype.render.trimming import trimmed

_SKETCHED = 2048
"""Longest side of a sketch."""


Most = tuple[float, float]
_BOUNDLESS: Most = (math.inf, math.inf)


class Axis(NamedTuple):
    """One axis of a cut. The whole side is decoded, or drawn, as `whole` pixels, of which `kept`
    from `first` stay; those are made `scaled`, of which `length` from `offset` are the cut.
    """

    whole: int
    first: int
    kept: int
    scaled: int
    offset: int
    length: int


def may_be_held(image: Image, spec: RenderSpec) -> bool:
    """Whether `still` gives the same from an original that is held decoded as from its file."""
    if geometry.needs_original(spec) or spec.orient is not None or _by_content(spec):
        return False
    plan = geometry.plan(spec, image.width, image.height, image.orientation)
    return image.format != "svg" and decode.cuts_alike(image.format, min(plan.scale))


def still(
    data: bytes,
    limits: Limits,
    image: Image,
    spec: RenderSpec,
    *,
    level: bool = False,
    held: VipsImage | None = None,
) -> tuple[VipsImage, Plan]:
    """The pixels of `plan.size`. Raises what `decode` does, and BadParameter.

    `level`: the bytes are not the original's but those of a level that serves. The plan is the
    same: it asks for the whole at some size, and a level only differs in how far that is.
    `held`: the original, decoded, instead of any bytes; only for what `may_be_held`.
    """
    fit = partial(decode.trusted, data) if level else partial(decode.fit, data, limits)
    if held is not None:
        fit = partial(decode.cut, held)
    if image.format == "svg" and not level:
        plan, seen = _sketched(data, limits, image, spec)
        return _cut(fit, image, spec, plan, seen, _drawable(plan))
    if geometry.needs_original(spec):
        return of_pixels(_whole(data, limits, spec), spec, image.orientation)
    plan = geometry.plan(spec, image.width, image.height, image.orientation)
    if _by_content(spec) and max(plan.scale) > 1:
        return of_pixels(decode.load(data, limits), spec, image.orientation)
    return _cut(fit, image, spec, plan, _seen(spec, plan), plan.upright)


def _cut(
    fit: Callable[..., VipsImage], image: Image, spec: RenderSpec, plan: Plan, seen: Box, most: Most
) -> tuple[VipsImage, Plan]:
    """What is `seen`, of the whole that `fit` gives at any size; see `_axes` for `most`."""
    across, down = _axes(plan, seen, most)
    area = (across.first, down.first, across.kept, down.kept)
    if spec.orient is None:
        pixels = fit(across.whole, down.whole, "exact", area)
    else:
        size = (across.whole, down.whole)
        if geometry.swapped(spec, image.orientation):
            size = size[::-1]
        pixels = fit(*size, "exact")
        pixels = turning.reoriented(pixels, image.orientation, spec.orient).crop(*area)
    return _chosen(_enlarged(pixels, across, down), spec, plan)


def of_pixels(
    pixels: VipsImage, spec: RenderSpec, orientation: int = 1, settled: Plan | None = None
) -> tuple[VipsImage, Plan]:
    """The same from pixels that are upright and whole.

    `settled` is what an earlier frame's pixels led to: an animation must not jump about.
    """
    size = (pixels.width, pixels.height)
    if spec.orient is not None:
        pixels = turning.reoriented(pixels, orientation, spec.orient)
    plan = settled or geometry.plan(spec, *size, orientation)
    if spec.trim and settled is None:
        box = trimmed(pixels, spec, plan.region)
        plan = geometry.plan(spec, *size, orientation, box)
    if _by_content(spec) and max(plan.scale) > 1 and settled is None:
        settled = plan = _looked_at(pixels, spec, plan)
    across, down = _axes(plan, plan.used if settled else _seen(spec, plan), plan.upright)
    if (across.whole, down.whole) != (pixels.width, pixels.height):
        pixels = refit(pixels, across.whole, down.whole, "exact")
    pixels = pixels.crop(across.first, down.first, across.kept, down.kept)
    return _chosen(_enlarged(pixels, across, down), spec, plan)


def _whole(data: bytes, limits: Limits, spec: RenderSpec) -> VipsImage:
    if spec.frame:
        return decode.frame(data, limits, spec.frame)
    if spec.page:
        return decode.page(data, limits, spec.page)
    return decode.load(data, limits)


def _sketched(data: bytes, limits: Limits, image: Image, spec: RenderSpec) -> tuple[Plan, Box]:
    """The plan of a drawing, and what is seen of it. Raises as `still` does."""
    for name, number in (("page", spec.page), ("frame", spec.frame)):
        if number and number > 1:
            raise BadParameter(name, decode.numbered(name, 1), number)
    size = (image.width, image.height, image.orientation)
    plan = geometry.plan(spec, *size)
    if not spec.trim and not _too_large_to_look_at(spec, plan):
        return plan, _seen(spec, plan)
    sketch = decode.thumbnail(data, limits, _SKETCHED)
    if spec.orient is not None:
        sketch = turning.reoriented(sketch, image.orientation, spec.orient)
    if spec.trim:
        across, down = _ratio(sketch, plan)
        kept = round(spec.trim_pad * min(across, down))
        left = trimmed(sketch, replace(spec, trim_pad=kept), _pixels_of(plan.region, sketch, plan))
        box = Box(left.left / across, left.top / down, left.width / across, left.height / down)
        plan = geometry.plan(spec, *size, box)
    if _too_large_to_look_at(spec, plan):
        plan = _looked_at(sketch, spec, plan)
        return plan, plan.used
    return plan, _seen(spec, plan)


def _too_large_to_look_at(spec: RenderSpec, plan: Plan) -> bool:
    """Whether a cut by content is decided before the drawing is at size, as in `_looked_at`."""
    return _by_content(spec) and (max(plan.scale) > 1 or _drawable(plan) != _BOUNDLESS)


def _seen(spec: RenderSpec, plan: Plan) -> Box:
    """What must be looked at: where the content decides on the cut, all that it may be cut from."""
    return plan.region if _by_content(spec) else plan.used


def _by_content(spec: RenderSpec) -> bool:
    return bool(spec.crop) and spec.crop[0] in attention.WAYS


def _looked_at(pixels: VipsImage, spec: RenderSpec, plan: Plan) -> Plan:
    """The plan with its cut decided before anything is enlarged: only the cut is, after that.

    All of a wide original at the scale of a tall cut may be a thousand times the rendition.
    """
    region, used = plan.region, plan.used
    wide, high = _ratio(pixels, plan)
    part = pixels.crop(*_pixels_of(region, pixels, plan))
    size = (math.ceil(used.width * wide), math.ceil(used.height * high))
    left, top = attention.place(part, *size, spec.crop[0])
    across, down = region.width - used.width, region.height - used.height
    at = used._replace(
        left=region.left + min(left / wide, across), top=region.top + min(top / high, down)
    )
    return replace(plan, used=at)


def _ratio(pixels: VipsImage, plan: Plan) -> tuple[float, float]:
    """Across and down, pixels for each of the upright original; below 1 for a sketch."""
    return pixels.width / plan.upright[0], pixels.height / plan.upright[1]


def _pixels_of(box: Box, pixels: VipsImage, plan: Plan) -> Box:
    """All the whole pixels that the box lies on; one at least."""
    across, down = _ratio(pixels, plan)
    left, top = math.floor(box.left * across), math.floor(box.top * down)
    right = min(pixels.width, math.ceil((box.left + box.width) * across))
    bottom = min(pixels.height, math.ceil((box.top + box.height) * down))
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _drawable(plan: Plan) -> Most:
    """No bound, or the largest of the proportions of the plan that a drawing is drawn at."""
    across, down = (side * scale for side, scale in zip(plan.upright, plan.scale, strict=True))
    factor = min(math.sqrt(MOST_DRAWN / (across * down)), MOST_SIDE / max(across, down))
    if factor >= 1:
        return _BOUNDLESS
    return max(1, math.floor(across * factor)), max(1, math.floor(down * factor))


def _axes(plan: Plan, seen: Box, most: Most) -> tuple[Axis, Axis]:
    """`most`: pixels that the whole sides have, or may be drawn at; past them the cut is
    enlarged."""
    scales = plan.scale
    across = _axis(plan.upright[0], seen.left, seen.width, scales[0], most[0])
    return across, _axis(plan.upright[1], seen.top, seen.height, scales[1], most[1])


def _axis(side: float, start: float, length: float, scale: float, most: float) -> Axis:
    target = geometry.rounded(length * scale)
    if side * scale <= most:
        whole = max(target, geometry.rounded(side * scale))
        first = min(math.floor(start * scale + 0.5), whole - target)
        return Axis(whole, first, target, target, 0, target)
    ratio = most / side
    side, start, length, scale = int(most), start * ratio, length * ratio, scale / ratio
    # a margin, so that the edge of the cut is interpolated from its true neighbours
    first, last = max(0, math.floor(start) - 2), min(side, math.ceil(start + length) + 2)
    scaled = max(target, geometry.rounded((last - first) * scale))
    offset = min(math.floor((start - first) * scale + 0.5), scaled - target)
    return Axis(side, first, last - first, scaled, offset, target)


def _enlarged(pixels: VipsImage, across: Axis, down: Axis) -> VipsImage:
    if (across.scaled, down.scaled) == (across.kept, down.kept):
        return pixels
    larger = refit(pixels, across.scaled, down.scaled, "exact")
    return larger.crop(across.offset, down.offset, across.length, down.length)


def _chosen(pixels: VipsImage, spec: RenderSpec, plan: Plan) -> tuple[VipsImage, Plan]:
    """Cut to size where the content decides, and the plan as if it had been known before."""
    if (pixels.width, pixels.height) == plan.size:
        return pixels, plan
    across, down = plan.scale
    left, top = attention.place(pixels, *plan.size, spec.crop[0])
    used = Box(plan.region.left + left / across, plan.region.top + top / down,
               plan.used.width, plan.used.height)  # fmt: skip
    return pixels.crop(left, top, *plan.size), replace(plan, used=used)
