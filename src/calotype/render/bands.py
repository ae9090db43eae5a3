"""Working on colours without touching alpha, and the other way round."""

from __future__ import annotations

from collections.abc import Callable

from calotype.decode import VipsImage
from calotype.render.colors import Color


def in_color(image: VipsImage) -> VipsImage:
    """sRGB, with its alpha: grey becomes three equal bands."""
    return image.colourspace("srgb") if image.bands < 3 else image


def apart(image: VipsImage) -> tuple[VipsImage, VipsImage | None]:
    """The colours, and alpha where there is one."""
    if not image.hasalpha():
        return image, None
    return image.extract_band(0, n=image.bands - 1), image.extract_band(image.bands - 1)


def on_colors(image: VipsImage, change: Callable[[VipsImage], VipsImage]) -> VipsImage:
    """`change` may leave floats; what is out of range is clipped. Alpha stays as it is."""
    colors, alpha = apart(image)
    changed = whole(change(colors)).copy(interpretation="b-w" if colors.bands < 3 else "srgb")
    return changed.bandjoin(alpha) if alpha else changed


def weighted(image: VipsImage, change: Callable[[VipsImage], VipsImage]) -> VipsImage:
    """`change` mixes neighbours: what is transparent must not lend them its colour."""
    if not image.hasalpha():
        return whole(change(image)).copy(interpretation=image.interpretation)
    done = whole(change(image.premultiply()).unpremultiply())
    return done.copy(interpretation=image.interpretation)


def whole(image: VipsImage) -> VipsImage:
    """One byte a band, rounded and clipped."""
    return image if image.format == "uchar" else image.rint().cast("uchar")


def veiled(image: VipsImage, mask: VipsImage) -> VipsImage:
    """Transparent where the mask is 0, and as before where it is 255."""
    colors, alpha = apart(image)
    return colors.bandjoin(whole(alpha * mask / 255) if alpha else mask)


def over(image: VipsImage, paint: Color) -> VipsImage:
    """The image on a ground of one colour; opaque if that is."""
    if not image.hasalpha():
        return image
    image = in_color(image)
    if paint[3] == 255:
        return image.flatten(background=list(paint[:3]))
    ground = plain(image.width, image.height, paint)
    return whole(ground.composite2(image, "over")).copy(interpretation="srgb")


def plain(width: int, height: int, paint: Color) -> VipsImage:
    """One colour all over, sRGB with alpha."""
    black = VipsImage.black(1, 1, bands=4) + list(paint)
    return black.cast("uchar").copy(interpretation="srgb").embed(0, 0, width, height, extend="copy")


def placed(
    image: VipsImage, left: int, top: int, width: int, height: int, paint: Color
) -> VipsImage:
    """The image on a larger canvas of one colour; alpha comes where the colour needs it."""
    if paint[0] == paint[1] == paint[2]:
        colors = [paint[0]] * (1 if image.bands < 3 else 3)
    else:
        image, colors = in_color(image), list(paint[:3])
    if image.hasalpha():
        colors.append(paint[3])
    elif paint[3] < 255:
        image = image.addalpha()
        colors.append(paint[3])
    return image.embed(left, top, width, height, extend="background", background=colors)
