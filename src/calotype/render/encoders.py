"""Pixels to bytes, one function a format. None writes any metadata.

The default qualities were chosen so that the formats look alike (SSIM), see
benchmarks/render_small.py. Efforts are low on purpose: AVIF's default effort takes four times as
long as effort 1 for nearly the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from calotype.decode import VipsImage

ENCODER_VERSION = "1"
"""Part of every ETag: change it when the same spec gives other bytes than before."""

CONTENT_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
}
QUALITY = {"jpeg": 80, "webp": 78, "avif": 55}


def encode(image: VipsImage, format: str, quality: int | None) -> bytes:
    """Raises VipsError."""
    body: bytes = _ENCODERS[format](image, quality or QUALITY.get(format, 0))
    return body


def _jpeg(image: VipsImage, quality: int) -> bytes:
    body: bytes = image.jpegsave_buffer(
        Q=quality, optimize_coding=True, interlace=False, keep="none"
    )
    return body


def _png(image: VipsImage, quality: int) -> bytes:
    body: bytes = image.pngsave_buffer(compression=6, filter="all", keep="none")
    return body


def _webp(image: VipsImage, quality: int) -> bytes:
    body: bytes = image.webpsave_buffer(Q=quality, effort=2, keep="none")
    return body


def _avif(image: VipsImage, quality: int) -> bytes:
    body: bytes = image.heifsave_buffer(Q=quality, effort=1, compression="av1", keep="none")
    return body


def _gif(image: VipsImage, quality: int) -> bytes:
    body: bytes = image.gifsave_buffer(effort=3, keep="none")
    return body


_ENCODERS: dict[str, Callable[[VipsImage, int], bytes]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
    "gif": _gif,
}
