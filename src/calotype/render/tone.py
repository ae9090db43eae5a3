"""Light and colour: one table of 256 entries for light, one matrix for colour.

imgix does not publish its formulas. Ours are the usual ones (W3C Filter Effects for matrices,
linear light for exposure), scaled so that both ends of each range are as strong as is useful.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from calotype.decode import VipsImage
from calotype.render import bands
from calotype.render.spec import RenderSpec

Matrix = npt.NDArray[np.float64]

LUMA = np.array([0.2126, 0.7152, 0.0722])
_SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
_MIDDLE = 128
_GREY: Matrix = np.tile(LUMA, (3, 1))


def lit(image: VipsImage, spec: RenderSpec) -> VipsImage:
    """exp, gam, high, shad, bri and con, in this order: from the light itself to its display."""
    if not (spec.exp or spec.gam or spec.high or spec.shad or spec.bri or spec.con):
        return image
    table = VipsImage.new_from_array(curve(spec).reshape(1, 256).tolist()).cast("uchar")
    return bands.on_colors(image, lambda colors: colors.maplut(table))


def curve(spec: RenderSpec) -> npt.NDArray[np.uint8]:
    """What each of the 256 values becomes."""
    v = np.arange(256) / 255
    if spec.exp:
        v = _display(np.clip(_light(v) * 2 ** (spec.exp / 50), 0, 1))
    if spec.gam:
        v = v ** (2 ** (-spec.gam / 100))
    if spec.high:
        v = v + spec.high / 100 * 1.5 * v**2 * (1 - v)
    if spec.shad:
        v = v + spec.shad / 100 * 1.5 * v * (1 - v) ** 2
    if spec.bri:
        v = v + spec.bri / 200
    if spec.con:
        v = (v - 0.5) * (1 + spec.con / 100) + 0.5
    return np.rint(np.clip(v, 0, 1) * 255).astype(np.uint8)


def _light(v: Matrix) -> Matrix:
    """sRGB to linear light (IEC 61966-2-1)."""
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def _display(v: Matrix) -> Matrix:
    return np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)


def vibrant(image: VipsImage, spec: RenderSpec) -> VipsImage:
    """As saturation, but the less saturated a pixel is, the more: skin is spared."""
    if not spec.vib or image.bands < 3:
        return image

    def change(colors: VipsImage) -> VipsImage:
        red, green, blue = colors.bandsplit()
        spread = red.maxpair(green).maxpair(blue) - red.minpair(green).minpair(blue)
        factor = 1 + spec.vib / 100 * (1 - spread / 255)
        grey = colors.recomb(_vips(_GREY))
        return grey + (colors - grey) * factor

    return bands.on_colors(image, change)


def colored(image: VipsImage, spec: RenderSpec) -> VipsImage:
    """sat, hue, monochrome and sepia: first what keeps colours apart, then what gives one."""
    if not (spec.sat or spec.hue or spec.monochrome or spec.sepia):
        return image
    if image.bands < 3 and not (spec.monochrome or spec.sepia):
        return image  # grey has no colour to change
    table = _vips(matrix(spec))
    return bands.on_colors(bands.in_color(image), lambda colors: colors.recomb(table))


def matrix(spec: RenderSpec) -> Matrix:
    """3 × 3, from RGB to RGB."""
    found = np.eye(3)
    if spec.sat:
        found = _mixed(_GREY, found, 1 + spec.sat / 100)
    if spec.hue:
        found = _hue(spec.hue) @ found
    if spec.monochrome:
        tint = np.array(spec.monochrome[:3]) / 255
        found = _mixed(np.eye(3), np.outer(tint, LUMA), spec.monochrome[3] / 255) @ found
    if spec.sepia:
        found = _mixed(np.eye(3), _SEPIA, spec.sepia / 100) @ found
    return found


def inverted(image: VipsImage, spec: RenderSpec) -> VipsImage:
    return bands.on_colors(image, lambda colors: colors.invert()) if spec.invert else image


def _mixed(one: Matrix, other: Matrix, share: float) -> Matrix:
    return one * (1 - share) + other * share


def _hue(degrees: float) -> Matrix:
    """Turns colours about grey, luma kept (Filter Effects 1, `hueRotate`)."""
    cos, sin = (f(math.radians(degrees)) for f in (math.cos, math.sin))
    red, green, blue = LUMA
    turn = np.array([[-red, -green, 1 - blue], [0.143, 0.140, -0.283], [-(1 - red), green, blue]])
    return _GREY + cos * (np.eye(3) - _GREY) + sin * turn


def _vips(values: Matrix) -> VipsImage:
    return VipsImage.new_from_array(values.tolist())


def toned(image: VipsImage, spec: RenderSpec) -> VipsImage:
    """One band of grey, or of nothing but 0 and 255; alpha stays as it is."""
    if spec.tones is None:
        return image
    grey = image.colourspace("b-w") if image.bands > 2 else image
    if spec.tones == "gray":
        return grey
    return bands.on_colors(grey, lambda light: light >= _MIDDLE)
