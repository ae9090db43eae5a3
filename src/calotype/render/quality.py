"""What `q` means: the quality of a JPEG, and what looks like it in each other encoder.

The same number means something else to every encoder, and to the slow setting something else than
to the quick one. NATIVE has, for a JPEG's qualities, the number that gives the same mean SSIM over
photographs at 400 and 800 pixels. benchmarks/calibrate.py measures it and keeps what it found in
benchmarks/results/quality.json; a test holds the two together.
"""

from __future__ import annotations

from bisect import bisect_left

Curve = tuple[tuple[int, float], ...]

DEFAULT = {"jpeg": 80, "webp": 76, "avif": 79}
"""Where none is asked for."""

COMPRESSED = 50
"""The same where bytes count more than looks: `auto=compress` and `Save-Data`. imgix has 45 for
its usual 75."""

NATIVE: dict[str, Curve] = {
    "jpeg-slow": (
        (1, 1),
        (10, 12.8),
        (25, 29.6),
        (40, 46.2),
        (50, 56.3),
        (60, 64.6),
        (70, 73.6),
        (75, 77.8),
        (80, 82.0),
        (85, 86.5),
        (90, 90.8),
        (95, 95.4),
        (100, 100),
    ),
    "webp": (
        (1, 1),
        (10, 2.2),
        (25, 24.8),
        (40, 42.0),
        (50, 51.2),
        (60, 62.0),
        (70, 75.2),
        (75, 78.1),
        (80, 81.4),
        (85, 85.5),
        (90, 90.4),
        (95, 96.7),
        (100, 100),
    ),
    "webp-slow": (
        (1, 1),
        (10, 2.7),
        (25, 26.1),
        (40, 43.2),
        (50, 52.1),
        (60, 62.2),
        (70, 74.8),
        (75, 77.5),
        (80, 80.6),
        (85, 84.3),
        (90, 89.0),
        (95, 95.4),
        (100, 100),
    ),
    "avif": (
        (1, 1),
        (10, 19.3),
        (25, 38.4),
        (40, 45.2),
        (50, 49.3),
        (60, 52.9),
        (70, 57.5),
        (75, 60.5),
        (80, 64.1),
        (85, 71.3),
        (90, 80.0),
        (95, 89.8),
        (100, 100),
    ),
    "avif-slow": (
        (1, 1),
        (10, 17.2),
        (25, 36.4),
        (40, 43.8),
        (50, 47.1),
        (60, 51.1),
        (70, 55.7),
        (75, 58.9),
        (80, 62.8),
        (85, 69.4),
        (90, 78.9),
        (95, 89.2),
        (100, 100),
    ),
}


def native(format: str, quality: int, slow: bool = False) -> int:
    """The number for the encoder that gives what a JPEG of `quality` looks like."""
    curve = NATIVE.get(f"{format}-slow" if slow else format)
    if curve is None:
        return quality
    after = bisect_left(curve, (quality, 0.0))
    if after == 0:
        return round(curve[0][1])
    (low, start), (high, end) = curve[after - 1], curve[after]
    return round(start + (end - start) * (quality - low) / (high - low))
