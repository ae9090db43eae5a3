"""What is asked of a rendition: imgix's parameters, parsed once into a frozen value.

What each parameter means is in docs/http.md; how it is read and in what bounds, in
`parameters`; what changes nothing and is dropped, in `simplest`; the sizes that follow, in
`geometry`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qsl

from calotype.render import canonical, parameters, simplest
from calotype.render.colors import Color
from calotype.render.parameters import (
    DEFAULT_SIDE,
    FITS,
    FORMATS,
    MAX_BLUR,
    MAX_SIDE,
    ORDER,
    TONES,
    decoded,
    known,
)  # fmt: skip
from calotype.render.values import Rect

__all__ = [
    "DEFAULT_SIDE", "FACTS", "FITS", "FORMATS", "MAX_SIDE", "ORDER", "TONES", "RenderSpec",
    "decoded", "known",
]  # fmt: skip

FACTS = frozenset({"json", "blurhash"})
"""Formats that say something of the image and are no image."""

Sides = tuple[int, int, int, int]
"""Top, right, bottom, left, in pixels."""


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """One rendition's description. The defaults ask for nothing.

    Always in its simplest form when it comes from `parse`: two specs that give the same pixels
    are equal wherever that can be told without the image.

    - `width`, `height`: pixels of the result, `dpr` multiplied in. Where a share of the original
      was asked for instead they are None, and `width_ratio`, `height_ratio` have it; `dpr` is 1
      unless one of them is there.
    - `ar`: width / height, which gives the side that is missing.
    - `crop`: in order of preference, only what can be done, only where `fit` cuts: at most one
      word for each axis, or one of `focalpoint`, `entropy`, `attention`, `edges`.
    - `rect`: the region of the upright original that is used at all: ints are pixels, floats
      shares, `center` and `end` places. `orient`: an EXIF orientation, instead of the file's own.
    - `flip` (`h`, `v`, `hv`) and then `rot` come after sizing. `rot` is in degrees CLOCKWISE;
      imgix's `rot` turns the other way. With `straighten`, as imgix does it, the frame stays and
      the image is enlarged until it covers it; without it the frame grows to hold all.
    - `page` of a TIFF and `frame` of an animation count from 1.
    - `tones`: `gray` leaves no colours, `bitonal` only black and white.
    - Colours are (red, green, blue, alpha), 0 to 255.
    """

    width: int | None = None
    height: int | None = None
    width_ratio: float | None = None
    height_ratio: float | None = None
    dpr: float = 1.0
    ar: float | None = None
    fit: str = "clip"
    crop: tuple[str, ...] = ()
    fp_x: float = 0.5
    fp_y: float = 0.5
    fp_z: float = 1.0
    rect: Rect | None = None
    trim: str | None = None
    trim_color: Color | None = None
    trim_tol: float | None = None
    trim_md: float | None = None
    trim_alpha: float | None = None
    trim_pad: int = 0
    orient: int | None = None
    flip: str | None = None
    rot: float = 0.0
    straighten: bool = False
    page: int | None = None
    frame: int | None = None
    bg: Color | None = None
    fill: str | None = None
    fill_color: Color | None = None
    pad: Sides = (0, 0, 0, 0)
    border: Sides = (0, 0, 0, 0)
    border_color: Color | None = None
    border_radius: Sides = (0, 0, 0, 0)
    mask: str | None = None
    corner_radius: Sides = (0, 0, 0, 0)
    mask_bg: Color | None = None
    bri: int = 0
    con: int = 0
    exp: int = 0
    gam: int = 0
    high: int = 0
    shad: float = 0.0
    sat: int = 0
    vib: int = 0
    hue: int = 0
    monochrome: Color | None = None
    sepia: int = 0
    invert: bool = False
    tones: str | None = None
    blur: int = 0
    sharp: float = 0.0
    usm: int = 0
    usmrad: float | None = None
    format: str | None = None
    auto: bool = False
    compress: bool = False
    quality: int | None = None
    lossless: bool = False
    download: str | None = None

    @classmethod
    def parse(cls, params: Mapping[str, str]) -> Self:
        """Read the parameters we know and ignore all others. Raises BadParameter."""
        return cls(**simplest.fields(parameters.read(params)))

    @property
    def canonical(self) -> str:
        """The one query string for this spec, e.g. `w=800&h=600&fit=crop&fm=webp`; may be empty."""
        return canonical.written(self)

    @property
    def pixels(self) -> Self:
        """The spec without what only the headers need: equal ones share one rendition."""
        return self if self.download is None else replace(self, download=None)

    @property
    def simplified(self) -> Self:
        """The same without what changes nothing, as `parse` gives it. Raises BadParameter."""
        return self.parse(dict(parse_qsl(self.canonical)))

    def scaled(self, factor: float) -> Self:
        """For sides that are larger or smaller by `factor`: what else is in pixels of the result
        goes along, so that it looks the same.

        What sharpens stays: it is for the pixels that are delivered, however many there are.
        """
        pad = _scaled(self.pad, factor, 0)  # in all no more than the sides have room for
        return replace(
            self,
            pad=pad,
            border=_scaled(self.border, factor, 1),
            border_radius=_scaled(self.border_radius, factor, 1),
            corner_radius=_scaled(self.corner_radius, factor, 1),
            blur=min(MAX_BLUR, max(1, round(self.blur * factor))) if self.blur else 0,
        )

    @property
    def negotiated(self) -> bool:
        """Whether the format depends on what the client accepts."""
        return self.format is None or self.auto


def _scaled(values: Sides, factor: float, least: int) -> Sides:
    """Rounded down; what is there at all is `least` at least."""
    top, right, bottom, left = (
        min(MAX_SIDE, max(least, math.floor(value * factor))) if value else 0 for value in values
    )
    return top, right, bottom, left
