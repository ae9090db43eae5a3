"""What an operator may choose about rendering."""

from __future__ import annotations

import math
import os

from pydantic import BaseModel, Field

from calotype.render.admission import Thresholds
from calotype.render.encoders import LONGEST
from calotype.render.spec import RenderSpec

_FINE = 90
"""Quality from which on an AVIF takes as long as one without loss."""

_SLOWER = {"avif": 6, "gif": 40}
"""By how much the slow setting is slower, of the encoders that can not be stopped."""


class RenderConfig(BaseModel, frozen=True):
    """The renderer."""

    workers: int = Field(
        0, ge=0, le=256, description="Images rendered at the same time; 0: one for each core."
    )
    queue: int = Field(
        256, ge=0, le=10_000,
        description="Renders that may wait for a worker. Past it the answer is 503; past half of "
        "it, a larger rendition of the image, or a level, instead where there is one; past a "
        "quarter, no work that can wait is done.",
    )  # fmt: skip
    quick_seconds: float = Field(
        0.15, ge=0, le=600,
        description="Estimated wait past which no work that can wait is done, such as encoding "
        "again for fewer bytes.",
    )  # fmt: skip
    degrade_seconds: float = Field(
        0.4, ge=0, le=600,
        description="Estimated wait past which a larger rendition of the image, or a level, is "
        "sent instead, where there is one.",
    )  # fmt: skip
    refuse_seconds: float = Field(
        0.8, ge=0, le=600, description="Estimated wait past which the answer is 503."
    )
    deadline_seconds: float = Field(
        5.0, ge=0, le=600,
        description="Wait after which a render is not started any more; the answer is 503.",
    )  # fmt: skip
    few: int = Field(
        12, ge=0, le=10_000,
        description="Renders that may wait whatever the estimate: a page asks for six at once.",
    )  # fmt: skip
    threads: int = Field(
        1, ge=1, le=64,
        description="Threads that one render may use. One is best when many images are rendered.",
    )  # fmt: skip
    max_output_pixels: int = Field(
        40_000_000, ge=1, le=67_108_864,
        description="Most pixels in a rendition, all frames together; an encoder holds them all.",
    )  # fmt: skip
    max_avif_pixels: int = Field(
        16_000_000, ge=1, le=67_108_864,
        description="The same for AVIF, whose encoder can not be stopped at the time limit. Where "
        "the format is negotiated, what is larger is not AVIF; with fm=avif it is sized down.",
    )  # fmt: skip
    max_fine_avif_pixels: int = Field(
        4_000_000, ge=1, le=67_108_864,
        description="The same for an AVIF with lossless=true or q above 90, which takes three "
        "times as long.",
    )  # fmt: skip
    max_gif_pixels: int = Field(
        8_000_000, ge=1, le=67_108_864,
        description="Most pixels in one frame of a GIF, whose encoder can be stopped only between "
        "frames. What is larger is sized down.",
    )  # fmt: skip
    seconds: float = Field(
        10, ge=0.01, le=600,
        description="Time limit of one render, its wait not counted; past it the answer is 422. "
        "The same for reading the original before it; past it the answer is 503.",
    )  # fmt: skip
    pyramid: bool = Field(
        True,
        description="Keep smaller copies of large originals, from which renditions are made many "
        "times faster.",
    )  # fmt: skip

    zoom_bytes: int = Field(
        100_000_000, ge=0, le=4 << 30,
        description="Memory for originals that are held decoded while a viewer zooms into them, "
        "3 or 4 bytes a pixel; what does not fit is decoded for each tile. 0: hold none.",
    )  # fmt: skip

    def most_pixels(self, format: str | None, spec: RenderSpec) -> int:
        """In one frame of a rendition in this format; all frames together have
        `max_output_pixels`."""
        most = self.max_output_pixels
        if format == "gif":
            return min(most, self.max_gif_pixels)
        if format == "avif":
            fine = spec.lossless or (spec.quality or 0) > _FINE
            return min(most, self.max_avif_pixels, self.max_fine_avif_pixels if fine else most)
        return most

    def holds(self, format: str, size: tuple[int, int], spec: RenderSpec) -> bool:
        """Whether one frame of this size may be in this format."""
        longest = LONGEST.get(format, max(size))
        return max(size) <= longest and math.prod(size) <= self.most_pixels(format, spec)

    def may_be_slow(self, format: str, size: tuple[int, int], spec: RenderSpec) -> bool:
        """Whether the slow setting too ends well within the time limit."""
        return math.prod(size) <= self.most_pixels(format, spec) // _SLOWER.get(format, 1)

    @property
    def worker_count(self) -> int:
        return self.workers or os.cpu_count() or 1

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(
            self.queue,
            self.quick_seconds,
            self.degrade_seconds,
            self.refuse_seconds,
            self.deadline_seconds,
            self.few,
        )
