"""What an operator may choose about the originals that are taken."""

from __future__ import annotations

from pydantic import BaseModel, Field

from calotype.decode.limits import Limits

_DEFAULT = Limits()


class LimitsConfig(BaseModel, frozen=True):
    """How much of the machine one original may take; ingest and render keep to the same."""

    max_bytes: int = Field(
        _DEFAULT.max_bytes,
        ge=1024,
        le=4 << 30,
        description="Largest original, in bytes; it is held in memory.",
    )
    max_pixels: int = Field(
        _DEFAULT.max_pixels,
        ge=1,
        le=4_000_000_000,
        description="Most pixels in one frame of an original: a few KB can declare gigabytes. "
        "Half as many in an AVIF or HEIC, whose decoders take several times the memory. What is "
        "decoded whole, such as for trim, may take 12 bytes a pixel (16 in an AVIF): 1.2 GB for "
        "the largest, 0.5 GB for 24 megapixels.",
    )
    max_frames: int = Field(
        _DEFAULT.max_frames, ge=1, le=100_000, description="Most frames in an animation."
    )
    max_animation_pixels: int = Field(
        _DEFAULT.max_animation_pixels,
        ge=1,
        description="Most pixels in all frames of an animation; bounds the time to decode it.",
    )
    max_pages: int = Field(
        _DEFAULT.max_pages,
        ge=1,
        le=100_000,
        description="Most pages in a TIFF; only the first is shown, all are walked.",
    )
    max_svg_bytes: int = Field(
        _DEFAULT.max_svg_bytes,
        ge=1024,
        description="Largest SVG, in bytes; parsed, it takes about a hundred times as much.",
    )

    @property
    def limits(self) -> Limits:
        return Limits(**self.model_dump())
