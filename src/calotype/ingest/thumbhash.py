"""ThumbHash (evanw.github.io/thumbhash): a picture of a picture in about 25 bytes.

The package on PyPI fails on images with transparency and takes a third of a second for each;
the transform is a small matrix product.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def thumbhash(rgba: npt.NDArray[np.uint8]) -> bytes:
    """Encode an image of height × width × 4 bytes, sides at most 100 pixels."""
    height, width = rgba.shape[:2]
    if not (0 < height <= 100 and 0 < width <= 100):
        raise ValueError(f"ThumbHash takes sides of 1 to 100 pixels; got {width}×{height}")
    values = rgba.astype(np.float64) / 255
    alpha = values[..., 3]
    transparent = bool(alpha.min() < 1)
    total = alpha.sum()
    average = (values[..., :3] * alpha[..., None]).sum((0, 1)) / total if total else np.zeros(3)
    # Transparent pixels take the average colour, so that they cost no detail.
    red, green, blue = np.moveaxis(
        average * (1 - alpha[..., None]) + values[..., :3] * alpha[..., None], -1, 0
    )
    most = 5 if transparent else 7
    nx = max(1, _round(most * width / max(width, height)))
    ny = max(1, _round(most * height / max(width, height)))
    light = _channel((red + green + blue) / 3, max(3, nx), max(3, ny))
    yellow = _channel((red + green) / 2 - blue, 3, 3)
    pink = _channel(red - green, 3, 3)
    landscape = width > height
    head = (
        _round(63 * light[0])
        | _round(31.5 + 31.5 * yellow[0]) << 6
        | _round(31.5 + 31.5 * pink[0]) << 12
        | _round(31 * light[2]) << 18
        | transparent << 23
        | (ny if landscape else nx) << 24
        | _round(63 * yellow[2]) << 27
        | _round(63 * pink[2]) << 33
        | landscape << 39
    )
    coded = bytearray(head.to_bytes(5, "little"))
    waves = light[1] + yellow[1] + pink[1]
    if transparent:
        opacity = _channel(alpha, 5, 5)
        coded.append(_round(15 * opacity[0]) | _round(15 * opacity[2]) << 4)
        waves += opacity[1]
    nibbles = [_round(15 * wave) for wave in waves]
    nibbles += [0] * (len(nibbles) % 2)
    coded += bytes(low | high << 4 for low, high in zip(*[iter(nibbles)] * 2, strict=True))
    return bytes(coded)


def _channel(values: Floats, nx: int, ny: int) -> tuple[float, list[float], float]:
    """Mean, waves scaled to 0…1, and their scale: a triangle of the cosine transform."""
    height, width = values.shape
    across = np.cos(np.pi / width * np.outer(np.arange(nx), np.arange(width) + 0.5))
    down = np.cos(np.pi / height * np.outer(np.arange(ny), np.arange(height) + 0.5))
    waves = down @ values @ across.T / (width * height)
    kept = [
        float(waves[y, x]) for y in range(ny) for x in range(nx) if x * ny < nx * (ny - y)
    ][1:]  # fmt: skip
    scale = max(map(abs, kept), default=0.0)
    return float(waves[0, 0]), [0.5 + 0.5 / scale * w if scale else w for w in kept], scale


def _round(value: float) -> int:
    """Half up, as JavaScript does."""
    return math.floor(value + 0.5)
