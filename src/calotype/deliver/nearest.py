"""Which renditions of an image there are, so that a larger one can stand in for one that there is
no time to make.

Only what this process has rendered or sent is known: a hint that is looked up before it is
believed, forgotten least recently used first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

from calotype.model import Rendition
from calotype.render.spec import RenderSpec

_SIZE = frozenset({"width", "height", "width_ratio", "height_ratio", "dpr", "ar"})
_BYTES = frozenset({"format", "auto", "compress", "quality", "lossless", "download"})
_LEFT_OUT: dict[str, Any] = {
    field.name: field.default for field in fields(RenderSpec) if field.name in _SIZE | _BYTES
}


class Kept(NamedTuple):
    """One rendition: `look` is all of its spec but size, quality and format."""

    look: RenderSpec
    format: str
    width: int
    height: int


class Nearest:
    """Bounded in images and in renditions of each. Belongs to one event loop."""

    def __init__(self, images: int = 4096, each: int = 16) -> None:
        self._images, self._each = images, each
        self._kept: OrderedDict[str, OrderedDict[str, Kept]] = OrderedDict()

    def note(
        self, image_id: str, key: str, spec: RenderSpec, format: str, rendition: Rendition
    ) -> None:
        """There is this rendition, under this key."""
        of_image = self._kept.setdefault(image_id, OrderedDict())
        of_image[key] = Kept(look(spec), format, rendition.width, rendition.height)
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
        self, image_id: str, spec: RenderSpec, size: tuple[int, int], formats: Collection[str]
    ) -> Iterator[str]:
        """Keys of renditions that look the same at least as large as `size`, the nearest first.

        The proportions are those of `size`, to within the pixel that rounding moves them.
        """
        wanted = look(spec)
        found = [
            (kept.width, key)
            for key, kept in self._kept.get(image_id, OrderedDict[str, Kept]()).items()
            if kept.look == wanted and kept.format in formats and _enlarges(kept, *size)
        ]
        return (key for _, key in sorted(found))


def look(spec: RenderSpec) -> RenderSpec:
    """What a spec says beside size, quality and format. `max` shows the same as `clip`."""
    fit = "clip" if spec.fit == "max" else spec.fit
    return replace(spec, **_LEFT_OUT, fit=fit)


def _enlarges(kept: Kept, width: int, height: int) -> bool:
    if kept.width < width or kept.height < height:
        return False
    return abs(kept.height * width - height * kept.width) <= kept.width
