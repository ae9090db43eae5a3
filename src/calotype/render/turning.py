"""Mirroring and turning, by EXIF's eight ways and by any angle."""

from __future__ import annotations

import math

from calotype.decode import VipsImage

_MIRRORED = {2: 0, 4: 180, 5: 270, 7: 90}
_TURNED = {1: 0, 3: 180, 6: 90, 8: 270}
_QUARTERS = {90: "d90", 180: "d180", 270: "d270"}


def reoriented(image: VipsImage, stored: int, wanted: int) -> VipsImage:
    """What was turned upright by the EXIF orientation `stored`, as `wanted` would have shown it."""
    return _oriented(_undone(image, stored), wanted)


def _oriented(image: VipsImage, orientation: int) -> VipsImage:
    """From as stored to as displayed: mirrored first, then turned clockwise (EXIF 2.32, 4.6.4)."""
    if orientation in _MIRRORED:
        return quarter(image.fliphor(), _MIRRORED[orientation])
    return quarter(image, _TURNED.get(orientation, 0))


def _undone(image: VipsImage, orientation: int) -> VipsImage:
    if orientation in _MIRRORED:
        return quarter(image, -_MIRRORED[orientation] % 360).fliphor()
    return quarter(image, -_TURNED.get(orientation, 0) % 360)


def quarter(image: VipsImage, degrees: int) -> VipsImage:
    """Clockwise by 0, 90, 180 or 270."""
    return image.rot(_QUARTERS[degrees]) if degrees else image


def pivoted(image: VipsImage, degrees: float, width: int, height: int) -> VipsImage:
    """Clockwise by any angle, all of it on a transparent `width` × `height`."""
    image = image if image.hasalpha() else image.addalpha()
    return _affine(image, degrees, 1.0, width, height, "background")


def straightened(image: VipsImage, degrees: float) -> VipsImage:
    """Turned in its frame, and enlarged until no corner of the frame is empty."""
    cos, sin = (abs(f(math.radians(degrees))) for f in (math.cos, math.sin))
    ratio = image.width / image.height
    zoom = max(cos + sin / ratio, cos + sin * ratio)
    return _affine(image, degrees, zoom, image.width, image.height, "copy")


def _affine(
    image: VipsImage, degrees: float, zoom: float, width: int, height: int, extend: str
) -> VipsImage:
    """About the middle. Only the frame is ever computed, however large the zoom."""
    alpha = image.hasalpha()
    cos, sin = (zoom * f(math.radians(degrees)) for f in (math.cos, math.sin))
    done = (image.premultiply() if alpha else image).affine(
        [cos, -sin, sin, cos],
        idx=-image.width / 2, idy=-image.height / 2,
        odx=width / 2, ody=height / 2,
        oarea=[0, 0, width, height],
        extend=extend, background=[0] * image.bands,
    )  # fmt: skip
    done = done.unpremultiply() if alpha else done
    return done.cast("uchar").copy(interpretation=image.interpretation)
