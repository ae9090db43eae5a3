"""A spec as the one query string that stands for it: `parse` of it gives the spec again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from calotype.render.colors import written as painted
from calotype.render.parameters import ORDER, SIDES
from calotype.render.values import shown

if TYPE_CHECKING:
    from calotype.render.spec import RenderSpec


Show = Callable[[Any], str]


def _list(values: tuple[object, ...]) -> str:
    return ",".join(str(value) for value in values)


def _share(value: float) -> str:
    """A ratio keeps its point: `1.0` is all of a side, `1` is one pixel."""
    return shown(value) if value % 1 else f"{value:.1f}"


def _rect(rect: tuple[Any, ...]) -> str:
    ends = {("center", 0): "center", ("center", 1): "middle", ("end", 0): "right",
            ("end", 1): "bottom"}  # fmt: skip
    parts = []
    for at, value in enumerate(rect):
        if isinstance(value, str):
            parts.append(ends[value, at])
        else:
            parts.append(_share(value) if isinstance(value, float) else str(value))
    return ",".join(parts)


_PLAIN: Mapping[str, tuple[str, Show]] = {
    "dpr": ("dpr", shown),
    "fit": ("fit", str), "crop": ("crop", _list),
    "fp-x": ("fp_x", shown), "fp-y": ("fp_y", shown), "fp-z": ("fp_z", shown),
    "rect": ("rect", _rect),
    "trim": ("trim", str), "trim-color": ("trim_color", painted), "trim-tol": ("trim_tol", shown),
    "trim-md": ("trim_md", shown),
    "trim-alpha": ("trim_alpha", shown), "trim-pad": ("trim_pad", str),
    "or": ("orient", str), "flip": ("flip", str), "page": ("page", str), "frame": ("frame", str),
    "bg": ("bg", painted), "fill": ("fill", str), "fill-color": ("fill_color", painted),
    "border-radius": ("border_radius", _list), "mask": ("mask", str),
    "corner-radius": ("corner_radius", _list), "mask-bg": ("mask_bg", painted),
    "bri": ("bri", str), "con": ("con", str), "exp": ("exp", str), "gam": ("gam", str),
    "high": ("high", str), "shad": ("shad", shown), "sat": ("sat", str), "vib": ("vib", str),
    "hue": ("hue", str), "monochrome": ("monochrome", painted), "sepia": ("sepia", str),
    "tones": ("tones", str), "blur": ("blur", str), "sharp": ("sharp", shown), "usm": ("usm", str),
    "usmrad": ("usmrad", shown), "fm": ("format", str), "q": ("quality", str),
    "dl": ("download", partial(quote, safe="")),
}  # fmt: skip


def written(spec: RenderSpec) -> str:
    """May be empty: that is the spec which asks for nothing."""
    found = _joined(spec)
    for value, default, (name, show) in zip(_values(spec), _defaults(), _SHOWN, strict=True):
        if value != default:
            found[name] = show(value)
    ordered = sorted(found.items(), key=lambda pair: _PLACES[pair[0]])
    return "&".join(f"{name}={text}" for name, text in ordered)


# one call for all fields: this runs for every request that is not answered from memory
_values = attrgetter(*(field for field, _ in _PLAIN.values()))
_SHOWN = tuple((name, show) for name, (_, show) in _PLAIN.items())
_PLACES = {name: place for place, name in enumerate(ORDER)}


@cache
def _defaults() -> tuple[Any, ...]:
    from calotype.render.spec import RenderSpec

    found: tuple[Any, ...] = _values(RenderSpec())
    return found


def _joined(spec: RenderSpec) -> dict[str, str]:
    """Fields that a parameter says together with others, or in another way."""
    found: dict[str, str] = {}
    for name, pixels, share in (
        ("w", spec.width, spec.width_ratio),
        ("h", spec.height, spec.height_ratio),
    ):
        if share:
            found[name] = _share(share)
        elif pixels is not None:
            # beside a share the dpr is written, and will be multiplied in again
            found[name] = str(max(1, round(pixels / spec.dpr)))
    if spec.ar:
        found["ar"] = f"{shown(spec.ar)}:1"
    if spec.rot:
        found["rot"] = shown(360 - spec.rot)
        if not spec.straighten:
            found["rot-type"] = "pivot"
    if spec.fill_color:
        found["fill"] = "solid"
    if any(spec.pad):
        found |= _sides("pad", spec.pad)
    if spec.border_color:
        found |= _sides("border", spec.border)
        found["border"] = f"{found.get('border', 0)},{painted(spec.border_color)}"
    auto = [word for word, on in (("format", spec.auto), ("compress", spec.compress)) if on]
    if auto:
        found["auto"] = ",".join(auto)
    for name, on in (("invert", spec.invert), ("lossless", spec.lossless)):
        if on:
            found[name] = "true"
    return found


def _sides(name: str, values: tuple[int, ...]) -> dict[str, str]:
    """One value where all sides have it, else each side that has any."""
    if len(set(values)) == 1:
        return {name: str(values[0])}
    return {
        f"{name}-{side}": str(value) for side, value in zip(SIDES, values, strict=True) if value
    }
