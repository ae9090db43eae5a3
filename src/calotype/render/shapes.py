"""Masks: a band of bytes, 255 where something shows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calotype.decode import VipsImage

Radii = tuple[int, int, int, int]
"""Clockwise from the top left, in pixels."""


def ellipse(width: int, height: int) -> VipsImage:
    """The largest that fits, its edge one pixel soft."""
    at = VipsImage.xyz(width, height)
    x = (at.extract_band(0) + 0.5 - width / 2) / (width / 2)
    y = (at.extract_band(1) + 0.5 - height / 2) / (height / 2)
    inside = ((1 - (x * x + y * y) ** 0.5) * (min(width, height) / 2) + 0.5) * 255
    return inside.rint().cast("uchar")


def rounded(width: int, height: int, radii: Radii) -> VipsImage:
    """A rectangle with round corners; no radius is larger than half of the shorter side."""
    mask = (VipsImage.black(1, 1) + 255).cast("uchar").embed(0, 0, width, height, extend="copy")
    most = min(width, height) // 2
    for corner, radius in enumerate(min(radius, most) for radius in radii):
        if radius > 0:
            piece = np.rot90(_corner(radius), -corner)
            left = width - radius if corner in (1, 2) else 0
            top = height - radius if corner in (2, 3) else 0
            mask = mask.insert(VipsImage.new_from_array(np.ascontiguousarray(piece)), left, top)
    return mask


def _corner(radius: int) -> npt.NDArray[np.uint8]:
    """The top left one."""
    away = radius - np.arange(radius) - 0.5
    distance = np.hypot(away[:, None], away[None, :])
    shown: npt.NDArray[np.uint8] = np.rint(np.clip(radius - distance + 0.5, 0, 1) * 255).astype(
        np.uint8
    )
    return shown
