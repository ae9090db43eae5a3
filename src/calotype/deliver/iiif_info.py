"""What `info.json` says of an image (IIIF Image API 3.0, §5)."""

from __future__ import annotations

from typing import Any

from calotype.deliver.iiif import FORMATS, QUALITIES, Bounds
from calotype.model import Image

CONTEXT = "http://iiif.io/api/image/3/context.json"
PROFILE = "http://iiif.io/api/image/3/level2.json"
TILE = 1024
"""Pixels. Where an original is too large to be held decoded, a tile costs mostly its decoding, so
fewer and larger ones are served faster than the usual 256 or 512."""
SMALLEST = 64
"""Pixels of the long side of the smallest of `sizes`."""

_LEVEL2_FORMATS = frozenset({"jpg", "png"})
_FEATURES = ("canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary",
             "sizeUpscaling")  # fmt: skip


def document(image: Image, id: str, bounds: Bounds) -> dict[str, Any]:
    """`id` is the image's base URI, absolute. Only what level 2 does not imply is listed."""
    width, height = image.width, image.height
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "id": id,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": bounds.side,
        "maxHeight": bounds.side,
        "maxArea": bounds.area,
        "sizes": [
            {"width": across, "height": down}
            for across, down in sorted({(_part(width, by), _part(height, by))
                                        for by in _factors(image, SMALLEST)})
            if bounds.hold(across, down)
        ],
        "tiles": [{"width": TILE, "height": TILE, "scaleFactors": _factors(image, TILE)}],
        "extraFormats": [format for format in FORMATS if format not in _LEVEL2_FORMATS],
        "extraQualities": list(QUALITIES[1:]),
        "extraFeatures": list(_FEATURES),
    }  # fmt: skip
    if image.alpha:
        # a viewer that knows nothing better takes JPEG, which has no transparency
        found["preferredFormats"] = ["webp", "png"]
    if image.license.startswith(("http://", "https://")):
        found["rights"] = image.license
    return found


def _factors(image: Image, least: int) -> list[int]:
    """1, 2, 4 … until the long side is no longer than `least`."""
    factors = [1]
    while _part(max(image.width, image.height), factors[-1]) > least:
        factors.append(factors[-1] * 2)
    return factors


def _part(side: int, factor: int) -> int:
    return -(-side // factor)
