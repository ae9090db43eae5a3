"""The one shape that an image has wherever JSON shows one (design.md §4)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import orjson

from calotype.deliver.urls import Urls
from calotype.model import Image
from calotype.search import Hit


class Shapes:
    """Images as JSON, kept encoded. `seq` alone does not tell versions apart: a catalog that was
    built anew counts from 1 again.
    """

    def __init__(self, urls: Urls, most: int = 10_000) -> None:
        self._urls, self._most = urls, most
        self._encoded: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def image(self, image: Image) -> bytes:
        version = (image.id, image.seq)
        encoded = self._encoded.get(version)
        if encoded is None:
            encoded = orjson.dumps(self.document(image))
            self._encoded[version] = encoded
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
