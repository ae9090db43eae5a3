"""The one URL builder. Nobody formats a URL elsewhere, so that signing has one place to be.

What is signed here expires only where that is asked for: JSON with these URLs lies in caches for
days, and in other people's pages for longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from calotype.deliver.signing import Signer
from calotype.model import Image
from calotype.render.spec import ORDER, RenderSpec

THUMB, SMALL, REGULAR, FULL = 320, 640, 1080, 2048
SRCSET = (320, 480, 640, 960, 1280, 1600, 2048)

Value = str | int | float
_ORDER = ("n", *ORDER)


class Urls:
    """Builds paths, or whole URLs where `base` is given (`https://images.example.org`).

    With a signer, all are signed but `iiif`, which is not asked for itself. `key` is the name of
    the key, else it is the signer's first; `expires` a Unix time.
    """

    def __init__(
        self, base: str = "", signer: Signer | None = None, key: str | None = None
    ) -> None:
        self._base, self._signer, self._key = base.rstrip("/"), signer, key

    def rendition(
        self, image_id: str, params: Mapping[str, Value] | None = None, expires: int | None = None
    ) -> str:
        """`/i/{id}`: immutable."""
        return self._signed(f"/i/{quote(image_id, safe='')}{_query(params)}", expires)

    def original(self, image_id: str) -> str:
        return self._signed(f"/i/{quote(image_id, safe='')}/original")

    def iiif(self, image_id: str) -> str:
        """The base URI of the image in the IIIF Image API 3.0."""
        return f"{self._base}/iiif/3/{quote(image_id, safe='')}"

    def iiif_info(self, image_id: str) -> str:
        return f"{self.iiif(image_id)}/info.json"

    def iiif_image(self, image_id: str, path: str) -> str:
        """`path` is a canonical one: `full/max/0/default.jpg`."""
        return f"{self.iiif(image_id)}/{quote(path, safe='/,!^')}"

    def query(
        self, text: str, params: Mapping[str, Value] | None = None, expires: int | None = None
    ) -> str:
        """`/image/{query}`, the best match.

        A slash becomes a space, which means the same in a query: proxies and servers disagree on
        an encoded slash in a path, and the service takes none.
        """
        path = f"/image/{quote(text.replace('/', ' '), safe='')}"
        return self._signed(path + _query(params), expires)

    def spec(self, image_id: str, spec: RenderSpec, expires: int | None = None) -> str:
        """The URL that a canonical spec has."""
        query = f"?{spec.canonical}" if spec.canonical else ""
        return self._signed(f"/i/{quote(image_id, safe='')}{query}", expires)

    def of_path(
        self, path: str, pairs: Iterable[tuple[str, str]], expires: int | None = None
    ) -> str:
        """Any address of the service, `path` and parameters decoded."""
        query = urlencode(list(pairs), quote_via=quote)
        return self._signed(quote(path, safe="/,!^:") + (f"?{query}" if query else ""), expires)

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

    def _signed(self, url: str, expires: int | None = None) -> str:
        if self._signer is not None:
            url = self._signer.signed(url, expires, self._key)
        return self._base + url


def _query(params: Mapping[str, Value] | None) -> str:
    """Parameters in one order, whatever order they came in, so that equal URLs are equal."""
    given = params or {}
    rest = sorted(set(given) - set(_ORDER))
    ordered = [(key, given[key]) for key in (*_ORDER, *rest) if key in given]
    return f"?{urlencode(ordered, quote_via=quote)}" if ordered else ""
