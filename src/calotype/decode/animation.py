"""Animations, one frame in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calotype.decode.deadline import watched
from calotype.decode.header import ANIMATED, Header, header, open_lazily
from calotype.decode.limits import Limits
from calotype.decode.pixels import eight_bits
from calotype.decode.vips import VipsError, VipsImage, field
from calotype.errors import Refused, Unrenderable

_DELAY = 100
"""Milliseconds for a frame that states none, as browsers show it."""


@dataclass(frozen=True, slots=True)
class Animation:
    """`delays` in milliseconds, one a frame; `loop` is how often it plays, 0 for ever."""

    header: Header
    delays: list[int]
    loop: int
    _roll: VipsImage

    def frames(self) -> Iterator[VipsImage]:
        """Each frame in turn at its own size, sRGB, 8 bits, complete. Raises Unrenderable.

        Once only: the file is read forward.
        """
        width, height = self.header.width, self.header.height
        try:
            for i in range(self.header.frames):
                frame = self._roll.crop(0, i * height, width, height)
                yield watched(eight_bits(frame)).copy_memory()
        except VipsError:
            raise Unrenderable("The animation breaks under the decoder.") from None


def animation(data: bytes, limits: Limits) -> Animation:
    """Open a GIF or WebP with all its frames.

    Raises Refused as `header` does, or `not-an-image` for other formats, and Unrenderable.
    """
    found = header(data, limits)
    if found.format not in ANIMATED:
        raise Refused("not-an-image", f"A {found.format.upper()} is no animation.")
    try:
        roll = open_lazily(data, found.format, n=-1)
        delays = list(field(roll, "delay", ()))
        loop = field(roll, "loop", 0)
    except VipsError:
        raise Unrenderable("The animation breaks under the decoder.") from None
    delays = (delays + [_DELAY] * found.frames)[: found.frames]
    return Animation(found, delays, loop, roll)
