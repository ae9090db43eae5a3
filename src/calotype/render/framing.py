"""What is put around and behind the picture."""

from __future__ import annotations

from calotype.decode import VipsImage, in_memory, refit
from calotype.render import bands, focus, shapes
from calotype.render.colors import CLEAR, WHITE, Color
from calotype.render.geometry import Plan
from calotype.render.spec import RenderSpec

_FILL_BLUR = 0.03
"""Deviation of the blur of `fill=blur`, as a share of the canvas's shorter side."""


def on_canvas(image: VipsImage, spec: RenderSpec, plan: Plan) -> VipsImage:
    """In the middle of the canvas of `fill`, `fillmax` and `clamp`."""
    width, height = plan.canvas
    left, top = (width - image.width) // 2, (height - image.height) // 2
    if (width, height) == (image.width, image.height):
        return image
    if spec.fit == "clamp":
        return image.embed(left, top, width, height, extend="copy")
    if spec.fill == "blur":
        return _on_blur(image, left, top, width, height)
    return bands.placed(image, left, top, width, height, _ground(image, spec))


def _ground(image: VipsImage, spec: RenderSpec) -> Color:
    """A `bg` that is seen through comes behind everything later, and must not come twice."""
    if spec.fill_color:
        return spec.fill_color
    if spec.bg:
        return spec.bg if spec.bg[3] == 255 else CLEAR
    return CLEAR if image.hasalpha() else WHITE


def _on_blur(image: VipsImage, left: int, top: int, width: int, height: int) -> VipsImage:
    image = in_memory(image)
    # cut first: a line of pixels that covers the canvas would be a thousand times as wide
    scale = max(width / image.width, height / image.height)
    across = min(image.width, max(1, round(width / scale)))
    down = min(image.height, max(1, round(height / scale)))
    ground = image.crop((image.width - across) // 2, (image.height - down) // 2, across, down)
    ground = focus.gaussian(refit(ground, width, height, "exact"), _FILL_BLUR * min(width, height))
    if not image.hasalpha():
        return ground.insert(image, left, top)
    whole = bands.placed(image, left, top, width, height, CLEAR)
    kind = image.interpretation
    return bands.whole(ground.composite2(whole, "over")).copy(interpretation=kind)


def masked(image: VipsImage, spec: RenderSpec) -> VipsImage:
    if not spec.mask:
        return image
    size = (image.width, image.height)
    mask = shapes.ellipse(*size) if spec.mask == "ellipse" else shapes.rounded(
        *size, spec.corner_radius
    )  # fmt: skip
    image = bands.veiled(image, mask)
    return bands.over(image, spec.mask_bg) if spec.mask_bg else image


def bordered(image: VipsImage, spec: RenderSpec) -> VipsImage:
    """Drawn on the edge of the picture, whose size stays; with a radius its corners are cut."""
    paint = spec.border_color
    if paint is None:
        return image
    width, height = image.width, image.height
    top, right, bottom, left = (min(side, width + height) for side in spec.border)
    inner = (max(0, width - left - right), max(0, height - top - bottom))
    image = bands.in_color(image)
    solid = not image.hasalpha()
    image = image.addalpha() if solid else image
    ring = bands.plain(width, height, paint)
    if all(inner):
        thin = min(spec.border)
        radii = tuple(max(0, radius - thin) for radius in spec.border_radius)
        hole = shapes.rounded(*inner, radii).embed(left, top, width, height)  # type: ignore[arg-type]
        ring = bands.veiled(ring, hole.invert())
    done = bands.whole(image.composite2(ring, "over")).copy(interpretation="srgb")
    if any(spec.border_radius):
        return bands.veiled(done, shapes.rounded(width, height, spec.border_radius))
    return bands.apart(done)[0] if solid else done


def backed(image: VipsImage, spec: RenderSpec) -> VipsImage:
    return bands.over(image, spec.bg) if spec.bg else image


def padded(image: VipsImage, spec: RenderSpec, transparent: bool) -> VipsImage:
    """`bg` around it; else nothing, or white where the format has no alpha."""
    top, right, bottom, left = spec.pad
    if not any(spec.pad):
        return image
    size = (image.width + left + right, image.height + top + bottom)
    return bands.placed(image, left, top, *size, spec.bg or (CLEAR if transparent else WHITE))


def opaque(image: VipsImage, paint: Color = WHITE) -> VipsImage:
    return image.flatten(background=[255]) if image.hasalpha() else image
