"""The renderer: from an original's bytes to a rendition."""

from __future__ import annotations

import math
from collections.abc import Callable

from calotype import decode
from calotype.decode import Limits, VipsError, VipsImage
from calotype.errors import BadParameter, Unrenderable
from calotype.model import Image, Rendition
from calotype.render import facts, geometry, source, steps
from calotype.render.config import RenderConfig
from calotype.render.encoders import CONTENT_TYPES, ENCODER_VERSION, encode
from calotype.render.pool import Observe, Pool
from calotype.render.spec import RenderSpec

__all__ = ["ENCODER_VERSION", "Renderer"]

ANIMATED_OUTPUTS = frozenset({"gif", "webp"})


class Renderer:
    """Renders in a pool of its own. `observe` is told how long jobs wait and take."""

    def __init__(
        self,
        config: RenderConfig,
        limits: Limits | None = None,
        observe: Observe | None = None,
    ) -> None:
        decode.start(config.threads)
        self._config = config
        self._limits = limits or Limits()
        self._pool = Pool(config.worker_count, config.queue, observe)

    async def submit(
        self, read: Callable[[], bytes], image: Image, spec: RenderSpec, format: str
    ) -> Rendition:
        """Read and render in the pool. Raises what `read` and `render` do, and Overloaded."""
        return await self._pool.run(lambda: self.render(read(), image, spec, format))

    def close(self) -> None:
        self._pool.close()

    def render(self, data: bytes, image: Image, spec: RenderSpec, format: str) -> Rendition:
        """Render now, in this thread. `format` is one of `encoders.CONTENT_TYPES`, or of
        `facts.CONTENT_TYPES`.

        Raises Unrenderable where the bytes break, BadParameter where the result is too large, or
        where what was asked for is not in the image.
        """
        if format == "json":
            media = facts.CONTENT_TYPES[format]
            return Rendition(facts.as_json(image), media, image.width, image.height)
        self._check_size(image, spec, format)
        try:
            if _moves(image, spec, format):
                pixels = steps.animate(decode.animation(data, self._limits), spec, format)
            else:
                pixels = self._still(data, image, spec, format)
            if format == "blurhash":
                media = facts.CONTENT_TYPES[format]
                return Rendition(facts.as_blurhash(pixels), media, pixels.width, pixels.height)
            body = encode(pixels, format, spec.quality)
        except VipsError:
            raise Unrenderable("The image cannot be rendered.") from None
        height = pixels.get_page_height()
        return Rendition(body, CONTENT_TYPES[format], pixels.width, height)

    def _still(self, data: bytes, image: Image, spec: RenderSpec, format: str) -> VipsImage:
        pixels, plan = source.still(data, self._limits, image, spec)
        if geometry.needs_original(spec):
            self._check(plan, 1)  # only now known
        return steps.apply(pixels, spec, plan, format)

    def _check_size(self, image: Image, spec: RenderSpec, format: str) -> None:
        plan = geometry.plan(spec, image.width, image.height, image.orientation)
        self._check(plan, image.frames if _moves(image, spec, format) else 1)

    def _check(self, plan: geometry.Plan, frames: int) -> None:
        """An encoder holds every pixel of every frame, so their number is bounded beforehand."""
        most = self._config.max_output_pixels
        width, height = max(plan.canvas, plan.final, key=math.prod)
        if width * height * frames > most:
            shown = f"{width}×{height}" + (f", {frames} frames" if frames > 1 else "")
            raise BadParameter("w", f"such that the rendition has at most {most} pixels", shown)


def _moves(image: Image, spec: RenderSpec, format: str) -> bool:
    return image.frames > 1 and format in ANIMATED_OUTPUTS and not spec.frame
