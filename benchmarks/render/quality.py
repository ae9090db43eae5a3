"""How like a rendition is to what it should be, so that no speed is bought with quality unseen.

The reference is the whole original, decoded at its full size, turned into sRGB and brought to the
rendition's size by Pillow's Lanczos filter, without loss. None of the servers that are built on
libvips has the advantage of being compared with itself.
"""

from __future__ import annotations

import io
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageCms

from benchmarks.render.photos import Photo

Luma = npt.NDArray[np.float64]

SSIM_SLACK = 0.002
BYTES_SLACK = 1.05
SIDE = 8
QUALITIES = range(20, 97)


@dataclass(frozen=True, slots=True)
class Seen:
    """Means over the photographs of one server's renditions."""

    ssim: float
    bytes: float


class References:
    """The lossless resizes, each made once."""

    def __init__(self) -> None:
        self._whole: tuple[Path, PIL.Image.Image] | None = None
        self._made: dict[tuple[Path, int, int], Luma] = {}

    def likeness(self, photo: Photo, body: bytes) -> float:
        """SSIM of a rendition to the reference of its own size."""
        image = _srgb(PIL.Image.open(io.BytesIO(body)))
        return ssim(self._reference(photo, image.size), _luma(image))

    def seen(self, photos: Sequence[Photo], bodies: Sequence[bytes]) -> Seen:
        scores = [self.likeness(photo, body) for photo, body in zip(photos, bodies, strict=True)]
        return Seen(statistics.mean(scores), statistics.mean(map(len, bodies)))

    def _reference(self, photo: Photo, size: tuple[int, int]) -> Luma:
        key = (photo.path, *size)
        if key not in self._made:
            if self._whole is None or self._whole[0] != photo.path:
                self._whole = photo.path, _srgb(PIL.Image.open(photo.path))
            small = self._whole[1].resize(size, PIL.Image.Resampling.LANCZOS)
            self._made[key] = _luma(small)
        return self._made[key]


def fair(ours: Seen, peer: Seen) -> bool:
    """At most 1.05 times the bytes, at an SSIM that is lower by no more than 0.002."""
    return ours.bytes <= peer.bytes * BYTES_SLACK and ours.ssim >= peer.ssim - SSIM_SLACK


def equal(render: Callable[[int], Seen], peer: Seen) -> tuple[int, Seen]:
    """The least quality, and what it gives, that is as like as the peer's within the slack."""
    low, high = 0, len(QUALITIES) - 1
    best = QUALITIES[high], render(QUALITIES[high])
    while low < high:
        middle = (low + high) // 2
        seen = render(QUALITIES[middle])
        if seen.ssim >= peer.ssim - SSIM_SLACK:
            best, high = (QUALITIES[middle], seen), middle
        else:
            low = middle + 1
    return best


def ssim(one: Luma, other: Luma) -> float:
    """Mean structural similarity (Wang et al. 2004), 8 × 8 windows, grey levels of 255."""
    a, b = _mean(one), _mean(other)
    ab = _mean(one * other) - a * b
    aa, bb = _mean(one * one) - a * a, _mean(other * other) - b * b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = (2 * a * b + c1) * (2 * ab + c2) / ((a * a + b * b + c1) * (aa + bb + c2))
    return float(values.mean())


def _mean(values: Luma) -> Luma:
    """The mean of every window, from sums along both axes: a window costs four look-ups."""
    sums = np.pad(values, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    windows = sums[SIDE:, SIDE:] - sums[:-SIDE, SIDE:] - sums[SIDE:, :-SIDE] + sums[:-SIDE, :-SIDE]
    result: Luma = windows / SIDE**2
    return result


def _luma(image: PIL.Image.Image) -> Luma:
    return np.asarray(image.convert("L"), dtype=np.float64)


def _srgb(image: PIL.Image.Image) -> PIL.Image.Image:
    """In sRGB, as a browser would show it, whether or not the server kept the profile."""
    profile = image.info.get("icc_profile")
    image = image.convert("RGB")
    if not profile:
        return image
    source = PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
    target = PIL.ImageCms.createProfile("sRGB")
    turned = PIL.ImageCms.profileToProfile(image, source, target)
    return turned if turned is not None else image
