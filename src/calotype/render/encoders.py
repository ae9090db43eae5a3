"""Pixels to bytes, one function a format. None writes any metadata.

Each format has a quick setting, for whoever is waiting, and a slow one for renditions that are
asked for often. Both are meant to look the same at the same quality: `quality` says what each
encoder must be told for that. What the settings cost and save: benchmarks/results/quality.json.

    jpeg   quick is baseline: progressive saves 1 to 3 % and takes half as long again. Slow is
           mozjpeg's trellis and scan search.
    webp   the quick method decides without trying (effort 2): half the time of 3 and above.
    avif   effort 0 is libaom's fastest; tuned for SSIM it is also faster and smaller than as set.
    png    up to 256 colours as a palette, without a loss (`palette`).
    png8   at most 256 colours; where there are more, the nearest of a palette, dithered.
    gif    dithered only where there are many colours: in a drawing it hides nothing, and what it
           scatters costs 8 to 10 % of an animation.
"""

from __future__ import annotations

from typing import Any

from calotype.decode import VipsImage
from calotype.render import palette, quality

ENCODER_VERSION = "4"
"""Part of every ETag: change it when the same spec gives other bytes than before."""

CONTENT_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "png8": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
}
LONGEST = {"webp": 16_383}
"""Pixels that a side can have, of formats in which that is less than any side ever is."""

WITH_LOSSLESS = frozenset({"webp", "avif"})

Options = dict[str, Any]

_QUICK: dict[str, Options] = {
    "jpeg": {"optimize_coding": True, "interlace": False},
    "webp": {"effort": 2},
    "avif": {"effort": 0, "tune": "ssim"},
    "png": {"compression": 2, "filter": "all"},
    "png8": {"compression": 6, "effort": 4},
    "gif": {"effort": 1},
}
_SLOW: dict[str, Options] = {
    "jpeg": {
        "optimize_coding": True,
        "interlace": True,
        "optimize_scans": True,
        "trellis_quant": True,
        "overshoot_deringing": True,
    },
    "webp": {"effort": 6},
    "avif": {"effort": 2, "tune": "ssim"},
    "png": {"compression": 9, "filter": "all"},
    "png8": {"compression": 9, "effort": 10},
    "gif": {"effort": 8},
}
_QUICK_LOSSLESS: dict[str, Options] = {"webp": {"effort": 0}, "avif": {"effort": 0}}
_SLOW_LOSSLESS: dict[str, Options] = {"webp": {"effort": 4}, "avif": {"effort": 1}}
_PALETTE_LEVEL = {False: 6, True: 9}

_FULL_COLOR = 90
"""From this quality on, colour is kept at full resolution, as libjpeg's own users expect."""


def encode(
    image: VipsImage,
    format: str,
    wanted: int | None,
    *,
    slow: bool = False,
    lossless: bool = False,
) -> bytes:
    """The file. `wanted` is a JPEG's quality, 1 to 100, whatever the format: the result looks as
    that JPEG would; None is the format's own. `lossless` counts where the format knows it.

    Raises VipsError.
    """
    if format in ("png", "png8"):
        return _png(image, format, slow)
    if format == "gif":
        image = image.copy_memory()
        options = dict((_SLOW if slow else _QUICK)[format])
        return _saved(
            image, format, dither=0.0 if palette.has_few_colors(image) else 1.0, **options
        )
    if lossless and format in WITH_LOSSLESS:
        options = (_SLOW_LOSSLESS if slow else _QUICK_LOSSLESS)[format]
        return _saved(image, format, lossless=True, **options)
    wanted = wanted or quality.DEFAULT[format]
    native = quality.native(format, wanted, slow)
    return save(image, format, native, slow=slow, full_color=wanted >= _FULL_COLOR)


def save(
    image: VipsImage,
    format: str,
    native: int | None = None,
    *,
    slow: bool = False,
    full_color: bool = False,
) -> bytes:
    """The same, with `native` on the encoder's own scale of quality."""
    options = dict((_SLOW if slow else _QUICK)[format])
    if native is not None:
        options["Q"] = native
    if format in ("jpeg", "avif"):
        options["subsample_mode"] = "off" if full_color else "on"
    return _saved(image, format, **options)


def _png(image: VipsImage, format: str, slow: bool) -> bytes:
    image = image.copy_memory()
    return palette.png(image, _PALETTE_LEVEL[slow]) or save(image, format, slow=slow)


_SAVERS: dict[str, tuple[str, Options]] = {
    "jpeg": ("jpegsave_buffer", {}),
    "png": ("pngsave_buffer", {}),
    "png8": ("pngsave_buffer", {"palette": True}),
    "webp": ("webpsave_buffer", {}),
    "avif": ("heifsave_buffer", {"compression": "av1"}),
    "gif": ("gifsave_buffer", {}),
}


def _saved(image: VipsImage, format: str, **options: Any) -> bytes:
    saver, fixed = _SAVERS[format]
    body: bytes = getattr(image, saver)(keep="none", **fixed, **options)
    return body
