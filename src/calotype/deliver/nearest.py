"""Which renditions of an image there are, so that a larger one can stand in for one that there is
no time to make.

Only what this process has rendered or sent is known: a hint that is looked up before it is
believed, forgotten least recently used first.

What is in pixels of the result (padding, borders, radii, blur) shows the same only where it is
larger by as much as the sides are. What sharpens the finest detail is for the pixels that are sent,
and stays.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

from calotype.deliver.verified import Stored
from calotype.model import Rendition
from calotype.render.spec import RenderSpec

_SIZE = frozenset({"width", "height", "width_ratio", "height_ratio", "dpr", "ar"})
_BYTES = frozenset({"format", "auto", "compress", "quality", "lossless", "download"})
_LEFT_OUT: dict[str, Any] = {
    field.name: field.default for field in fields(RenderSpec) if field.name in _SIZE | _BYTES
}


_IN_PIXELS = ("pad", "border", "border_radius", "corner_radius", "blur", "usmrad")
_WITHOUT: dict[str, Any] = {
    field.name: field.default for field in fields(RenderSpec) if field.name in _IN_PIXELS
}
_USMRAD = 2.5
"""Of `usm` where no radius is given."""
_NOTHING = (0.0,) * 18


class Kept(NamedTuple):
    """One rendition. `look` is all of its spec but size, quality, format, and what is in pixels,
    which `pixels` has. `free`: nobody needs a signature for it."""

    look: RenderSpec
    pixels: tuple[float, ...]
    format: str
    width: int
    height: int
    free: bool


class Nearest:
    """Bounded in images and in renditions of each. Belongs to one event loop."""

    def __init__(self, images: int = 4096, each: int = 16) -> None:
        self._images, self._each = images, each
        self._kept: OrderedDict[str, OrderedDict[str, Kept]] = OrderedDict()

    def note(
        self,
        image_id: str,
        key: str,
        spec: RenderSpec,
        format: str,
        rendition: Rendition | Stored,
        free: bool = True,
    ) -> None:
        """There is this rendition, under this key. Once it was `free` it is so for good."""
        of_image = self._kept.setdefault(image_id, OrderedDict())
        free = free or (key in of_image and of_image[key].free)
        of_image[key] = Kept(
            replace(look(spec), **_WITHOUT),
            _pixels(spec),
            format,
            rendition.width,
            rendition.height,
            free,
        )
        of_image.move_to_end(key)
        self._kept.move_to_end(image_id)
        if len(of_image) > self._each:
            of_image.popitem(last=False)
        if len(self._kept) > self._images:
            self._kept.popitem(last=False)

    def forget(self, image_id: str, key: str) -> None:
        """It is there no more."""
        if image_id in self._kept:
            self._kept[image_id].pop(key, None)

    def larger(
        self,
        image_id: str,
        spec: RenderSpec,
        size: tuple[int, int],
        formats: Collection[str],
        free: bool = False,
    ) -> Iterator[str]:
        """Keys of renditions that look the same at least as large as `size`, the nearest first.

        The proportions are those of `size`, to within the pixel that rounding moves them. `free`:
        only those that nobody needs a signature for.
        """
        wanted, pixels = replace(look(spec), **_WITHOUT), _pixels(spec)
        found = [
            (kept.width, key)
            for key, kept in self._kept.get(image_id, OrderedDict[str, Kept]()).items()
            if kept.look == wanted
            and kept.format in formats
            and kept.free >= free
            and _enlarges(kept, *size)
            and _grown(kept, pixels, size[0])
        ]
        return (key for _, key in sorted(found))


def look(spec: RenderSpec) -> RenderSpec:
    """What a spec says beside size, quality and format. `max` shows the same as `clip`."""
    fit = "clip" if spec.fit == "max" else spec.fit
    return replace(spec, **_LEFT_OUT, fit=fit)


def _pixels(spec: RenderSpec) -> tuple[float, ...]:
    """All that is in pixels of the result; of `usm` the radius where that is more than the finest
    detail: where one was given, or where it softens."""
    radius = (spec.usmrad or _USMRAD) if spec.usmrad or spec.usm < 0 else 0.0
    frame = (*spec.pad, *spec.border, *spec.border_radius, *spec.corner_radius)
    found = (*frame, spec.blur, radius)
    return found if any(found) else _NOTHING  # nearly always: one for all of them


def _grown(kept: Kept, pixels: tuple[float, ...], width: int) -> bool:
    """Whether all of them are larger by as much as the width is, but for the pixel that rounding
    takes of what is seen; and none is there in one of the two alone."""
    factor = kept.width / width
    return all(
        bool(large) == bool(small) and abs(large / factor - small) < 1
        for large, small in zip(kept.pixels, pixels, strict=True)
    )


def _enlarges(kept: Kept, width: int, height: int) -> bool:
    if kept.width < width or kept.height < height:
        return False
    return abs(kept.height * width - height * kept.width) <= kept.width
