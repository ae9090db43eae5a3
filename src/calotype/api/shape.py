"""The one shape that an image has wherever JSON shows one (design.md §4)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from calotype.deliver.urls import Urls
from calotype.model import Image
from calotype.search import Hit


class Shapes:
    """Images as JSON, kept encoded. Neither id nor `seq` tells versions apart: a catalog that was
    built anew, or restored from a copy, counts again what it has counted.
    """

    def __init__(self, urls: Urls, most: int = 10_000) -> None:
        self._urls, self._most = urls, most
        self._encoded: OrderedDict[str, tuple[Image, bytes]] = OrderedDict()

    def image(self, image: Image) -> bytes:
        kept = self._encoded.get(image.id)
        if kept is not None and (kept[0] is image or kept[0] == image):
            return kept[1]
        encoded = orjson.dumps(self.document(image))
        self._encoded[image.id] = image, encoded
        if len(self._encoded) > self._most:
            self._encoded.popitem(last=False)
        return encoded

    def hit(self, hit: Hit) -> orjson.Fragment:
        more = orjson.dumps({"score": round(hit.score, 4), "match": hit.match})
        return orjson.Fragment(self.image(hit.image)[:-1] + b"," + more[1:])

    def document(self, image: Image) -> dict[str, Any]:
        return {
            "id": image.id,
            "name": image.name,
            "title": image.title,
            "description": image.description,
            "alt": image.alt,
            "tags": list(image.tags),
            "creator": image.creator,
            "license": image.license,
            "width": image.width,
            "height": image.height,
            "format": image.format,
            "bytes": image.bytes,
            "created": image.created,
            "colors": [{"name": c.name, "hex": c.hex, "share": c.share} for c in image.colors],
            "thumbhash": image.thumbhash,
            "urls": self._urls.of(image),
        }
