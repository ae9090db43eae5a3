"""What a BlurHash shows (github.com/woltapp/blurhash, Algorithm.md), read apart from our writer."""

from __future__ import annotations

import math

from PIL import Image

BASE83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"


def decoded(text: str, width: int = 32, height: int = 32) -> Image.Image:
    """RGB, `width` × `height`. Raises ValueError for what is no BlurHash."""
    number = [BASE83.index(char) for char in text]

    def value(start: int, length: int) -> int:
        return sum(n * 83 ** (length - 1 - i) for i, n in enumerate(number[start : start + length]))

    across, down = value(0, 1) % 9 + 1, value(0, 1) // 9 + 1
    if len(text) != 4 + 2 * across * down:
        raise ValueError(f"{len(text)} characters are not those of {across} × {down} components")
    most, mean = (value(1, 1) + 1) / 166, value(2, 4)
    parts = [[_light(mean >> shift & 255) for shift in (16, 8, 0)]]
    for i in range(1, across * down):
        ac = value(4 + 2 * i, 2)
        steps = [(n - 9) / 9 for n in (ac // 361, ac // 19 % 19, ac % 19)]
        parts.append([math.copysign(step * step, step) * most for step in steps])
    image = Image.new("RGB", (width, height))
    for x in range(width):
        for y in range(height):
            weights = [
                math.cos(math.pi * x * (i % across) / width)
                * math.cos(math.pi * y * (i // across) / height)
                for i in range(across * down)
            ]
            light = [
                sum(w * p[band] for w, p in zip(weights, parts, strict=True)) for band in range(3)
            ]
            image.putpixel((x, y), tuple(_display(band) for band in light))
    return image


def _light(value: int) -> float:
    v = value / 255
    return v / 12.92 if v <= 0.04045 else float(((v + 0.055) / 1.055) ** 2.4)


def _display(light: float) -> int:
    v = min(1.0, max(0.0, light))
    return round(255 * (v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055))
