"""From values as read to the fields of a spec, without all that changes nothing.

What is dropped here is no part of any cache key: a `crop` that nothing is cut by, a default spelt
out, a quality where the format has none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calotype.errors import BadParameter
from calotype.render.parameters import (
    DEFAULT_SIDE,
    FILLS,
    FLIPS,
    FORMATS,
    MAX_SIDE,
    ORIENTATIONS,
    SIDES,
)  # fmt: skip
from calotype.render.values import DIGITS

Values = dict[str, Any]

NEED_BOTH = frozenset({"crop", "fill", "scale", "clamp", "min"})
CUTS = frozenset({"crop", "min"})
FILLED = frozenset({"fill", "fillmax"})
DEFAULT_BOX = (DEFAULT_SIDE, DEFAULT_SIDE, "max")

_WITHOUT_QUALITY = frozenset({"png", "png8", "gif"})
_LOSSLESS = frozenset({"webp", "avif"})
_BY_CONTENT = ("focalpoint", "entropy", "attention", "edges")
_AXIS = {"top": "down", "bottom": "down", "left": "across", "right": "across"}
_SAME = {
    "bri": "bri", "con": "con", "exp": "exp", "gam": "gam", "high": "high", "shad": "shad",
    "sat": "sat", "vib": "vib", "sepia": "sepia", "invert": "invert",
    "tones": "tones", "blur": "blur",
    "sharp": "sharp", "usm": "usm", "monochrome": "monochrome", "page": "page", "frame": "frame",
    "rect": "rect", "bg": "bg", "dl": "download",
}  # fmt: skip


def fields(given: Values) -> Values:
    """The fields of the spec that differ from its defaults. Raises BadParameter."""
    format = FORMATS.get(given.get("fm", ""))
    if format == "json":
        # facts of the original: nothing that is done to a rendition shows in them
        return {"format": "json", **_picked(given, ("dl",))}
    found = {_SAME[name]: value for name, value in given.items() if value and name in _SAME}
    found |= _size(given)
    for names, read in _TOGETHER:
        if not names.isdisjoint(given):
            found |= read(given, found["fit"])
    if given.get("hue", 0) % 360:
        found["hue"] = given["hue"] % 360
    if found.get("usm") and "usmrad" in given:
        found["usmrad"] = given["usmrad"]
    if found.get("rect") == (0, 0, 1.0, 1.0):
        del found["rect"]
    if "pad" in found:
        _check_pad(found)
    elif (found.get("width"), found.get("height"), found["fit"]) == DEFAULT_BOX:
        found |= {"fit": "clip", "width": None, "height": None}
    return found | _output(given, format)


def _picked(given: Values, names: tuple[str, ...]) -> Values:
    return {_SAME[name]: given[name] for name in names if given.get(name)}


def _size(given: Values) -> Values:
    """Sides, and the fit that is left of the one asked for where a side is missing."""
    dpr = _dpr(given)
    found: Values = {"fit": given.get("fit", "clip")}
    for name, field in (("w", "width"), ("h", "height")):
        value = given.get(name)
        if isinstance(value, float):
            found[f"{field}_ratio"] = value
            found["dpr"] = dpr
        elif value is not None:
            found[field] = max(1, round(value * dpr))
    sides = [key for key in found if key not in ("fit", "dpr")]
    if "ar" in given and found["fit"] in CUTS and len(sides) < 2:
        found["ar"] = given["ar"]
    elif len(sides) < 2 and found["fit"] in NEED_BOTH:
        found["fit"] = "max" if sides and found["fit"] == "min" else "clip"
    if not sides and "ar" not in found:
        found["fit"] = "clip"
    return found


def _dpr(given: Values) -> float:
    """As asked for, or the most with which no side is past the longest there is."""
    dpr: float = given.get("dpr", 1.0)
    sides = [given[name] for name in ("w", "h") if isinstance(given.get(name), int)]
    return round(min(dpr, MAX_SIDE / max(sides, default=1)), DIGITS)


def _crop(given: Values, fit: str) -> Values:
    """The first of the list that can be done; of the edges, one for each axis."""
    if fit not in CUTS:
        return {}
    edges: dict[str, str] = {}
    for word in given.get("crop", ()):
        word = "attention" if word == "auto" else word
        if word in _AXIS:
            edges.setdefault(_AXIS[word], word)
        elif edges or word == "center":
            break
        elif word in _BY_CONTENT:
            return _focal(given) if word == "focalpoint" else {"crop": (word,)}
    return {"crop": tuple(sorted(edges.values()))} if edges else {}


def _focal(given: Values) -> Values:
    point = {f"fp_{axis}": given.get(f"fp-{axis}", default)
             for axis, default in (("x", 0.5), ("y", 0.5), ("z", 1.0))}  # fmt: skip
    return {} if point == {"fp_x": 0.5, "fp_y": 0.5, "fp_z": 1.0} else {
        "crop": ("focalpoint",), **point
    }  # fmt: skip


def _fill(given: Values, fit: str) -> Values:
    if fit not in FILLED:
        return {}
    if FILLS[given.get("fill", "solid")] == "blur":
        return {"fill": "blur"}
    paint = given.get("fill-color")
    # one that is seen through is painted with `bg` behind it, even of the same colour
    same = paint and paint == given.get("bg") and paint[3] == 255
    return {"fill_color": paint} if paint and not same else {}


def _trim(given: Values, fit: str) -> Values:
    trim = given["trim"]
    needs = {"auto": ("trim-md",), "alpha": ("trim-alpha",)}
    names = needs.get(trim, ("trim-color", "trim-tol"))
    found = {name.replace("-", "_"): given[name] for name in names if name in given}
    if given.get("trim-pad"):
        found["trim_pad"] = given["trim-pad"]
    return {"trim": trim, **found}


def _turn(given: Values, fit: str) -> Values:
    found: Values = {}
    if "or" in given:
        found["orient"] = ORIENTATIONS[given["or"]]
    if "flip" in given:
        found["flip"] = FLIPS[given["flip"]]
    turn = -given.get("rot", 0) % 360
    if turn:
        found |= {"rot": turn, "straighten": given.get("rot-type") != "pivot"}
    return found


def _frame(given: Values, fit: str) -> Values:
    """Padding and border, each side on its own or all from one."""
    found: Values = {}
    pad = tuple(given.get(f"pad-{side}", given.get("pad", 0)) for side in SIDES)
    if any(pad):
        found["pad"] = pad
    if "border" not in given:
        return found
    width, paint = given["border"]
    border = tuple(given.get(f"border-{side}", width) for side in SIDES)
    if any(border):
        found |= {"border": border, "border_color": paint}
        if any(given.get("border-radius", ())):
            found["border_radius"] = given["border-radius"]
    return found


def _mask(given: Values, fit: str) -> Values:
    mask = given["mask"]
    found: Values = {}
    if mask == "ellipse":
        found["mask"] = mask
    elif mask == "corners" and any(given.get("corner-radius", ())):
        found |= {"mask": mask, "corner_radius": given["corner-radius"]}
    if found and "mask-bg" in given:
        found["mask_bg"] = given["mask-bg"]
    return found


_FRAME = ("pad", "border", *(f"pad-{side}" for side in SIDES))
_TOGETHER: tuple[tuple[frozenset[str], Callable[[Values, str], Values]], ...] = (
    (frozenset({"crop"}), _crop),
    (frozenset({"fill", "fill-color"}), _fill),
    (frozenset({"trim"}), _trim),
    (frozenset({"or", "flip", "rot"}), _turn),
    (frozenset(_FRAME), _frame),
    (frozenset({"mask"}), _mask),
)
"""Parameters that are read together; each reader is called only where one of them is there."""


def _check_pad(found: Values) -> None:
    """The padding is part of w and h, so something must be left of them."""
    top, right, bottom, left = found["pad"]
    for side, taken in (("width", left + right), ("height", top + bottom)):
        if taken >= (found.get(side) or taken + 1):
            raise BadParameter("pad", f"less than the {side} that was asked for", taken)


def _output(given: Values, format: str | None) -> Values:
    found: Values = {}
    wanted = given.get("auto", ())
    if format:
        found["format"] = format
    if format == "blurhash":
        return found
    if format and "format" in wanted:
        found["auto"] = True
    fixed = format if "auto" not in found else None
    if given.get("lossless") and (fixed is None or fixed in _LOSSLESS):
        found["lossless"] = True
        if fixed:
            return found
    if fixed in _WITHOUT_QUALITY:
        return found
    if "q" in given:
        found["quality"] = given["q"]
    elif "compress" in wanted:
        found["compress"] = True
    return found
