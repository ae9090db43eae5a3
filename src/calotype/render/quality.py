"""What `q` means: the quality of a JPEG, and what looks like it in each other encoder.

The same number means something else to every encoder, and to the slow setting something else than
to the quick one. NATIVE has, for a JPEG's qualities, the number that gives the same mean SSIM over
photographs at 400 and 800 pixels. benchmarks/calibrate.py measures it and keeps what it found in
benchmarks/results/quality.json; a test holds the two together.
"""

from __future__ import annotations

from bisect import bisect_left

Curve = tuple[tuple[int, float], ...]

DEFAULT = {"jpeg": 80, "webp": 76, "avif": 78}
"""Where none is asked for."""

COMPRESSED = 50
"""The same where bytes count more than looks: `auto=compress` and `Save-Data`. imgix has 45 for
its usual 75."""

NATIVE: dict[str, Curve] = {}


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
