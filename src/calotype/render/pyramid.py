"""Smaller copies of an original, so that few renders ever decode all of it.

    levels/<version>/<2 hex digits>/<id>-<long side>

A level is upright, sRGB, without metadata: a JPEG, or a lossless WebP where there is transparency
or few colours. It is kept with a checksum, since decoders show damage as pixels. Nothing here
fails a request: a store that does not answer is a store without levels.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from calotype import decode
from calotype.blobs import Derived, DerivedUnavailable
from calotype.decode import Limits, VipsError, VipsImage
from calotype.errors import CalotypeError
from calotype.model import Image

VERSION = "2"
"""Of the recipe: another makes all levels anew."""

SIDES = (1024, 2048)
"""Long sides in pixels, smallest first."""

WORTH = 0.75
"""A level's long side is at most this share of the original's: a larger one saves too little."""

HEADROOM = 1.25
"""A level serves what is smaller than it by this much: nearer to its size the loss of encoding
twice shows (SSIM to the direct rendition under 0.992; docs/adr/0009)."""

DRAWN = frozenset({"svg"})
FEW_COLORS = 64
_QUALITY = 96
_MAGIC = b"CLV1"
_HEAD = len(_MAGIC) + 4

OnEvent = Callable[[str], None]
"""Called with `made`, `damaged`, `failed` (the original breaks) or `unavailable` (the store)."""


class Pyramid:
    """The levels of all images, in `store`."""

    def __init__(
        self, store: Derived, limits: Limits | None = None, on_event: OnEvent = lambda event: None
    ) -> None:
        self._store, self._limits, self._on_event = store, limits or Limits(), on_event

    def read(self, image: Image, side: int) -> bytes | None:
        """A level, or None where it is not there (yet), damaged, or the store does not answer."""
        return self._get(name(image.id, side))

    def missing(self, image: Image) -> bool:
        """Whether any level that the image should have is not there. False if not to be known."""
        try:
            return not all(self._store.exists(name(image.id, side)) for side in sides(image))
        except DerivedUnavailable:
            self._on_event("unavailable")
            return False

    def make(self, image: Image, original: bytes) -> bool:
        """Make all levels, from one decode. False where nothing came of it."""
        wanted = sides(image)
        try:
            pixels = None
            for side in reversed(wanted):
                pixels = (
                    decode.thumbnail(original, self._limits, side)
                    if pixels is None
                    else decode.refit(pixels, side, side, "shrink").copy_memory()
                )
                self._store.put(name(image.id, side), _sealed(encode(pixels, image.format)))
                self._on_event("made")
        except DerivedUnavailable:
            self._on_event("unavailable")
            return False
        except (CalotypeError, VipsError):
            self._on_event("failed")
            return False
        return bool(wanted)

    def drop(self, id: str) -> None:
        """Remove the levels of an image that has gone."""
        with suppress(DerivedUnavailable):
            for side in SIDES:
                self._store.delete(name(id, side))

    def seen(self, catalog: str) -> int:
        """Up to which change of a catalog levels were made; 0 if that is not known."""
        try:
            return int(self._store.get(_seen(catalog)) or b"0")
        except (DerivedUnavailable, ValueError):
            return 0

    def mark_seen(self, catalog: str, seq: int) -> None:
        with suppress(DerivedUnavailable):
            self._store.put(_seen(catalog), str(seq).encode())

    def _get(self, name: str) -> bytes | None:
        try:
            kept = self._store.get(name)
        except DerivedUnavailable:
            self._on_event("unavailable")
            return None
        level = None if kept is None else _unsealed(kept)
        if kept is not None and level is None:
            self._on_event("damaged")
            with suppress(DerivedUnavailable):
                self._store.delete(name)  # or `missing` would take it for a good one
        return level


def sides(image: Image) -> tuple[int, ...]:
    """Long sides of the levels that an image should have, smallest first."""
    if image.format in DRAWN or image.frames > 1:
        return ()
    return tuple(side for side in SIDES if side <= WORTH * max(image.width, image.height))


def serving(image: Image, scale: float) -> int | None:
    """The long side of the smallest level that serves a render at `scale` of the original."""
    needed = HEADROOM * scale * max(image.width, image.height)
    return next((side for side in sides(image) if side >= needed), None)


def name(id: str, side: int) -> str:
    return f"levels/{VERSION}/{id[:2]}/{id}-{side}"


def _seen(catalog: str) -> str:
    """Kept with the levels: who removes them removes this."""
    return f"levels/{VERSION}/seen-{catalog}"


def encode(pixels: VipsImage, format: str) -> bytes:
    """Pixels as a level; `format` is the original's. Raises VipsError."""
    if pixels.hasalpha() and pixels[pixels.bands - 1].min() == 255:
        pixels = pixels.extract_band(0, n=pixels.bands - 1)
    if pixels.hasalpha() or (format != "jpeg" and _few_colors(pixels)):
        body: bytes = pixels.webpsave_buffer(lossless=True, exact=True, effort=1, keep="none")
    else:
        body = pixels.jpegsave_buffer(
            Q=_QUALITY, subsample_mode="off", optimize_coding=True, keep="none"
        )
    return body


def _few_colors(pixels: VipsImage) -> bool:
    """Told from every eighth pixel across and down: drawings and screenshots, not photographs."""
    some = pixels.subsample(8, 8)
    values = np.asarray(some.numpy(), dtype=np.uint8).reshape(-1, some.bands)
    return len(np.unique(values, axis=0)) <= FEW_COLORS


def _sealed(body: bytes) -> bytes:
    return b"".join((_MAGIC, zlib.crc32(body).to_bytes(4, "big"), body))


def _unsealed(kept: bytes) -> bytes | None:
    body = kept[_HEAD:]
    good = kept[: len(_MAGIC)] == _MAGIC and kept[len(_MAGIC) : _HEAD] == zlib.crc32(body).to_bytes(
        4, "big"
    )
    return body if good else None
