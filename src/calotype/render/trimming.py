"""The border that `trim` takes away."""

from __future__ import annotations

from calotype.decode import VipsError, VipsImage
from calotype.render.geometry import Box
from calotype.render.spec import RenderSpec

_AUTO = 11.0
"""imgix's default mean difference."""


def trimmed(image: VipsImage, spec: RenderSpec, region: Box) -> Box:
    """What is left of the region, in pixels of the image; all of it where that would be nothing.

    `alpha` looks for what is not transparent, `color` for that and then for another colour than
    `trim_color` (or the top left pixel's), `auto` for another than the top left pixel's within a
    tolerance that forgives compression.
    """
    box = tuple(int(value) for value in region)
    part = image.crop(*box)
    found = Box(0, 0, part.width, part.height)
    if image.hasalpha():
        found = _within(found, _by_alpha(part, spec))
    if spec.trim != "alpha" and not (spec.trim == "colorunlessalpha" and image.hasalpha()):
        found = _within(found, _by_color(part.crop(*(int(v) for v in found)), spec))
    kept = spec.trim_pad
    left, top = max(0, found.left - kept), max(0, found.top - kept)
    right = min(part.width, found.left + found.width + kept)
    bottom = min(part.height, found.top + found.height + kept)
    if right - left < 1 or bottom - top < 1:
        return region
    return Box(region.left + left, region.top + top, right - left, bottom - top)


def _by_alpha(part: VipsImage, spec: RenderSpec) -> Box:
    alpha = part.extract_band(part.bands - 1)
    return _found(alpha, spec.trim_alpha or 0, [0])


def _by_color(part: VipsImage, spec: RenderSpec) -> Box:
    color = part.extract_band(0, n=part.bands - 1) if part.hasalpha() else part
    paint = spec.trim_color
    if paint is None:
        background = list(color(0, 0))
    elif color.bands < 3:
        background = [0.2126 * paint[0] + 0.7152 * paint[1] + 0.0722 * paint[2]]
    else:
        background = list(paint[:3])
    tolerance = _AUTO if spec.trim == "auto" else 0.0
    given = spec.trim_md if spec.trim == "auto" else spec.trim_tol
    return _found(color, tolerance if given is None else given, background)


def _found(image: VipsImage, tolerance: float, background: list[float]) -> Box:
    try:
        found = image.find_trim(threshold=tolerance, background=background, line_art=True)
    except VipsError:
        return Box(0, 0, 0, 0)
    return Box(*found)


def _within(outer: Box, inner: Box) -> Box:
    """The inner box, given from the outer one's corner; the outer where the inner is empty."""
    if inner.width < 1 or inner.height < 1:
        return outer
    return Box(outer.left + inner.left, outer.top + inner.top, inner.width, inner.height)
