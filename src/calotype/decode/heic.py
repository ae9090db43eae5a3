"""HEIC through pi-heif, which has the decoder and no GPL encoder. libvips's wheel has neither."""

from __future__ import annotations

from dataclasses import dataclass

import pi_heif  # type: ignore[import-untyped]

from calotype.decode.vips import VipsImage, guard
from calotype.errors import Refused, Unrenderable

_OPTIONS = {"convert_hdr_to_8bit": True}
_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}
_DECODER_ERRORS = (
    ValueError, RuntimeError, OSError, EOFError, SyntaxError, MemoryError, LookupError, TypeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What the container says; `width` and `height` have its own rotation applied."""

    width: int
    height: int
    alpha: bool
    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None


def header(data: bytes) -> Found:
    """Raises Refused("corrupt")."""
    try:
        image = _open(data)
        info = image.info
        width, height = image.size
        alpha = bool(image.has_alpha)
    except _DECODER_ERRORS:
        raise Refused("corrupt", "The file is no readable HEIC.") from None
    return Found(
        width,
        height,
        alpha,
        info.get("icc_profile") or None,
        info.get("exif") or None,
        info.get("xmp") or None,
    )


def load(data: bytes) -> VipsImage:
    """All pixels, upright, 8 bits, with the profile attached. Raises Unrenderable."""
    guard()
    try:
        image = _open(data)
        pixels = memoryview(image.data)
        stride, mode = image.stride, image.mode
        bands = _BANDS[mode]
    except _DECODER_ERRORS:
        raise Unrenderable("The HEIC cannot be decoded.") from None
    width, height = image.size
    packed = _without_padding(pixels, width * bands, stride, height)
    borrowed = VipsImage.new_from_memory(packed, width, height, bands, "uchar")
    # `pixels` is the decoder's own memory, which goes with `image`: libvips needs a copy
    kind = "b-w" if bands < 3 else "srgb"
    loaded = borrowed.copy(interpretation=kind).copy_memory()
    if mode.endswith("a"):
        loaded = loaded.unpremultiply().cast("uchar").copy(interpretation=kind)
    icc = image.info.get("icc_profile")
    if icc:
        loaded.set_type("VipsBlob", "icc-profile-data", icc)
    return loaded


def _open(data: bytes) -> pi_heif.HeifFile:
    return pi_heif.open_heif(data, **_OPTIONS)


def _without_padding(pixels: memoryview, row: int, stride: int, height: int) -> bytes | memoryview:
    if stride == row:
        return pixels
    return b"".join(pixels[i * stride : i * stride + row] for i in range(height))
