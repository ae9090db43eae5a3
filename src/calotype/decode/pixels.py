"""From a file whose header passed to pixels: upright, sRGB, 8 bits, no larger than asked for.

The decoder shrinks while it decodes wherever the format allows it (JPEG by DCT, WebP, a drawing
by scale), so a thumbnail of a large photo never has all of its pixels in memory.
"""

from __future__ import annotations

from typing import Any, Literal

from calotype.decode import drawing, heic
from calotype.decode.deadline import watched
from calotype.decode.header import Header, header, open_lazily
from calotype.decode.limits import Limits
from calotype.decode.vips import VipsError, VipsImage, guard, verdict
from calotype.errors import Unrenderable

Fit = Literal["inside", "shrink", "cover", "exact"]
"""inside: the largest size within the box. shrink: the same, never larger than the original.
cover: fills the box, cut from the centre. exact: the box, distorted."""

_SIZES = {"inside": "both", "shrink": "down", "cover": "both", "exact": "force"}
_ENDLESS = 10_000_000
_STRICT = "fail_on=error"
"""As a loader option: thumbnail's own `fail_on` does not reach every loader (PNG: libvips 8.18)."""
_SHRUNK_AFTER = frozenset({"jpeg", "png"})
_SHRUNK_WHILE_DECODING = 0.25
"""The scale from which libvips has libjpeg shrink: it leaves at least a half to its own filter."""


def thumbnail(data: bytes, limits: Limits, long_side: int) -> VipsImage:
    """The first frame within `long_side` × `long_side`, never enlarged, in memory.

    Raises Refused as `header` does, and Unrenderable.
    """
    return fit(data, limits, long_side, long_side, "shrink")


def load(data: bytes, limits: Limits) -> VipsImage:
    """The first frame at its own size, in memory. Raises Refused and Unrenderable, the latter also
    for a drawing of more than `MOST_DRAWN` pixels.
    """
    found = header(data, limits)
    return fit(data, limits, found.width, found.height, "shrink")


Area = tuple[int, int, int, int]
"""left, top, width, height in pixels."""


def fit(
    data: bytes,
    limits: Limits,
    width: int | None,
    height: int | None,
    how: Fit,
    area: Area | None = None,
) -> VipsImage:
    """The first frame, fitted into a box: upright, sRGB or grey, 8 bits, alpha kept, in memory.

    A side that is None follows from the other. Of the fitted image only `area` is kept, where one
    is given: the rest is never in memory. Raises Refused as `header` does, and Unrenderable where
    the bytes break under the decoder.
    """
    guard()
    found = header(data, limits)
    try:
        if found.format == "heic":
            image = refit(heic.load(data, limits), width, height, how)
        else:
            if found.format == "svg":
                _check_drawn(found, width, height, how)
            options = _options(height, how, found.icc is not None)
            width = width or _ENDLESS
            if found.format == "svg":
                image = drawing.draw(data, limits, width, options)
            else:
                image = VipsImage.thumbnail_buffer(data, width, option_string=_STRICT, **options)
        image = eight_bits(image)
        return in_memory(image.crop(*area) if area else image)
    except VipsError as error:
        message = f"The {found.format.upper()} breaks under the decoder."
        raise verdict(error, message) from None


def trusted(
    data: bytes, width: int | None, height: int | None, how: Fit, area: Area | None = None
) -> VipsImage:
    """`fit` for an upright sRGB JPEG or WebP of our own: no limit to check, no profile to use.

    Raises Unrenderable.
    """
    guard()
    try:
        image = VipsImage.thumbnail_buffer(
            data, width or _ENDLESS, option_string=_STRICT, **_options(height, how, False)
        )
        return in_memory(image.crop(*area) if area else image)
    except VipsError:
        raise Unrenderable("The level breaks under the decoder.") from None


def undecoded(data: bytes, limits: Limits) -> VipsImage:
    """The first frame as the file has it: its colours, its orientation, none of it decoded yet (a
    HEIC is). Once in memory, it is for `cut`. No drawing.

    Raises Refused as `header` does, and Unrenderable.
    """
    guard()
    found = header(data, limits)
    try:
        heif = found.format == "heic"
        return heic.load(data, limits) if heif else open_lazily(data, found.format)
    except VipsError:
        raise Unrenderable(f"The {found.format.upper()} breaks under the decoder.") from None


def cuts_alike(format: str, scale: float) -> bool:
    """Whether `cut` at this scale (below 1 is shrinking) gives the pixels that `fit` would: not
    where a decoder shrinks, or has smaller copies in the file to take.
    """
    return scale >= 1 or (format in _SHRUNK_AFTER and scale > _SHRUNK_WHILE_DECODING)


def cut(pixels: VipsImage, width: int, height: int, how: Fit, area: Area | None) -> VipsImage:
    """`fit` for what `undecoded` gave, decoded. Raises Unrenderable."""
    guard()
    try:
        turned = pixels.autorot()
        if (turned.width, turned.height) == (width, height):
            pixels = turned  # else it is turned after it was shrunk, as `fit` has it
        image = eight_bits(refit(pixels, width, height, how))
        return in_memory(image.crop(*area) if area else image)
    except VipsError:
        raise Unrenderable("The image breaks under the decoder.") from None


def refit(image: VipsImage, width: int | None, height: int | None, how: Fit) -> VipsImage:
    """`fit` for pixels that are decoded already. Raises VipsError."""
    has_profile = image.get_typeof("icc-profile-data") != 0
    return image.thumbnail_image(width or _ENDLESS, **_options(height, how, has_profile))


def eight_bits(image: VipsImage) -> VipsImage:
    """sRGB or grey, one byte a band, and at most one band beside the colours: alpha."""
    if image.format != "uchar" or image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("b-w" if image.bands < 3 else "srgb")
    most = 2 if image.interpretation == "b-w" else 4
    if image.bands > most:
        image = image.extract_band(0, n=most)
    return image if image.format == "uchar" else image.cast("uchar")


def _check_drawn(found: Header, width: int | None, height: int | None, how: Fit) -> None:
    across, down = (width or _ENDLESS) / found.width, (height or _ENDLESS) / found.height
    if how == "exact":
        pixels = found.width * across * found.height * down
    else:
        scale = max(across, down) if how == "cover" else min(across, down)
        scale = min(scale, 1) if how == "shrink" else scale
        pixels = found.width * found.height * scale * scale
    if round(pixels) > drawing.MOST_DRAWN:
        raise Unrenderable(
            f"The drawing, {found.width}×{found.height}, would be drawn at {round(pixels)} pixels; "
            f"the limit is {drawing.MOST_DRAWN}."
        )


def _options(height: int | None, how: Fit, has_profile: bool) -> dict[str, Any]:
    crop = {"crop": "centre"} if how == "cover" else {}
    # an embedded profile is used only where one to convert to is given
    profile = {"output_profile": "srgb"} if has_profile else {}
    return {"height": height or _ENDLESS, "size": _SIZES[how], **crop, **profile}


def in_memory(image: VipsImage) -> VipsImage:
    """Compute now, until the deadline of this thread, while errors can still be told from those of
    later steps. Raises VipsError."""
    return watched(image).copy_memory()
