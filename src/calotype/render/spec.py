"""What may be asked of a rendition: imgix's parameters, parsed once into a frozen value.

`w` and `h`   pixels, 1 to 8192
`dpr`         multiplies both, 0.5 to 5; the product stays within 8192
`fit`         how the image meets w × h, see `FITS`
`fm`          output format; without it the format is negotiated
`q`           quality, 1 to 100; without it each format's own
`auto`        `format`: negotiate, and `fm` is what clients get that accept neither AVIF nor WebP
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from calotype.errors import BadParameter

MAX_SIDE = 8192
DEFAULT_SIDE = 1600
"""Where no size is asked for, the image fits in a square of this side and is never enlarged."""

FITS = {
    "clip": "fits within w × h, enlarged where it is smaller",
    "max": "the same, never enlarged",
    "crop": "fills w × h, what is over is cut off evenly on both sides",
    "fill": "fits within w × h, the rest is white, or transparent where the image has alpha",
    "scale": "stretched to w × h, proportions lost",
}
FORMATS = {
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "pjpg": "jpeg",
    "png": "png",
    "webp": "webp",
    "avif": "avif",
    "gif": "gif",
}
"""What `fm` may say, and the format it means."""

_NEED_BOTH = ("crop", "fill", "scale")
_WITHOUT_QUALITY = ("png", "gif")
_AUTO = ("format", "compress", "enhance", "redeye")
_INTEGER = re.compile(r"[0-9]{1,6}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """One rendition's description; `dpr` is already multiplied into `width` and `height`.

    Always in its simplest form: two specs that give the same pixels are equal wherever that can
    be told without the image.
    """

    width: int | None = None
    height: int | None = None
    fit: str = "clip"
    format: str | None = None
    auto: bool = False
    quality: int | None = None

    @classmethod
    def parse(cls, params: Mapping[str, str]) -> Self:
        """Read the parameters we know and ignore all others. Raises BadParameter."""
        width = _integer(params, "w", MAX_SIDE)
        height = _integer(params, "h", MAX_SIDE)
        width, height = _scaled(width, height, params.get("dpr"))
        fit = _one_of(params, "fit", FITS) or "clip"
        fm = _one_of(params, "fm", FORMATS)
        quality = _integer(params, "q", 100)
        auto = _auto(params.get("auto"))
        format = FORMATS[fm] if fm else None
        return cls._simplest(width, height, fit, format, auto, quality)

    @classmethod
    def _simplest(
        cls, width: int | None, height: int | None, fit: str,
        format: str | None, auto: bool, quality: int | None,
    ) -> Self:  # fmt: skip
        """Drop what changes nothing: a fit without its sides, the defaults when spelt out."""
        if (fit in _NEED_BOTH and not (width and height)) or not (width or height):
            fit = "clip"
        if (width, height, fit) == (DEFAULT_SIDE, DEFAULT_SIDE, "max"):
            width, height, fit = None, None, "clip"
        auto = auto and format is not None
        if format in _WITHOUT_QUALITY and not auto:
            quality = None
        return cls(width, height, fit, format, auto, quality)

    @property
    def canonical(self) -> str:
        """The one query string for this spec, e.g. `w=800&h=600&fit=crop&fm=webp`; may be empty."""
        values = {
            "w": self.width,
            "h": self.height,
            "fit": None if self.fit == "clip" else self.fit,
            "fm": self.format,
            "auto": "format" if self.auto else None,
            "q": self.quality,
        }
        return "&".join(f"{key}={value}" for key, value in values.items() if value is not None)

    @property
    def negotiated(self) -> bool:
        """Whether the format depends on what the client accepts."""
        return self.format is None or self.auto


def _integer(params: Mapping[str, str], name: str, most: int) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not _INTEGER.fullmatch(text) or not 1 <= int(text) <= most:
        raise BadParameter(name, f"a whole number from 1 to {most}", text)
    return int(text)


def _one_of(params: Mapping[str, str], name: str, choices: Mapping[str, str]) -> str | None:
    text = params.get(name)
    if text is not None and text not in choices:
        raise BadParameter(name, "one of " + ", ".join(choices), text)
    return text


def _scaled(
    width: int | None, height: int | None, dpr: str | None
) -> tuple[int | None, int | None]:
    if dpr is None:
        return width, height
    if not _DECIMAL.fullmatch(dpr) or not 0.5 <= float(dpr) <= 5:
        raise BadParameter("dpr", "a number from 0.5 to 5", dpr)
    ratio = float(dpr)
    sides = tuple(None if side is None else max(1, round(side * ratio)) for side in (width, height))
    if max(side or 0 for side in sides) > MAX_SIDE:
        raise BadParameter("dpr", f"such that w and h times dpr are at most {MAX_SIDE}", dpr)
    return sides[0], sides[1]


def _auto(text: str | None) -> bool:
    """imgix takes a list; of its values only `format` means something here so far."""
    if text is None:
        return False
    values = text.split(",")
    if any(value not in _AUTO for value in values):
        raise BadParameter("auto", "a list of " + ", ".join(_AUTO), text)
    return "format" in values
