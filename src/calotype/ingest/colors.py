"""The main colours of an image, under the names that people search for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calotype.model import Color

Floats = npt.NDArray[np.float64]

MOST = 5
LEAST_SHARE = 0.03
_CLUSTERS = 10
_ROUNDS = 8
_ALIKE = 0.075
"""Colours nearer than this in OKLab are shown as one; black to white is 1."""
_BACKGROUND_WEIGHT = 0.2

_ANCHORS = {
    "black": "000000 0d0d0f 1a1a1c 26262a 14181f 1f1a17 2b2b2e",
    "gray": "808080 5c5c5c 464648 9e9ea0 b4b4b6 6b7078 8a8580 3a3a3d c2c2c4 75777a",
    "white": "ffffff f4f4f4 faf8f3 f3f6fa e6e6e8",
    "red": "ff0000 d21c1c b01020 8b0f14 e84034 a52a2a 6e1018 c8323c",
    "orange": "ff8000 f07820 ff6a13 e8962e d9651a ffa54a c8803a d28e54 dca066 f4a060",
    "yellow": "ffff00 ffd800 f5e663 e8c81e fff59a c9b037 d8e04a d9d088 d4dc8c cbd698",
    "green": "00a000 00ff00 1f6b2a 7ac142 a4d65e 0f3d1c 556b2f "
    "8fae78 3fae5a b8e0a0 6b7f3a 64cfa6 8be1bd 5a6f5a",
    "teal": "008080 00c8c8 20b2aa 0f4c52 5fd0c8 00ffff 2f8f9a 9fe0dc",
    "blue": "0000ff 1e50c8 4a90e2 0b1f5c 87ceeb 3a5f9a "
    "00a0f0 a8cdf0 1b3a6b 5a7fb8 2a3f66 2a2c44 30344c",
    "purple": "800080 6a2fb0 9b59d0 4b1a6b 8a60a8 c8a0e0 5a3a7a b57edc 3d1f50",
    "pink": "ff69b4 ff00c8 f4a6c0 e0407f ffc0cb d8578f f08a9a c71585 fa8fa0",
    "brown": "7b4a21 5c3317 a0693c 3f2412 8b5a3c 6f4e37 b07d50 52402f 93755a",
    "beige": "f5f0dc e8d8b8 d9c4a0 c8b090 efe0cc d2b48c e0cbb0",
}


def main_colors(rgba: npt.NDArray[np.uint8]) -> tuple[Color, ...]:
    """At most five, the largest share first, from height × width × 4 bytes.

    Shares add up to 1 at most. What reaches along the border counts for less than the subject, so
    that a product on white is not just white. An image without an opaque pixel has none.
    """
    seen = rgba[..., 3] >= 128
    if not seen.any():
        return ()
    pixels = _oklab(rgba[..., :3].reshape(-1, 3).astype(np.float64) / 255)
    mask = seen.reshape(-1)
    points, weights, cell = _histogram(pixels[mask])
    weights = _less_background(points, weights, cell, _border(seen)[mask])
    centres, labels = _k_means(points, weights)
    heavy: Floats = np.bincount(labels, weights, len(centres)).astype(np.float64)
    found = _merge(centres, heavy)
    total = sum(weight for _, weight in found)
    shares = [(centre, weight / total) for centre, weight in found]
    return tuple(
        Color(name_of(centre), _hex(centre), round(share, 3))
        for centre, share in shares[:MOST]
        if share >= LEAST_SHARE
    )


def name_of(oklab: Floats) -> str:
    """The nearest of our thirteen names."""
    # Hue and strength tell a colour's name more than its lightness does.
    away = (oklab - _ANCHOR_POINTS) * np.array([0.65, 1.4, 1.4])
    return _ANCHOR_NAMES[int(np.argmin((away**2).sum(1)))]


def _histogram(pixels: Floats) -> tuple[Floats, Floats, npt.NDArray[np.intp]]:
    """Cells of a 3-D histogram: their mean colours, their counts, and the cell of each pixel."""
    steps = np.floor(pixels / 0.04).astype(np.int64) + 64
    _, cell = np.unique(steps @ np.array([1 << 16, 1 << 8, 1]), return_inverse=True)
    counts = np.bincount(cell).astype(np.float64)
    sums = [np.bincount(cell, pixels[:, i]) for i in range(3)]
    return np.stack(sums, 1) / counts[:, None], counts, cell


def _border(seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which pixels, row by row, lie in the outermost twentieth."""
    height, width = seen.shape
    border = np.ones((height, width), dtype=bool)
    y, x = max(1, height // 20), max(1, width // 20)
    border[y:-y, x:-x] = False
    return border.reshape(-1)


def _less_background(
    points: Floats, counts: Floats, cell: npt.NDArray[np.intp], border: npt.NDArray[np.bool_]
) -> Floats:
    """Weights: a colour that fills most of the border counts for less wherever it is."""
    around = np.bincount(cell[border], minlength=len(points)).astype(np.float64)
    if not around.sum():
        return counts
    centre = points[int(np.argmax(around))]
    near = _distance(points, centre) < 2 * _ALIKE
    outside = counts[~near].sum()
    if around[near].sum() < 0.5 * around.sum() or outside < 0.03 * counts.sum():
        return counts
    return np.where(near, counts * _BACKGROUND_WEIGHT, counts)


def _k_means(points: Floats, weights: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Lloyd's algorithm from far apart, heavy points: no chance in it, so the same every time."""
    chosen = [int(np.argmax(weights))]
    away = _distance(points, points[chosen[0]])
    while len(chosen) < min(_CLUSTERS, len(points)):
        chosen.append(int(np.argmax(away**2 * weights)))
        away = np.minimum(away, _distance(points, points[chosen[-1]]))
    centres = points[chosen]
    labels = np.zeros(len(points), dtype=np.intp)
    for _ in range(_ROUNDS):
        labels = np.argmin(((points[:, None] - centres[None]) ** 2).sum(2), axis=1)
        total = np.bincount(labels, weights, len(centres))
        sums = [np.bincount(labels, weights * points[:, i], len(centres)) for i in range(3)]
        moved = np.stack(sums, 1) / np.maximum(total, 1e-12)[:, None]
        centres = np.where(total[:, None] > 0, moved, centres)
    return centres, labels


def _merge(centres: Floats, weights: Floats) -> list[tuple[Floats, float]]:
    """Alike centres as one, the heaviest first."""
    found = [(centres[i], float(weights[i])) for i in np.argsort(-weights, kind="stable")]
    merged: list[tuple[Floats, float]] = []
    for centre, weight in found:
        if weight <= 0:
            continue
        for at, (other, so_far) in enumerate(merged):
            near = _distance(centre[None], other)[0]
            if near < _ALIKE or (near < 2 * _ALIKE and name_of(centre) == name_of(other)):
                mixed = (other * so_far + centre * weight) / (so_far + weight)
                merged[at] = mixed, so_far + weight
                break
        else:
            merged.append((centre, weight))
    return sorted(merged, key=lambda pair: -pair[1])


def _distance(points: Floats, centre: Floats) -> Floats:
    distances: Floats = np.sqrt(((points - centre) ** 2).sum(1))
    return distances


_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _oklab(rgb: Floats) -> Floats:
    """sRGB from 0 to 1 as OKLab (bottosson.github.io/posts/oklab)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def _hex(oklab: Floats) -> str:
    lms = (np.linalg.inv(_TO_LAB) @ oklab) ** 3
    linear = np.clip(np.linalg.inv(_TO_LMS) @ lms, 0, 1)
    rgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in rgb)


def _from_hex(text: str) -> list[float]:
    return [int(text[i : i + 2], 16) / 255 for i in (0, 2, 4)]


_ANCHOR_NAMES = [name for name, anchors in _ANCHORS.items() for _ in anchors.split()]
_ANCHOR_POINTS = _oklab(
    np.array([_from_hex(anchor) for anchors in _ANCHORS.values() for anchor in anchors.split()])
)
