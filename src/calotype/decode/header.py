"""Everything that can be known about a file without decoding a pixel, and every limit on it."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.decode import drawing, heic
from calotype.decode.ancillary import check_png
from calotype.decode.limits import MOST_BANDS, Limits
from calotype.decode.sniff import sniff
from calotype.decode.svg import check_svg
from calotype.decode.vips import VipsError, VipsImage, field, guard, pixel_bytes
from calotype.decode.whole import is_whole, tiff_pages
from calotype.errors import Refused

ANIMATED = frozenset({"gif", "webp"})
_BLOBS = {
    "icc": "icc-profile-data",
    "exif": "exif-data",
    "iptc": "iptc-data",
    "xmp": "xmp-data",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself.

    `width` and `height` are in pixels (a drawing: CSS pixels) of one frame as displayed, the EXIF
    `orientation` (1 to 8, 1 where the container itself turns the image) applied. `frames` is 1
    unless it is an animation. The blobs are as embedded, None where absent.
    """

    format: str
    width: int
    height: int
    orientation: int = 1
    frames: int = 1
    alpha: bool = False
    icc: bytes | None = None
    exif: bytes | None = None
    iptc: bytes | None = None
    xmp: bytes | None = None


def header(data: bytes, limits: Limits) -> Header:
    """Read the header and check it against the limits.

    Raises Refused: `empty`, `too-large`, `not-an-image`, `truncated`, `corrupt`,
    `too-many-pixels`, `too-many-bands`, `too-many-frames`, `too-many-pages`,
    `too-much-metadata`, `svg-external`, `svg-too-complex`.
    Raises Unfinished past the time or memory of a decoder apart, Overloaded where there is none.
    """
    if not data:
        raise Refused("empty", "The file is empty.")
    if len(data) > limits.max_bytes:
        raise Refused(
            "too-large", f"The file has {len(data)} bytes; the limit is {limits.max_bytes}."
        )
    format = sniff(data)
    if format is None:
        raise Refused("not-an-image", "The file is no image of a known format.")
    if format == "png":
        check_png(data)  # before all that walks its chunks
    if not is_whole(data, format):
        raise Refused("truncated", "The file is cut off before its end.")
    if format == "svg":
        check_svg(data, limits)
    elif format == "tiff":
        _check_pages(tiff_pages(data, limits.max_pages), limits)
    if format == "heic":
        result = _from_heic(heic.header(data, limits))
    elif format == "svg":
        result = Header("svg", *drawing.size(data, limits), alpha=True)
    else:
        result = _from_vips(data, format, limits)
    _check_size(result, limits)
    return result


def open_lazily(data: bytes, format: str, **options: object) -> VipsImage:
    """The image with its header read and its pixels still in the file. Raises VipsError."""
    guard()
    loader = "heif" if format == "avif" else format
    load = getattr(VipsImage, f"{loader}load_buffer")
    return load(data, access="sequential", fail_on="error", **options)


def check_pixels(image: VipsImage, format: str, limits: Limits) -> None:
    """Raise Refused where one frame, its header read, has more than the limits say."""
    if image.bands > MOST_BANDS:
        raise Refused(
            "too-many-bands",
            f"The image has {image.bands} bands; the limit is {MOST_BANDS}, CMYK and alpha.",
        )
    pixels = image.width * image.height
    most = limits.most_pixels(format, image.bands, pixel_bytes(image))
    if pixels > most:
        raise Refused(
            "too-many-pixels",
            f"The image is {image.width}×{image.height}, {pixels} pixels; the limit is {most}"
            + (", as its pixels are large." if most < limits.most_pixels(format) else "."),
        )


def _from_vips(data: bytes, format: str, limits: Limits) -> Header:
    try:
        image = open_lazily(data, format)
        check_pixels(image, format, limits)
        frames = field(image, "n-pages", 1) if format in ANIMATED else 1
        orientation = field(image, "orientation", 1)
        found = {key: field(image, name) for key, name in _BLOBS.items()}
    except VipsError:
        raise Refused("corrupt", f"The file is no readable {format.upper()}.") from None
    if format == "avif" or orientation not in range(1, 9):
        orientation = 1  # AVIF turns itself
    sides = (image.width, image.height)
    width, height = sides[::-1] if orientation >= 5 else sides
    blobs = {key: bytes(blob) for key, blob in found.items() if blob is not None}
    return Header(format, width, height, orientation, frames, bool(image.hasalpha()), **blobs)


def _from_heic(found: heic.Found) -> Header:
    return Header(
        "heic", found.width, found.height, 1, 1, found.alpha, found.icc, found.exif, None, found.xmp
    )


def _check_pages(pages: int, limits: Limits) -> None:
    if pages < 1:
        raise Refused("corrupt", "The TIFF has no page.")
    if pages > limits.max_pages:
        raise Refused(
            "too-many-pages", f"The TIFF has more pages than the limit of {limits.max_pages}."
        )


def _check_size(found: Header, limits: Limits) -> None:
    pixels = found.width * found.height
    if found.format == "svg":
        return  # drawn at the size asked, so its own size costs nothing
    most = limits.most_pixels(found.format)
    if pixels > most:
        raise Refused(
            "too-many-pixels",
            f"The image is {found.width}×{found.height}, {pixels} pixels; the limit is {most}.",
        )
    if found.frames > limits.max_frames:
        raise Refused(
            "too-many-frames",
            f"The animation has {found.frames} frames; the limit is {limits.max_frames}.",
        )
    if pixels * found.frames > limits.max_animation_pixels:
        raise Refused(
            "too-many-pixels",
            f"The animation has {pixels * found.frames} pixels in all its frames; "
            f"the limit is {limits.max_animation_pixels}.",
        )
