"""The names of all parameters, in canonical order, each with how its value is read.

Bounds are imgix's where it states a strict range, and its suggested range where it would clamp:
here what is out of bounds is an error.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from calotype.errors import BadParameter
from calotype.render.colors import BOUND, color
from calotype.render.values import (
    Reader,
    flag,
    number,
    one_of,
    ratio,
    rect,
    side,
    some_of,
    whole,
)  # fmt: skip

MAX_SIDE = 8192
DEFAULT_SIDE = 1600
"""Where no size is asked for, the image fits in a square of this side and is never enlarged."""
MAX_BLUR = 2000

FITS = {
    "clip": "fits within w × h, enlarged where it is smaller",
    "max": "the same, never enlarged",
    "crop": "fills w × h, what is over is cut off where `crop` says",
    "fill": "fits within w × h, the rest is filled as `fill` says",
    "scale": "stretched to w × h, proportions lost",
    "clamp": "fits within w × h, the rest repeats the pixels of the edge",
    "fillmax": "as fill, but never enlarged",
    "min": "has the proportions of w × h, cut as for crop, never enlarged",
    "facearea": "no faces are looked for: as what follows in a list, else as crop",
}
FORMATS = {
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "pjpg": "jpeg",
    "png": "png",
    "webp": "webp",
    "avif": "avif",
    "gif": "gif",
    "png8": "png8",
    "png32": "png",
    "json": "json",
    "blurhash": "blurhash",
}
"""What `fm` may say, and the format it means."""

CROPS = ("top", "bottom", "left", "right", "center", "faces", "focalpoint", "entropy", "attention",
         "edges", "auto")  # fmt: skip
FILLS = {"solid": "solid", "blur": "blur", "gen": "blur", "generative": "blur"}
"""Nothing is invented here: where imgix would generate, its fall-back is shown, the blur."""
AUTO = ("format", "compress", "enhance", "redeye")
TRIMS = ("auto", "color", "alpha", "colorunlessalpha")
FLIPS = {"h": "h", "v": "v", "hv": "hv", "vh": "hv"}
TONES = ("gray", "bitonal")
"""Of our own, for IIIF: imgix has no way to say either."""
ORIENTATIONS = {"0": 1, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8": 8,
                "90": 6, "180": 3, "270": 8}  # fmt: skip
SIDES = ("top", "right", "bottom", "left")

_signed = whole(-100, 100)
_percent = whole(0, 100)
_inset = whole(0, MAX_SIDE)


def _fit(name: str, text: str) -> str:
    """imgix takes `facearea,fill`: what to do where there is no face."""
    first, _, second = text.partition(",")
    wanted = (second or "crop") if first == "facearea" else text
    if wanted not in FITS or (second and wanted == "facearea"):
        raise BadParameter(name, "one of " + ", ".join(FITS), text)
    return wanted


def _border(name: str, text: str) -> tuple[int, tuple[int, int, int, int]]:
    width, _, paint = text.partition(",")
    try:
        return _inset(name, width), color(name, paint or "000")
    except BadParameter:
        bound = f"width,colour, such as 5,f00: a whole number from 0 to {MAX_SIDE}, and {BOUND}"
        raise BadParameter(name, bound, text) from None


def _radius(name: str, text: str) -> tuple[int, ...]:
    """One for all corners, or four, clockwise from the top left."""
    parts = text.split(",")
    if len(parts) not in (1, 4):
        raise BadParameter(name, "one whole number or four", text)
    found = tuple(_inset(name, part) for part in parts)
    return found * 4 if len(found) == 1 else found


def _download(name: str, text: str) -> str:
    """A file name; what it may not hold is taken out where the header is written."""
    if len(text) > 255 or any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise BadParameter(name, "a file name of at most 255 printable characters", text)
    return text


READERS: Mapping[str, Reader] = {
    "w": side(MAX_SIDE), "h": side(MAX_SIDE), "dpr": number(0.5, 5), "ar": ratio,
    "fit": _fit, "crop": some_of(CROPS),
    "fp-x": number(0, 1), "fp-y": number(0, 1), "fp-z": number(1, 100),
    "rect": rect,
    "trim": one_of(TRIMS), "trim-color": color, "trim-tol": number(0, 255),
    "trim-md": number(0, 255), "trim-sd": number(0, 255), "trim-pad": whole(-200, 200),
    "trim-alpha": number(0, 255),
    "or": one_of(ORIENTATIONS), "flip": one_of(FLIPS), "rot": number(0, 360),
    "rot-type": one_of(("straighten", "pivot")),
    "page": whole(1, 100_000), "frame": whole(1, 100_000),
    "bg": color, "fill": one_of(FILLS), "fill-color": color,
    "pad": _inset, "pad-top": _inset, "pad-right": _inset, "pad-bottom": _inset,
    "pad-left": _inset,
    "border": _border, "border-top": _inset, "border-right": _inset, "border-bottom": _inset,
    "border-left": _inset, "border-radius": _radius,
    "mask": one_of(("ellipse", "corners")), "corner-radius": _radius, "mask-bg": color,
    "bri": _signed, "con": _signed, "exp": _signed, "gam": _signed, "high": whole(-100, 0),
    "shad": number(0, 100), "sat": _signed, "vib": _signed, "hue": whole(0, 360),
    "monochrome": color, "sepia": _percent, "invert": flag,
    "tones": one_of(TONES),
    "blur": whole(0, MAX_BLUR), "sharp": number(0, 100), "usm": _signed,
    "usmrad": number(0, 100),
    "fm": one_of(FORMATS), "auto": some_of(AUTO), "q": whole(1, 100), "lossless": flag,
    "dl": _download,
}  # fmt: skip

ORDER = tuple(READERS)
"""The canonical order, and that of every URL we build."""

ALIASES = {
    "f": "fit", "orient": "or", "inv": "invert", "mono": "monochrome", "hue-rotate": "hue",
    "usm-rad": "usmrad", "rottype": "rot-type", "rott": "rot-type", "fillcolor": "fill-color",
    "trimcolor": "trim-color", "trimtol": "trim-tol", "trimmd": "trim-md", "trimsd": "trim-sd",
    "trimpad": "trim-pad", "maskbg": "mask-bg",
}  # fmt: skip
"""imgix's other spellings; not `width` and `height`, which are filters of a search here."""

_NAMES = {**{name: name for name in ORDER}, **ALIASES}
_BASE64 = re.compile(r"[A-Za-z0-9_-]*={0,2}", re.ASCII)


def known(name: str) -> str | None:
    """The parameter that this spelling means, `w64` and aliases too; None for all others."""
    return _NAMES.get(name) or _NAMES.get(name.removesuffix("64"))


def decoded(name: str, text: str) -> str:
    """The value of a `<name>64`: base64url (RFC 4648 §5), padded or not, of UTF-8."""
    try:
        if not _BASE64.fullmatch(text):
            raise ValueError
        bare = text.rstrip("=")
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)).decode()
    except (ValueError, binascii.Error):
        raise BadParameter(name, "base64url of UTF-8", text) from None


def read(params: Mapping[str, str]) -> dict[str, object]:
    """Every parameter that we know, read; all others are ignored. Raises BadParameter."""
    found: dict[str, object] = {}
    for given, text in params.items():
        name = known(given)
        if name is None:
            continue
        if name in found:
            spelt = " and ".join(each for each in params if known(each) == name)
            raise BadParameter(name, f"given once, not as both {spelt}", text)
        if given not in _NAMES:
            text = decoded(given, text)
        found[name] = READERS[name](name, text)
    return found
