"""What happens to the pixels once they are cut and at size, in order.

    light      first of all that changes colours, while they are the original's: a table for each
               value has no worse input than pixels that something else has clipped
    vibrance   before the matrix, which may leave no differences for it to see
    color      one matrix for saturation, hue, monochrome and sepia; the tints come last, so that
               no later step colours them again
    invert     after the tints: the negative of what would have been seen
    sharpen    after the tones, whose slopes would make its edges stronger or weaker
    blur       after sharpening: the other way round would sharpen noise that is then blurred
    canvas     `fill` and `clamp`; only now, so that a `fill-color` is the colour that was asked
               for and neither sharpness nor blur reach across the picture's edge
    flip       before turning, so that a flip means left and right of the picture as it lies
    turn       `rot`, in the frame or with a larger one
    border     on the edge of what is seen, and under the mask, which cuts it like the picture
    mask       after all that reaches to the edge
    back       `bg` behind everything transparent, whatever made it so
    pad        outside all of it, in `bg` too
    flatten    for a format without alpha: white shows through, under padding as well
    tones      last: whatever mixes colours would make greys of black and white again

Sizing comes before all of them, in `source`: a decoder that shrinks is most of our speed.
An animation goes through the same steps frame by frame, so no frame bleeds into the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from calotype.decode import Animation, VipsImage, in_memory
from calotype.decode.vips import INT, INTS
from calotype.render import focus, framing, source, tone, turning
from calotype.render.geometry import Plan
from calotype.render.spec import RenderSpec

__all__ = ["STEPS", "animate", "apply"]

WITHOUT_ALPHA = frozenset({"jpeg", "blurhash"})


@dataclass(frozen=True, slots=True)
class Work:
    """What a step may know."""

    spec: RenderSpec
    plan: Plan
    format: str


Step = Callable[[VipsImage, Work], VipsImage]


def light(image: VipsImage, work: Work) -> VipsImage:
    return tone.lit(image, work.spec)


def vibrance(image: VipsImage, work: Work) -> VipsImage:
    return tone.vibrant(image, work.spec)


def color(image: VipsImage, work: Work) -> VipsImage:
    return tone.colored(image, work.spec)


def invert(image: VipsImage, work: Work) -> VipsImage:
    return tone.inverted(image, work.spec)


def sharpen(image: VipsImage, work: Work) -> VipsImage:
    return focus.sharpened(image, work.spec)


def blur(image: VipsImage, work: Work) -> VipsImage:
    return focus.blurred(image, work.spec)


def canvas(image: VipsImage, work: Work) -> VipsImage:
    return framing.on_canvas(image, work.spec, work.plan)


def flip(image: VipsImage, work: Work) -> VipsImage:
    how = work.spec.flip or ""
    image = image.fliphor() if "h" in how else image
    return image.flipver() if "v" in how else image


def turn(image: VipsImage, work: Work) -> VipsImage:
    degrees = work.spec.rot
    if not degrees:
        return image
    if degrees == 180 or (degrees % 90 == 0 and not work.spec.straighten):
        return turning.quarter(in_memory(image), int(degrees))
    if work.spec.straighten:
        return turning.straightened(in_memory(image), degrees)
    return turning.pivoted(in_memory(image), degrees, *work.plan.turned)


def border(image: VipsImage, work: Work) -> VipsImage:
    return framing.bordered(image, work.spec)


def mask(image: VipsImage, work: Work) -> VipsImage:
    return framing.masked(image, work.spec)


def back(image: VipsImage, work: Work) -> VipsImage:
    return framing.backed(image, work.spec)


def pad(image: VipsImage, work: Work) -> VipsImage:
    return framing.padded(image, work.spec, work.format not in WITHOUT_ALPHA)


def flatten(image: VipsImage, work: Work) -> VipsImage:
    return framing.opaque(image) if work.format in WITHOUT_ALPHA else image


def tones(image: VipsImage, work: Work) -> VipsImage:
    return tone.toned(image, work.spec)


STEPS: tuple[Step, ...] = (
    light, vibrance, color, invert, sharpen, blur, canvas, flip, turn, border, mask, back, pad,
    flatten, tones,
)  # fmt: skip


def apply(image: VipsImage, spec: RenderSpec, plan: Plan, format: str) -> VipsImage:
    """All steps, on pixels of `plan.size`. Raises VipsError."""
    work = Work(spec, plan, format)
    return reduce(lambda img, step: step(img, work), STEPS, image)


def animate(
    animation: Animation, spec: RenderSpec, format: str, check: Callable[[Plan], None]
) -> VipsImage:
    """Every frame through all steps, stacked as libvips keeps animations.

    `check` is called with the plan of all frames before any is made: what `trim` leaves is only
    known from the first.
    """
    done: list[VipsImage] = []
    plan: Plan | None = None
    for frame in animation.frames():
        pixels, settled = source.of_pixels(frame, spec, settled=plan)
        if plan is None:
            check(settled)
        plan = settled
        done.append(in_memory(apply(pixels, spec, plan, format)))
    roll = VipsImage.arrayjoin(done, across=1).copy()
    roll.set_type(INT, "page-height", done[0].height)
    roll.set_type(INT, "loop", animation.loop)
    roll.set_type(INTS, "delay", animation.delays)
    return roll
