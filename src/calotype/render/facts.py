"""`fm=json` and `fm=blurhash`: what is said of an image where no image is wanted."""

from __future__ import annotations

import json
import math

import numpy as np
import numpy.typing as npt

from calotype.decode import VipsImage
from calotype.model import Image, Rendition

CONTENT_TYPES = {"json": "application/json", "blurhash": "text/plain; charset=utf-8"}

_MEDIA = {"svg": "image/svg+xml"}
_BASE83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_COMPONENTS = 4
"""Along the longer side, as imgix gives; the shorter has at least 3."""
_LOOKED_AT = 64


def of(image: Image) -> Rendition:
    """`fm=json`: no pixel is needed."""
    return Rendition(as_json(image), CONTENT_TYPES["json"], image.width, image.height)


def as_json(image: Image) -> bytes:
    """imgix's names: the original as it is stored, before its orientation is applied.

    Nothing of its EXIF, IPTC or XMP beyond that: they may say where and by whom it was made.
    """
    size = (image.width, image.height)
    width, height = size[::-1] if image.orientation >= 5 else size
    facts = {
        "Content-Length": image.bytes,
        "Content-Type": _MEDIA.get(image.format, f"image/{image.format}"),
        "PixelWidth": width,
        "PixelHeight": height,
        "Orientation": image.orientation,
        "HasAlpha": image.alpha,
        "FrameCount": image.frames,
    }
    return json.dumps(facts, separators=(",", ":")).encode()


def as_blurhash(pixels: VipsImage) -> bytes:
    """The BlurHash of opaque pixels (github.com/woltapp/blurhash, Algorithm.md)."""
    small = pixels.thumbnail_image(_LOOKED_AT, height=_LOOKED_AT, size="down")
    small = small.colourspace("srgb")
    values = np.asarray(small.numpy(), dtype=np.float64).reshape(small.height, small.width, 3)
    across = _COMPONENTS if small.width >= small.height else _COMPONENTS - 1
    down = _COMPONENTS if small.height > small.width else _COMPONENTS - 1
    return _written(_coefficients(_linear(values / 255), across, down), across, down).encode()


def _linear(v: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def _coefficients(
    light: npt.NDArray[np.float64], across: int, down: int
) -> npt.NDArray[np.float64]:
    """Cosine components, `down` × `across` × RGB; the first is the mean."""
    height, width, _ = light.shape
    rows = np.cos(np.pi * np.outer(np.arange(down), np.arange(height)) / height)
    columns = np.cos(np.pi * np.outer(np.arange(across), np.arange(width)) / width)
    sums: npt.NDArray[np.float64] = np.einsum("jy,yxc,ix->jic", rows, light, columns) / (
        width * height
    )
    sums[np.indices((down, across)).sum(axis=0) > 0] *= 2
    return sums


def _written(parts: npt.NDArray[np.float64], across: int, down: int) -> str:
    mean, rest = parts[0, 0], parts.reshape(-1, 3)[1:]
    largest = float(np.abs(rest).max()) if len(rest) else 0.0
    step = max(0, min(82, math.floor(largest * 166 - 0.5)))
    scale = (step + 1) / 166
    found = _digits(across - 1 + (down - 1) * 9, 1) + _digits(step, 1)
    red, green, blue = (_byte(float(value)) for value in mean)
    found += _digits((red << 16) + (green << 8) + blue, 4)
    for part in rest:
        steps = (_quantised(float(value) / scale) for value in part)
        number = 0
        for value in steps:
            number = number * 19 + value
        found += _digits(number, 2)
    return found


def _quantised(value: float) -> int:
    root = math.copysign(math.sqrt(abs(value)), value)
    return max(0, min(18, math.floor(root * 9 + 9.5)))


def _byte(light: float) -> int:
    v = min(1.0, max(0.0, light))
    v = v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055
    return int(v * 255 + 0.5)


def _digits(value: int, length: int) -> str:
    return "".join(_BASE83[value // 83 ** (length - 1 - at) % 83] for at in range(length))
