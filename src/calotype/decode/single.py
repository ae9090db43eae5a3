"""One frame of an animation, one page of a TIFF, at its own size."""

from __future__ import annotations

from itertools import islice

from calotype.decode.animation import animation
from calotype.decode.header import ANIMATED, header, open_lazily
from calotype.decode.limits import Limits
from calotype.decode.pixels import eight_bits, load, refit
from calotype.decode.vips import VipsError, VipsImage
from calotype.decode.whole import tiff_pages
from calotype.errors import BadParameter, Refused, Unrenderable


def frame(data: bytes, limits: Limits, number: int) -> VipsImage:
    """The frame with this number, from 1, in memory; what does not move has one.

    Raises BadParameter past the last, Refused as `header` does, and Unrenderable.
    """
    found = header(data, limits)
    if number > found.frames:
        raise BadParameter("frame", f"a whole number from 1 to {found.frames}", number)
    if found.format not in ANIMATED or found.frames == 1:
        return load(data, limits)
    return next(islice(animation(data, limits).frames(), number - 1, None))


def page(data: bytes, limits: Limits, number: int) -> VipsImage:
    """The page with this number, from 1, upright and in memory; all but a TIFF have one.

    Raises BadParameter past the last, Refused as `header` does, and Unrenderable.
    """
    found = header(data, limits)
    pages = tiff_pages(data, limits.max_pages) if found.format == "tiff" else 1
    if number > pages:
        raise BadParameter("page", f"a whole number from 1 to {pages}", number)
    if number == 1:
        return load(data, limits)
    try:
        image = open_lazily(data, "tiff", page=number - 1).autorot()
        if image.width * image.height > limits.max_pixels:
            raise Refused("too-many-pixels", f"The page is {image.width}×{image.height} pixels.")
        # turning is done: thumbnail converts the colours and must not turn it again
        upright = refit(image.copy_memory(), image.width, image.height, "exact")
        return eight_bits(upright).copy_memory()
    except VipsError:
        raise Unrenderable("The page breaks under the decoder.") from None
