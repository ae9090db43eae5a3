"""HEIC through pi-heif, which has the decoder and no GPL encoder. libvips's wheel has neither."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.decode import apart
from calotype.decode.limits import Limits
from calotype.decode.vips import VipsImage, guard
from calotype.errors import Refused, Unrenderable


@dataclass(frozen=True, slots=True)
class Found:
    """What the container says; `width` and `height` have its own rotation applied."""

    width: int
    height: int
    alpha: bool
    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None


def header(data: bytes, limits: Limits) -> Found:
    """Raises Refused("corrupt"), and Unfinished or Overloaded, which are no verdict."""
    facts, parts = apart.ask({"decoder": "heic", "pixels": False}, data, limits)
    if not facts:
        raise Refused("corrupt", "The file is no readable HEIC.")
    return Found(
        facts["width"],
        facts["height"],
        facts["mode"][-1] in "Aa",
        parts.get("icc"),
        parts.get("exif"),
        parts.get("xmp"),
    )


def load(data: bytes, limits: Limits) -> VipsImage:
    """All pixels, upright, 8 bits, with the profile attached.

    Raises Unrenderable, and Unfinished or Overloaded, which are no verdict.
    """
    guard()
    facts, parts = apart.ask({"decoder": "heic", "pixels": True}, data, limits)
    if not facts:
        raise Unrenderable("The HEIC cannot be decoded.")
    width, height, mode, pixels = facts["width"], facts["height"], facts["mode"], parts["pixels"]
    bands, excess = divmod(len(pixels), width * height)
    if excess or not 1 <= bands <= 4:
        raise Unrenderable("The HEIC has fewer pixels than it says.")
    kind = "b-w" if bands < 3 else "srgb"
    loaded = VipsImage.new_from_memory(pixels, width, height, bands, "uchar")
    loaded = loaded.copy(interpretation=kind)
    if mode.endswith("a"):
        loaded = loaded.unpremultiply().cast("uchar").copy(interpretation=kind)
    if "icc" in parts:
        loaded.set_type("VipsBlob", "icc-profile-data", parts["icc"])
    return loaded
