"""Blur and sharpness."""

from __future__ import annotations

from calotype.decode import VipsImage, in_memory, refit
from calotype.render import bands
from calotype.render.spec import RenderSpec

_PIXELS = 0.1
"""Standard deviation of the blur in pixels for each step of `blur`."""
_LARGEST = 6.0
"""A larger deviation is blurred at a smaller size: it looks alike and takes a fraction."""


def sharpened(image: VipsImage, spec: RenderSpec) -> VipsImage:
    """`sharp` (fine), then `usm` with its radius; a negative `usm` softens."""
    if spec.sharp:
        image = _unsharp(image, 0.8, spec.sharp / 25)
    if spec.usm:
        radius = 2.5 if spec.usmrad is None else spec.usmrad
        image = _unsharp(image, max(0.3, radius / 2), spec.usm / 25)
    return image


def blurred(image: VipsImage, spec: RenderSpec) -> VipsImage:
    return gaussian(image, spec.blur * _PIXELS) if spec.blur else image


def gaussian(image: VipsImage, sigma: float) -> VipsImage:
    """Blurred by `sigma` pixels; the edges keep their own colours."""
    width, height = image.width, image.height
    shrink = max(1.0, sigma / _LARGEST)
    small = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    if shrink > 1:
        image = in_memory(refit(image, *small, "exact"))
    done = bands.weighted(image, lambda pixels: pixels.gaussblur(sigma / shrink))
    return refit(done, width, height, "exact") if shrink > 1 else done


def _unsharp(image: VipsImage, sigma: float, amount: float) -> VipsImage:
    """What differs from the surroundings, strengthened; alpha has edges of its own and keeps them.

    A softening of more than the whole difference would turn into the negative of sharpening.
    """
    amount = max(amount, -1.0)

    def change(colors: VipsImage) -> VipsImage:
        return colors + (colors - colors.cast("float").gaussblur(sigma)) * amount

    return bands.on_colors(in_memory(image), change)
