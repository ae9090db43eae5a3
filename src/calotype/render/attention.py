"""Where a cut of a given size shows most, by what is in the picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calotype.decode import VipsImage, in_memory

WAYS = ("entropy", "attention", "edges")
_LOOKED_AT = 256
"""Longest side of the picture that edges are counted in: finer ones are texture and noise."""


def place(image: VipsImage, width: int, height: int, how: str) -> tuple[int, int]:
    """Left and top of the cut. `entropy` and `attention` are libvips' smartcrop."""
    across, down = image.width - width, image.height - height
    if across <= 0 and down <= 0:
        return 0, 0
    if how == "edges":
        return _most_edges(image, width, height)
    cut = in_memory(image).smartcrop(width, height, interesting=how)
    return min(max(-cut.xoffset, 0), across), min(max(-cut.yoffset, 0), down)


def _most_edges(image: VipsImage, width: int, height: int) -> tuple[int, int]:
    """Slides along the axis on which something is over, and stops where gradients sum to most."""
    shrink = max(image.width, image.height) / _LOOKED_AT
    small = image.flatten(background=[255]) if image.hasalpha() else image
    small = small.thumbnail_image(max(1, round(image.width / max(1, shrink))), size="down")
    grey = np.asarray(small.colourspace("b-w").numpy(), dtype=np.float64)
    grey = grey.reshape(small.height, small.width)
    strength = np.zeros_like(grey)
    strength[:, 1:] += np.abs(np.diff(grey, axis=1))
    strength[1:, :] += np.abs(np.diff(grey, axis=0))
    left = _best(strength.sum(axis=0), width / image.width, image.width - width)
    return left, _best(strength.sum(axis=1), height / image.height, image.height - height)


def _best(sums: npt.NDArray[np.float64], share: float, over: int) -> int:
    """Start in pixels, of `over`, of the window that has the largest sum; the middle of equals."""
    window = max(1, round(len(sums) * share))
    places = len(sums) - window
    if over <= 0 or places <= 0:
        return max(0, over) // 2
    total = np.concatenate(([0.0], np.cumsum(sums)))
    windows = total[window:] - total[:-window]
    best = np.flatnonzero(windows >= windows.max() - 1e-6)
    nearest = best[np.argmin(np.abs(best - places / 2))]
    return round(float(nearest) * over / places)
