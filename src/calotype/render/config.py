"""What an operator may choose about decoding and rendering."""

from __future__ import annotations

import os

from pydantic import BaseModel, Field

from calotype.decode.limits import Limits

_LIMITS = Limits()


class RenderConfig(BaseModel, frozen=True):
    """Settings of the renderer, and the limits on originals that ingest shares with it."""

    workers: int = Field(
        0, ge=0, le=256, description="Images rendered at the same time; 0: one for each core."
    )
    queue: int = Field(
        64, ge=0, le=10_000,
        description="Renders that may wait for a worker; past it the answer is 503.",
    )  # fmt: skip
    threads: int = Field(
        1, ge=1, le=64,
        description="Threads that one render may use. One is best when many images are rendered.",
    )  # fmt: skip
    max_bytes: int = Field(
        _LIMITS.max_bytes, ge=1024, description="Largest original, in bytes; it is held in memory."
    )
    max_pixels: int = Field(
        _LIMITS.max_pixels, ge=1, le=4_000_000_000,
        description="Most pixels in one frame of an original: a few KB can declare gigabytes.",
    )  # fmt: skip
    max_frames: int = Field(
        _LIMITS.max_frames, ge=1, le=100_000, description="Most frames in an animation."
    )
    max_animation_pixels: int = Field(
        _LIMITS.max_animation_pixels, ge=1,
        description="Most pixels in all frames of an animation; bounds the time to decode it.",
    )  # fmt: skip
    max_pages: int = Field(
        _LIMITS.max_pages, ge=1, le=100_000,
        description="Most pages in a TIFF; only the first is shown, all are walked.",
    )  # fmt: skip
    max_svg_bytes: int = Field(
        _LIMITS.max_svg_bytes, ge=1024,
        description="Largest SVG, in bytes; parsed, it takes about a hundred times as much.",
    )  # fmt: skip
    max_output_pixels: int = Field(
        40_000_000, ge=1, le=67_108_864,
        description="Most pixels in a rendition, all frames together; an encoder holds them all.",
    )  # fmt: skip

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1

    @property
    def limits(self) -> Limits:
        return Limits(
            max_bytes=self.max_bytes,
            max_pixels=self.max_pixels,
            max_frames=self.max_frames,
            max_animation_pixels=self.max_animation_pixels,
            max_pages=self.max_pages,
            max_svg_bytes=self.max_svg_bytes,
        )
