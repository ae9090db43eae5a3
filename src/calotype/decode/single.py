"""One frame of an animation, one page of a TIFF, at its own size."""

from __future__ import annotations

from itertools import islice

from calotype.decode.animation import animation
from calotype.decode.header import ANIMATED, check_pixels, header, open_lazily
from calotype.decode.limits import Limits
from calotype.decode.pixels import eight_bits, in_memory, load, refit
from calotype.decode.vips import VipsError, VipsImage, field
from calotype.decode.whole import tiff_pages
from calotype.errors import BadParameter, Unrenderable


def numbered(what: str, count: int) -> str:
    """The bound of a number of `count` pages or frames."""
    return f"1: the image has one {what}" if count == 1 else f"a whole number from 1 to {count}"


def frame(data: bytes, limits: Limits, number: int) -> VipsImage:
    """The frame with this number, from 1, in memory; what does not move has one.

    Raises BadParameter past the last, Refused as `header` does, and Unrenderable.
    """
    found = header(data, limits)
    if number > found.frames:
        raise BadParameter("frame", numbered("frame", found.frames), number)
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
        raise BadParameter("page", numbered("page", pages), number)
    if number == 1:
        return load(data, limits)
    try:
        image = open_lazily(data, "tiff", page=number - 1)
        check_pixels(image, "tiff", limits)
        sides = (image.width, image.height)
        width, height = sides[::-1] if field(image, "orientation", 1) in range(5, 9) else sides
        return in_memory(eight_bits(refit(image, width, height, "exact")))
    except VipsError:
        raise Unrenderable("The page breaks under the decoder.") from None
