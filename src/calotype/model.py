"""The nouns that every part of the house speaks of. Imports nothing of ours.

All of them are frozen: a value that crosses from one room to the next is never changed on the way.
They are msgspec's, which reads one from JSON in a microsecond: a page of hits is 24 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import msgspec

FORMATS = ("jpeg", "png", "webp", "avif", "gif", "tiff", "svg", "heic")
"""The formats that an original may have, as found in its content."""

ORIENTATIONS = ("landscape", "portrait", "square")

COLORS = ("black", "gray", "white", "red", "orange", "yellow", "green", "teal", "blue", "purple",
          "pink", "brown", "beige")  # fmt: skip
"""The common names that a colour of an image may have."""


class Color(msgspec.Struct, frozen=True, array_like=True):
    """One of the main colours of an image: its common name, `#rrggbb`, and its share (0 to 1)."""

    name: str
    hex: str
    share: float


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where an image lies: a source (absolute path or URL) and a name relative to it.

    `version` changes whenever the bytes there may have changed: size and mtime in a folder, the
    ETag in a bucket.
    """

    source: str
    name: str
    version: str


class Image(msgspec.Struct, frozen=True, array_like=True):
    """One image, however many places it lies in.

    `id` is the first 40 hex digits of the SHA-256 of the content. `seq` numbers the last change
    to this record, `born` the change that brought it: both are unique in a catalog. `width` and
    `height` are in pixels as displayed, EXIF orientation applied. `bytes` is the original's size.
    `created` and `added` are ISO 8601. `thumbhash` is base64. `colors`, `thumbhash` and `alpha`
    come from pixels and follow later than the rest: until then `analysed` is False.
    """

    id: str
    format: str
    width: int
    height: int
    bytes: int
    places: tuple[Place, ...]
    seq: int = 0
    born: int = 0
    title: str = ""
    description: str = ""
    alt: str = ""
    tags: tuple[str, ...] = ()
    creator: str = ""
    license: str = ""
    created: str | None = None
    added: str | None = None
    camera: str = ""
    orientation: int = 1
    frames: int = 1
    alpha: bool = False
    colors: tuple[Color, ...] = ()
    thumbhash: str | None = None
    analysed: bool = False

    @property
    def name(self) -> str:
        """The image's place in its source, e.g. `images/a.jpg`; the first where there are more."""
        return self.places[0].name

    @property
    def shape(self) -> str:
        """`landscape`, `portrait`, or `square` (sides within 5 % of each other)."""
        ratio = self.width / self.height
        if 0.95 <= ratio <= 1.05:
            return "square"
        return "landscape" if ratio > 1 else "portrait"

    def to_dict(self) -> dict[str, Any]:
        """The record as plain JSON values: what the catalog and the index store."""
        return {
            **{field: getattr(self, field) for field in self.__struct_fields__},
            "places": [[p.source, p.name, p.version] for p in self.places],
            "tags": list(self.tags),
            "colors": [[c.name, c.hex, c.share] for c in self.colors],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(
            **{
                **values,
                "places": tuple(Place(*place) for place in values["places"]),
                "tags": tuple(values["tags"]),
                "colors": tuple(Color(*color) for color in values["colors"]),
            }
        )


class Change(msgspec.Struct, frozen=True):
    """One row of the catalog's feed: the image as it is since `seq`, or None if it has gone."""

    seq: int
    id: str
    image: Image | None


class Rendition(msgspec.Struct, frozen=True):
    """An image rendered for delivery: the encoded bytes and their pixel size."""

    body: bytes
    content_type: str
    width: int
    height: int
