"""What happens to the pixels, in order.

    fit        first, and inside the decoder: only as many pixels as needed are ever decoded. It
               turns the image upright before it measures (w and h are meant as displayed), converts
               to sRGB (sizes do not matter to it, but the profile must be used before it is lost)
               and cuts `crop` from the centre.
    pad        after the size is final: `fill` puts what is left onto a canvas.
    flatten    last, for a format without alpha: white shows through, under padding as well.

An animation goes through the same steps frame by frame, so no frame bleeds into the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from calotype.decode import Animation, Fit, VipsImage, refit
from calotype.decode.vips import INT, INTS
from calotype.render.spec import DEFAULT_SIDE, MAX_SIDE, RenderSpec

Step = Callable[[VipsImage, RenderSpec, str], VipsImage]

WITHOUT_ALPHA = frozenset({"jpeg"})
_FITS: dict[str, Fit] = {
    "clip": "inside",
    "max": "shrink",
    "crop": "cover",
    "fill": "inside",
    "scale": "exact",
    "clamp": "inside",
    "fillmax": "shrink",
    "min": "shrink",
}


def box(spec: RenderSpec) -> tuple[int, int, Fit]:
    """Width, height and way to fit; a side left out is bounded by the largest there is."""
    if not (spec.width or spec.height):
        return DEFAULT_SIDE, DEFAULT_SIDE, "shrink"
    return spec.width or MAX_SIDE, spec.height or MAX_SIDE, _FITS[spec.fit]


def pad(image: VipsImage, spec: RenderSpec, format: str) -> VipsImage:
    """Centre the image on a w × h canvas: transparent where it has alpha, else white."""
    width, height = spec.width, spec.height
    if spec.fit != "fill" or not width or not height:
        return image
    background = [255] * (image.bands - 1) + [0 if image.hasalpha() else 255]
    return image.gravity("centre", width, height, extend="background", background=background)


def flatten(image: VipsImage, spec: RenderSpec, format: str) -> VipsImage:
    """Put what has alpha onto white where the format has none."""
    if format not in WITHOUT_ALPHA or not image.hasalpha():
        return image
    return image.flatten(background=[255])


STEPS: tuple[Step, ...] = (pad, flatten)


def apply(image: VipsImage, spec: RenderSpec, format: str) -> VipsImage:
    """All steps after `fit`."""
    return reduce(lambda img, step: step(img, spec, format), STEPS, image)


def output_size(spec: RenderSpec, width: int, height: int) -> tuple[int, int]:
    """Width and height of the rendition of an image of `width` × `height`, to within a pixel."""
    box_width, box_height, how = box(spec)
    if how in ("cover", "exact") or (spec.fit == "fill" and spec.width and spec.height):
        return box_width, box_height
    ratio = min(box_width / width, box_height / height)
    if how == "shrink":
        ratio = min(ratio, 1)
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def animate(animation: Animation, spec: RenderSpec, format: str) -> VipsImage:
    """Every frame through all steps, stacked as libvips keeps animations."""
    done = [
        apply(refit(frame, *box(spec)), spec, format).copy_memory() for frame in animation.frames()
    ]
    roll = VipsImage.arrayjoin(done, across=1).copy()
    roll.set_type(INT, "page-height", done[0].height)
    roll.set_type(INT, "loop", animation.loop)
    roll.set_type(INTS, "delay", animation.delays)
    return roll
