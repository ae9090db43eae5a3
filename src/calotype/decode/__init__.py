"""The one guarded way from bytes that nobody vouches for to pixels.

    sniff     which format, by content alone
    whole     is the end of the file there
    svg       what a drawing may not contain
    ancillary what a PNG may unpack to beside its pixels
    header    everything that can be known without a pixel, and every limit
    pixels    pixels: upright, sRGB, 8 bits, no larger than asked for
    animation all frames, one after the other
    single    one frame or one page
    deadline  a bound of time on all of it
    memory    the allocator's share of it
    apart     decoders that run in a process of their own: heic, drawing

Raises Refused for what is known from the header, Unrenderable for what breaks under the decoder.
Two say nothing of the bytes: Unfinished, past the time, and Overloaded, where there is no memory.
"""

from calotype.decode.animation import Animation, animation
from calotype.decode.deadline import Deadline, bounded, watched
from calotype.decode.drawing import MOST_DRAWN
from calotype.decode.header import Header, header
from calotype.decode.limits import Limits
from calotype.decode.pixels import (
    Area,
    Fit,
    cut,
    cuts_alike,
    fit,
    in_memory,
    load,
    refit,
    thumbnail,
    trusted,
    undecoded,
)
from calotype.decode.single import frame, numbered, page
from calotype.decode.sniff import sniff
from calotype.decode.svg import MOST_SIDE
from calotype.decode.vips import VipsError, VipsImage, pixel_bytes, start

__all__ = [
    "MOST_DRAWN",
    "MOST_SIDE",
    "Animation",
    "Area",
    "Deadline",
    "Fit",
    "Header",
    "Limits",
    "VipsError",
    "VipsImage",
    "animation",
    "bounded",
    "cut",
    "cuts_alike",
    "fit",
    "frame",
    "header",
    "in_memory",
    "load",
    "numbered",
    "page",
    "pixel_bytes",
    "refit",
    "sniff",
    "start",
    "thumbnail",
    "trusted",
    "undecoded",
    "watched",
]
