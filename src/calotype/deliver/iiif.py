"""The IIIF Image API 3.0 (https://iiif.io/api/image/3.0/), level 2, as renditions.

`Asked.parse` reads the path of a URI, which knows nothing of any image; `Asked.of` settles it for
the image's size and our bounds: pixels, the canonical path, and the `RenderSpec` that gives them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NamedTuple, Self

from calotype.errors import BadParameter, NotImplementedHere
from calotype.render.spec import MAX_SIDE, RenderSpec

FORMATS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif",
           "gif": "image/gif"}  # fmt: skip
ABSENT_FORMATS = frozenset({"tif", "jp2", "pdf"})
"""Those that the specification names and we do not encode: 501, and not 400 (§7)."""

QUALITIES = ("default", "color", "gray", "bitonal")
_ANIMATED = frozenset({"gif", "webp"})
_TONES = frozenset({"gray", "bitonal"})

_INT = "([0-9]{1,6})"
_NUMBER = r"([0-9]{1,6}(?:\.[0-9]{1,10})?)"
_REGION = re.compile(f"{_INT},{_INT},{_INT},{_INT}", re.ASCII)
_PERCENT = re.compile(f"pct:{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}", re.ASCII)
_SIZE = re.compile(rf"(\^?)(?:(max)|pct:{_NUMBER}|(!?){_INT}?,{_INT}?)", re.ASCII)
_ROTATION = re.compile(rf"(!?){_NUMBER}", re.ASCII)

_REGION_BOUND = "full, square, x,y,w,h in pixels, or pct:x,y,w,h, with w and h above 0"
_SIZE_BOUND = "max, w,h or w, or ,h or !w,h in pixels, at least 1, or pct:n; ^ before it to enlarge"
_ROTATION_BOUND = "degrees from 0 to 360, ! before them to mirror"

Size = tuple[int, int]


class Region(NamedTuple):
    """A rectangle in pixels of the upright image, wholly inside it."""

    left: int
    top: int
    width: int
    height: int


class Bounds(NamedTuple):
    """The largest that is delivered: pixels of a side, and of all together."""

    side: int
    area: int

    @classmethod
    def within(cls, max_output_pixels: int) -> Self:
        return cls(MAX_SIDE, max_output_pixels)

    def largest(self, width: int, height: int, *, enlarge: bool = False) -> Size:
        """The largest size of these proportions; not above the given one unless `enlarge`."""
        scale = min(self.side / width, self.side / height, math.sqrt(self.area / width / height))
        if scale >= 1 and not enlarge:
            return width, height
        return max(1, math.floor(width * scale)), max(1, math.floor(height * scale))

    def hold(self, width: float, height: float) -> bool:
        return max(width, height) <= self.side and width * height <= self.area


@dataclass(frozen=True, slots=True)
class Settled:
    """What an image is asked for, in its own pixels.

    `whole`: the region is all of the image. `largest`: the size is what `max` (or `^max`) gives.
    `degrees` are clockwise, after mirroring left and right.
    """

    region: Region
    whole: bool
    size: Size
    largest: bool
    mirrored: bool
    degrees: float
    quality: str
    format: str

    @property
    def path(self) -> str:
        """The canonical path below the image's base URI (§4.7)."""
        region = "full" if self.whole else ",".join(map(str, self.region))
        size = "max" if self.largest else f"{self.size[0]},{self.size[1]}"
        enlarged = self.size[0] > self.region.width or self.size[1] > self.region.height
        rotation = ("!" if self.mirrored else "") + _shown(self.degrees)
        quality = self.quality if self.quality in _TONES else "default"
        return f"{region}/{'^' * enlarged}{size}/{rotation}/{quality}.{self.format}"

    def spec(self, animated: bool) -> RenderSpec:
        """The rendition; a still one of an `animated` image, whose tiles would not keep step."""
        width, height = self.size
        wanted = {"w": str(width), "h": str(height), "fit": "scale", "fm": self.format}
        if not self.whole:
            wanted["rect"] = ",".join(map(str, self.region))
        if self.mirrored:
            wanted["flip"] = "h"
        if self.degrees:
            # imgix turns the other way
            wanted |= {"rot": _shown(360 - self.degrees), "rot-type": "pivot"}
        if self.quality in _TONES:
            wanted["tones"] = self.quality
        if animated and self.format in _ANIMATED:
            wanted["frame"] = "1"
        return RenderSpec.parse(wanted)


