"""The one URL builder. Nobody formats a URL elsewhere, so that signing has one place to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from calotype.model import Image
from calotype.render.spec import ORDER, RenderSpec

THUMB, SMALL, REGULAR, FULL = 320, 640, 1080, 2048
SRCSET = (320, 480, 640, 960, 1280, 1600, 2048)

Value = str | int | float
_ORDER = ("n", *ORDER)


class Urls:
    """Builds paths, or whole URLs where `base` is given (`https://images.example.org`)."""

    def __init__(self, base: str = "") -> None:
        self._base = base.rstrip("/")

    def rendition(self, image_id: str, params: Mapping[str, Value] | None = None) -> str:
        """`/i/{id}`: immutable."""
        return self._build(f"/i/{quote(image_id, safe='')}", params)

    def original(self, image_id: str) -> str:
        return self._build(f"/i/{quote(image_id, safe='')}/original")

    def iiif(self, image_id: str) -> str:
        """The base URI of the image in the IIIF Image API 3.0."""
        return self._build(f"/iiif/3/{quote(image_id, safe='')}")

    def iiif_info(self, image_id: str) -> str:
        return f"{self.iiif(image_id)}/info.json"

    def iiif_image(self, image_id: str, path: str) -> str:
        """`path` is a canonical one: `full/max/0/default.jpg`."""
        return f"{self.iiif(image_id)}/{quote(path, safe='/,!^')}"

    def query(self, text: str, params: Mapping[str, Value] | None = None) -> str:
        """`/image/{query}`, the best match.

        A slash becomes a space, which means the same in a query: proxies and servers disagree on
        an encoded slash in a path, and the service takes none.
        """
        return self._build(f"/image/{quote(text.replace('/', ' '), safe='')}", params)

    def spec(self, image_id: str, spec: RenderSpec) -> str:
        """The URL that a canonical spec has."""
        path = self.rendition(image_id)
        return f"{path}?{spec.canonical}" if spec.canonical else path

    def srcset(self, image: Image, widths: Iterable[int] = SRCSET) -> str:
        """For `<img srcset>`: widths up to the image's own, which is the last (a drawing: all)."""
        if image.format != "svg":
            widths = [*(w for w in widths if w < image.width), min(image.width, FULL)]
        unique = sorted(set(widths))
        return ", ".join(f"{self.rendition(image.id, {'w': w})} {w}w" for w in unique)

    def of(self, image: Image) -> dict[str, str]:
        """The member `urls` of an image in JSON."""

        def at_most(side: int) -> str:
            return self.rendition(image.id, {"w": side, "h": side, "fit": "max"})

        return {
            "thumb": at_most(THUMB),
            "small": at_most(SMALL),
            "regular": at_most(REGULAR),
            "full": at_most(FULL),
            "original": self.original(image.id),
            "iiif": self.iiif(image.id),
        }

    def _build(self, path: str, params: Mapping[str, Value] | None = None) -> str:
        """Parameters in one order, whatever order they came in, so that equal URLs are equal."""
        given = params or {}
        rest = sorted(set(given) - set(_ORDER))
        ordered = [(key, given[key]) for key in (*_ORDER, *rest) if key in given]
        query = f"?{urlencode(ordered, quote_via=quote)}" if ordered else ""
        return f"{self._base}{path}{query}"
