"""From an original to the pixels that the steps begin with: cut, turned upright, and at size.

As few pixels as possible are ever decoded: the decoder shrinks to the scale of the plan and keeps
only the part that is used. Where a plan needs to see pixels first (`trim`), or another page or
frame, the whole original is decoded.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from calotype import decode
from calotype.decode import Limits, VipsImage, refit
from calotype.model import Image
from calotype.render import attention, geometry, turning
from calotype.render.geometry import Box, Plan
from calotype.render.spec import RenderSpec
from calotype.render.trimming import trimmed

DRAWN_AT_MOST = 40_000_000
"""Pixels that a drawing is drawn at to be sharp in a cut; past it, the cut is enlarged."""


class Axis(NamedTuple):
    """One axis of a cut. The whole side is decoded as `whole` pixels, of which `kept` from
    `first` stay; those are made `scaled`, of which `length` from `offset` are the cut.
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
    if geometry.needs_original(spec):
        return of_pixels(_whole(data, limits, spec), spec, image.orientation)
    plan = geometry.plan(spec, image.width, image.height, image.orientation)
    if _by_content(spec) and max(plan.scale) > 1:
        return of_pixels(decode.load(data, limits), spec, image.orientation)
    seen = _seen(spec, plan)
    across, down = _axes(plan, seen, vector=image.format == "svg")
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
    across, down = _axes(plan, plan.used if settled else _seen(spec, plan))
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
    part = pixels.crop(*(round(value) for value in region))
    left, top = attention.place(part, math.ceil(used.width), math.ceil(used.height), spec.crop[0])
    across, down = region.width - used.width, region.height - used.height
    at = used._replace(left=region.left + min(left, across), top=region.top + min(top, down))
    return replace(plan, used=at)


def _axes(plan: Plan, seen: Box, *, vector: bool = False) -> tuple[Axis, Axis]:
    scales = plan.scale
    drawn = plan.upright[0] * scales[0] * plan.upright[1] * scales[1]
    vector = vector and drawn <= DRAWN_AT_MOST
    across = _axis(plan.upright[0], seen.left, seen.width, scales[0], vector)
    return across, _axis(plan.upright[1], seen.top, seen.height, scales[1], vector)


def _axis(side: int, start: float, length: float, scale: float, vector: bool) -> Axis:
    target = geometry.rounded(length * scale)
    if scale <= 1 or vector:
        whole = max(target, geometry.rounded(side * scale))
        first = min(math.floor(start * scale + 0.5), whole - target)
        return Axis(whole, first, target, target, 0, target)
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
