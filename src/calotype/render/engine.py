"""The renderer: from an original's bytes, or a level's, to a rendition."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from calotype import decode
from calotype.decode import Deadline, Limits, VipsError, VipsImage, memory
from calotype.errors import BadParameter, Unrenderable
from calotype.model import Image, Rendition
from calotype.render import facts, geometry, pyramid, quality, source, steps
from calotype.render.admission import Level, Load
from calotype.render.config import RenderConfig
from calotype.render.encoders import CONTENT_TYPES, ENCODER_VERSION, LONGEST, encode
from calotype.render.held import Held
from calotype.render.pool import Decided, Observe, Pool, Ticket
from calotype.render.pyramid import Pyramid
from calotype.render.spec import RenderSpec

__all__ = ["ENCODER_VERSION", "Renderer"]

ANIMATED_OUTPUTS = frozenset({"gif", "webp"})
BIG_PIXELS = 4_000_000
"""An original from which this many may have been decoded leaves memory worth giving back."""

T = TypeVar("T")

Touched = Callable[[Image, bytes], None]
"""Called with an image and its original when it was rendered without the level that
would have served."""


class Renderer:
    """Renders in a pool of its own. `observe` is told how long jobs wait and take, `decided` what
    became of those who asked, `touched` which images lack a level that would have served.
    """

    def __init__(
        self,
        config: RenderConfig,
        limits: Limits | None = None,
        observe: Observe = lambda stage, seconds: None,
        decided: Decided = lambda outcome: None,
        levels: Pyramid | None = None,
        touched: Touched = lambda image, original: None,
        held: Held | None = None,
    ) -> None:
        memory.limit_arenas()
        decode.start(config.threads)
        self._config = config
        self._pyramid, self._touched = levels, touched
        self._held = held or Held(config.zoom_bytes)
        self._limits = limits or Limits()
        self._pool = Pool(config.worker_count, config.thresholds, observe, decided)

    @property
    def load(self) -> Load:
        """How many renders wait, and how long one that came now would."""
        return self._pool.load

    @property
    def level(self) -> Level:
        return self._pool.level

    async def submit(
        self,
        read: Callable[[], bytes],
        image: Image,
        spec: RenderSpec,
        format: str,
        below: Level = Level.FULL,
        ticket: Ticket | None = None,
        slow: bool = False,
        zoom: bool = False,
    ) -> Rendition:
        """Read what serves and render it in the pool; `read` gives the original. `below`: the level
        that it must be under; work that can wait says QUICK. `zoom`: other parts of the same image
        will be asked for, so that the original is worth holding; each of the two jobs, to decode it
        and to cut from it, has the time limit for itself.

        Raises what `read` and `render` do, Overloaded, and Unrenderable past the time limit: then
        at once, even where libvips can not be stopped and the thread goes on.
        """
        zoom = zoom and format != "json" and self._held.serves(image, spec)
        if zoom:
            hold = partial(self._hold, read, image)
            await self._held.ready(image.id, lambda: self._timed(hold, image, below, "hold"))
        work = partial(self._from_what_serves, read, image, spec, format, slow, zoom)
        return await self._timed(work, image, below, "slow" if slow else "render", ticket)

    async def _timed(
        self,
        work: Callable[[], T],
        image: Image,
        below: Level,
        stage: str,
        ticket: Ticket | None = None,
    ) -> T:
        """In the pool, and within the time limit; `stage` is what its time is observed as."""
        loop = asyncio.get_running_loop()

        def over() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(running.cancel)

        deadline = Deadline(self._config.seconds, over)
        job = partial(self._job, deadline, work, image)
        running = asyncio.ensure_future(self._pool.run(job, below, ticket, stage))
        try:
            return await running
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if deadline.passed and not (task and task.cancelling()):
                raise self._too_long() from None
            raise

    @property
    def idle(self) -> bool:
        """Whether nothing is rendered or waits to be."""
        return self._pool.idle

    def close(self) -> None:
        self._pool.close()
        self._held.close()

    def _job(self, deadline: Deadline, work: Callable[[], T], image: Image) -> T:
        try:
            with decode.bounded(deadline):
                return work()
        except Unrenderable:
            if deadline.passed:
                raise self._too_long() from None
            raise
        finally:
            if image.width * image.height > BIG_PIXELS:
                memory.trim()

    def _too_long(self) -> Unrenderable:
        return Unrenderable(f"The image takes more than {self._config.seconds:g} s to render.")

    def _hold(self, read: Callable[[], bytes], image: Image) -> None:
        try:
            self._held.hold(image.id, decode.undecoded(read(), self._limits))
        except VipsError:
            raise Unrenderable("The image cannot be rendered.") from None

    def _from_what_serves(
        self,
        read: Callable[[], bytes],
        image: Image,
        spec: RenderSpec,
        format: str,
        slow: bool,
        zoom: bool,
    ) -> Rendition:
        """The original that is held for `zoom`, else the smallest level that is large enough, else
        the original, which is then `touched`.
        """
        if zoom:
            with self._held.lend(image.id) as held:
                if held is not None:
                    return self.render(b"", image, spec, format, slow=slow, held=held)
        if self._pyramid is None:
            return self.render(read(), image, spec, format, slow=slow)
        scale = geometry.scale_needed(spec, image.width, image.height, image.orientation)
        side = None if format == "json" else pyramid.serving(image, scale)
        if side is None:
            return self.render(read(), image, spec, format, slow=slow)
        level = self._pyramid.read(image, side)
        if level is not None:
            return self.render(level, image, spec, format, slow=slow, level=True)
        original = read()
        done = self.render(original, image, spec, format, slow=slow)
        self._touched(image, original)
        return done

    def render(
        self,
        data: bytes,
        image: Image,
        spec: RenderSpec,
        format: str,
        *,
        slow: bool = False,
        level: bool = False,
        held: VipsImage | None = None,
    ) -> Rendition:
        """Render now, in this thread. `format` is one of `encoders.CONTENT_TYPES`, or of
        `facts.CONTENT_TYPES`. `slow`: with the encoder's slow setting. `level`, `held`: see
        `source.still`.

        Raises Unrenderable where the bytes break, BadParameter where the result is too large, or
        where what was asked for is not in the image.
        """
        if format == "json":
            media = facts.CONTENT_TYPES[format]
            return Rendition(facts.as_json(image), media, image.width, image.height)
        self._check_size(image, spec, format)
        try:
            if _moves(image, spec, format):
                check = partial(self._check, frames=image.frames, format=format, spec=spec)
                pixels = steps.animate(decode.animation(data, self._limits), spec, format, check)
            else:
                pixels = self._still(data, image, spec, format, level, held)
            if format == "blurhash":
                media = facts.CONTENT_TYPES[format]
                return Rendition(facts.as_blurhash(pixels), media, pixels.width, pixels.height)
            wanted = spec.quality or (quality.COMPRESSED if spec.compress else None)
            watched = decode.watched(pixels)
            body = encode(watched, format, wanted, slow=slow, lossless=spec.lossless)
        except VipsError:
            raise Unrenderable("The image cannot be rendered.") from None
        height = pixels.get_page_height()
        return Rendition(body, CONTENT_TYPES[format], pixels.width, height)

    def _still(
        self,
        data: bytes,
        image: Image,
        spec: RenderSpec,
        format: str,
        level: bool,
        held: VipsImage | None,
    ) -> VipsImage:
        pixels, plan = source.still(data, self._limits, image, spec, level=level, held=held)
        if geometry.needs_original(spec):
            self._check(plan, 1, format, spec)  # only now known
        return steps.apply(pixels, spec, plan, format)

    def _check_size(self, image: Image, spec: RenderSpec, format: str) -> None:
        plan = geometry.plan(spec, image.width, image.height, image.orientation)
        self._check(plan, image.frames if _moves(image, spec, format) else 1, format, spec)

    def _check(self, plan: geometry.Plan, frames: int, format: str, spec: RenderSpec) -> None:
        """An encoder holds every pixel of every frame, so their number is bounded beforehand."""
        width, height = plan.held
        one, longest = self._config.most_pixels(format, spec), LONGEST.get(format)
        for count, most in ((frames, self._config.max_output_pixels), (1, one)):
            if width * height * count > most:
                shown = f"{width}×{height}" + (f", {count} frames" if count > 1 else "")
                raise BadParameter("w", f"such that the rendition has at most {most} pixels", shown)
        if longest and max(width, height) > longest:
            bound = f"such that no side of the {format} has more than {longest} pixels"
            raise BadParameter("w", bound, f"{width}×{height}")


def _moves(image: Image, spec: RenderSpec, format: str) -> bool:
    return image.frames > 1 and format in ANIMATED_OUTPUTS and not spec.frame
