"""Images and renditions to deliver, without a pixel in them."""

from __future__ import annotations

import hashlib
from typing import Any

from msgspec.structs import replace

from calotype.model import Image, Place, Rendition


def image(**changes: Any) -> Image:
    made = Image(
        id="0" * 40, format="jpeg", width=800, height=600, bytes=1, places=(Place("a", "b", "1"),)
    )
    return replace(made, **changes)


def key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def rendition(size: int = 100, fill: bytes = b"x") -> Rendition:
    return Rendition(fill * size, "image/webp", 40, 30)