@dataclass(frozen=True, slots=True)
class Asked:
    """The five parts of a path, read but not yet held against an image.

    - `region`: `full`, `square`, `px` or `pct`, with the numbers of the last two.
    - `size`: `max`, `pct` or `wh`, with the numbers (0 is a side left out); `confined` is `!`.
    """

    region: tuple[str, tuple[float, ...]]
    size: tuple[str, tuple[float, ...]]
    confined: bool
    enlarge: bool
    mirrored: bool
    degrees: float
    quality: str
    format: str
    written: str

    @classmethod
    def parse(cls, region: str, size: str, rotation: str, quality: str, format: str) -> Self:
        """Raises BadParameter, and NotImplementedHere for a format that others may have."""
        kind, numbers, confined, enlarge = _size(size)
        turn = _ROTATION.fullmatch(rotation)
        if turn is None or float(turn[2]) > 360:
            raise BadParameter("rotation", _ROTATION_BOUND, rotation)
        if quality not in QUALITIES:
            raise BadParameter("quality", "one of " + ", ".join(QUALITIES), quality)
        if format in ABSENT_FORMATS:
            raise NotImplementedHere(f"{format} is not delivered here, but {', '.join(FORMATS)}.")
        if format not in FORMATS:
            raise BadParameter("format", "one of " + ", ".join(FORMATS), format)
        degrees = round(float(turn[2]), 6) % 360
        return cls(_region(region), (kind, numbers), confined, enlarge, bool(turn[1]), degrees,
                   quality, format, size)  # fmt: skip

    def of(self, width: int, height: int, bounds: Bounds) -> Settled:
        """For an image of this size. Raises BadParameter where region or size are out of it."""
        region = self._cut(width, height)
        size = self._scaled(region, bounds)
        self._check_turned(size, bounds)
        most = [bounds.largest(*region[2:], enlarge=enlarge) for enlarge in (False, True)]
        return Settled(region, region == (0, 0, width, height), size, size in most,
                       self.mirrored, self.degrees, self.quality, self.format)  # fmt: skip

    def _cut(self, width: int, height: int) -> Region:
        kind, numbers = self.region
        if kind == "full":
            return Region(0, 0, width, height)
        if kind == "square":
            side = min(width, height)
            return Region((width - side) // 2, (height - side) // 2, side, side)
        if kind == "pct":
            sides = (width, height) * 2
            numbers = tuple(n * side / 100 for n, side in zip(numbers, sides, strict=True))
        left, top, across, down = (_rounded(number) for number in numbers)
        region = Region(left, top, min(across, width - left), min(down, height - top))
        if region.width < 1 or region.height < 1:
            bound = f"at least partly within the image, {width}×{height} pixels"
            raise BadParameter("region", bound, ",".join(_shown(n) for n in self.region[1]))
        return region

    def _scaled(self, region: Region, bounds: Bounds) -> Size:
        """The size; without `^` never above the region's, and always within the bounds."""
        whole = (region.width, region.height)
        kind, numbers = self.size
        if kind == "max":
            return bounds.largest(*whole, enlarge=self.enlarge)
        if kind == "pct":
            size = (_rounded(whole[0] * numbers[0] / 100), _rounded(whole[1] * numbers[0] / 100))
        else:
            size = _sides(int(numbers[0]), int(numbers[1]), whole, self.confined)
        if not self.enlarge and (size[0] > whole[0] or size[1] > whole[1]):
            # §4.2 would let `!w,h` stop at the region's size; its validator wants this error
            bound = f"at most the region's size, {whole[0]}×{whole[1]}, or begin with ^"
            raise BadParameter("size", bound, self.written)
        if self.confined and not bounds.hold(*size):
            return bounds.largest(*whole, enlarge=True)
        if min(size) < 1 or not bounds.hold(*size):
            bound = f"such that sides are from 1 to {bounds.side}, and pixels at most {bounds.area}"
            raise BadParameter("size", bound, self.written)
        return size

    def _check_turned(self, size: Size, bounds: Bounds) -> None:
        cos, sin = (abs(f(math.radians(self.degrees))) for f in (math.cos, math.sin))
        turned = (size[0] * cos + size[1] * sin, size[0] * sin + size[1] * cos)
        if self.degrees % 90 and math.prod(map(math.ceil, turned)) > bounds.area:
            bound = f"such that all of the turned image has at most {bounds.area} pixels"
            raise BadParameter("rotation", bound, _shown(self.degrees))


def _region(text: str) -> tuple[str, tuple[float, ...]]:
    if text in ("full", "square"):
        return text, ()
    numbers: tuple[float, ...] = ()
    if found := _REGION.fullmatch(text):
        kind, numbers = "px", tuple(int(number) for number in found.groups())
    elif found := _PERCENT.fullmatch(text):
        kind, numbers = "pct", tuple(float(number) for number in found.groups())
    if numbers and all(numbers[2:]):
        return kind, numbers
    raise BadParameter("region", _REGION_BOUND, text)


def _size(text: str) -> tuple[str, tuple[float, ...], bool, bool]:
    """(kind, numbers, confined, enlarge)"""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise BadParameter("size", _SIZE_BOUND, text)
    enlarge, largest, percent, confined, width, height = found.groups()
    if largest:
        return "max", (), False, bool(enlarge)
    if percent:
        return "pct", (float(percent),), False, bool(enlarge)
    given = [int(side) for side in (width, height) if side is not None]
    if not all(given) or len(given) < (2 if confined else 1):
        raise BadParameter("size", _SIZE_BOUND, text)
    return "wh", (int(width or 0), int(height or 0)), bool(confined), bool(enlarge)


def _sides(width: int, height: int, whole: Size, confined: bool) -> Size:
    """A side left out keeps the proportions; where confined, the larger one gives way."""
    if confined:
        across = width * whole[1] <= height * whole[0]
        width, height = (width, 0) if across else (0, height)
    return (
        width or _rounded(whole[0] * height / whole[1]),
        height or _rounded(whole[1] * width / whole[0]),
    )


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


def _shown(value: float) -> str:
    """The shortest decimal notation: no trailing zeros, a leading one below 1 (§4.7)."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
