"""XMP (ISO 16684-1), embedded or as a sidecar: what it says of an image."""

from __future__ import annotations

from calotype.catalog import Words
from calotype.catalog.words import NOTHING


def words_from_xmp(data: bytes) -> Words:
    return NOTHING
