"""HEIC through pi-heif, which has the decoder and no GPL encoder. libvips's wheel has neither."""

from __future__ import annotations

from dataclasses import dataclass

import pi_heif  # type: ignore[import-untyped]

from calotype.decode.vips import VipsImage, guard
from calotype.errors import Refused, Unrenderable

_OPTIONS = {"convert_hdr_to_8bit": True}
_DECODER_ERRORS = (ValueError, RuntimeError, OSError, EOFError, SyntaxError, MemoryError)


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
    image = _open(data)
    info = image.info
    width, height = image.size
    return Found(
        width,
        height,
        image.has_alpha,
        info.get("icc_profile") or None,
        info.get("exif") or None,
        info.get("xmp") or None,
    )


def load(data: bytes) -> VipsImage:
    """All pixels, upright, 8 bits, with the profile attached. Raises Unrenderable."""
    guard()
    image = _open(data)
    try:
        pixels = memoryview(image.data)
        stride, bands = image.stride, 4 if image.has_alpha else 3
    except _DECODER_ERRORS:
        raise Unrenderable("The HEIC cannot be decoded.") from None
    width, height = image.size
    packed = _without_padding(pixels, width * bands, stride, height)
    loaded = VipsImage.new_from_memory(packed, width, height, bands, "uchar")
    loaded = loaded.copy(interpretation="srgb")
    icc = image.info.get("icc_profile")
    if icc:
        loaded.set_type("VipsBlob", "icc-profile-data", icc)
    return loaded


def _open(data: bytes) -> pi_heif.HeifFile:
    try:
        return pi_heif.open_heif(data, **_OPTIONS)
    except _DECODER_ERRORS:
        raise Refused("corrupt", "The file is no readable HEIC.") from None


def _without_padding(pixels: memoryview, row: int, stride: int, height: int) -> bytes | memoryview:
    if stride == row:
        return pixels
    return b"".join(pixels[i * stride : i * stride + row] for i in range(height))
