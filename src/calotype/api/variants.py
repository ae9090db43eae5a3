"""How few different answers a URL has, however it and `Accept` are spelt.

    Accept          one of four tokens, and none where the format is not negotiated
    parameters      those that the route reads, in one order; of a rendition, its canonical form;
                    of IIIF none, as its path says all
    sizes, quality  on the rungs of a ladder, if one is set

What is remembered as a whole is remembered under that, so that no one can fill the memory with
spellings of one thing.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlencode

from starlette.types import Scope

from calotype.api.answer import Key, header, saves_data
from calotype.api.params import (
    LONGEST_QUERY_STRING,
    RANK,
    SEARCH,
    USUAL,
    Filters,
    Params,
    read,
    split,
    whole,
)
from calotype.deliver import ladder as ladders
from calotype.deliver import negotiate
from calotype.deliver.ladder import Ladder
from calotype.errors import BadParameter
from calotype.model import Image
from calotype.render.geometry import upright_size
from calotype.render.sizing import sized_down
from calotype.render.spec import RenderSpec

VERBATIM = frozenset({"s", "expires"})
"""Parameters of a signature: it is for this very query string, so nothing else may stand for it."""

remembered = lru_cache(4096)(negotiate.token)
_MOST_RANK = 10**9
_SAVING = "+save-data"
_SEARCH = frozenset(each["name"] for each in SEARCH)


def token(accept: str) -> str:
    """The token of an `Accept`; one of unusual length must not fill the memory."""
    return remembered(accept) if len(accept) <= USUAL else negotiate.token(accept)


class Variants:
    """The same key for the same answer. `most_pixels`: of a rendition, all frames together.
    `signed`: whether signatures are looked at; where not, theirs are parameters that nobody knows.
    """

    def __init__(self, ladder: Ladder, most_pixels: int, signed: bool = True) -> None:
        self._ladder, self._most_pixels, self._signed = ladder, most_pixels, signed
        self._remembered = lru_cache(8192)(self._normal)

    def key(self, scope: Scope) -> Key:
        """What an answer is remembered under."""
        path: str = scope["path"]
        kind = path[1 : path.find("/", 1) + 1] or path
        query: bytes = scope["query_string"]
        if kind == _IIIF:
            return path, query if self._signed and _has_signature(query) else b"", ""
        if kind not in _NORMAL:
            return path, query, ""
        if query:
            usual = len(query) <= USUAL
            query = self._remembered(kind, query) if usual else self._normal(kind, query)
        if kind not in _NEGOTIATED:
            return path, query, ""
        accepted = token(header(scope, b"accept").decode("latin-1"))
        return path, query, accepted + _SAVING if saves_data(scope) else accepted

    def asked(self, params: Params) -> RenderSpec:
        """What the parameters ask for, as it is. Raises BadParameter."""
        return ladders.parse(params, self._ladder)

    def settled(self, spec: RenderSpec, image: Image) -> RenderSpec:
        """What is rendered: on the ladder, and no larger than a rendition may be.

        Raises BadParameter where the spec does not fit the image.
        """
        if self._ladder:
            upright = upright_size(spec, image.width, image.height, image.orientation)
            spec = ladders.in_pixels(spec, upright)
        return sized_down(self._snapped(spec), image, self._most_pixels)

    def _snapped(self, spec: RenderSpec) -> RenderSpec:
        return ladders.snap(spec, self._ladder) if self._ladder else spec

    def _normal(self, kind: str, query: bytes) -> bytes:
        """The one spelling; what cannot be read has its own, and is not answered anyway."""
        if len(query) > LONGEST_QUERY_STRING:
            return query
        try:
            given, filters = read(query)
            signed = self._signed and VERBATIM & given.keys()
            return query if signed else _NORMAL[kind](self, given, filters)
        except BadParameter:
            return query

    def _rendition(self, given: Params, filters: Filters) -> bytes:
        return self._snapped(self.asked(given)).canonical.encode()

    def _match(self, given: Params, filters: Filters) -> bytes:
        rank = {RANK["name"]: str(whole(given, RANK["name"], 1, _MOST_RANK, 1))}
        return self._rendition(given, filters) + b"?" + _written(rank, filters)

    def _hits(self, given: Params, filters: Filters) -> bytes:
        return _written({name: given[name] for name in _SEARCH & given.keys()}, filters)


_NORMAL = {"i/": Variants._rendition, "image/": Variants._match, "/search": Variants._hits}
_NEGOTIATED = frozenset({"i/", "image/"})
_IIIF = "iiif/"


def _has_signature(query: bytes) -> bool:
    """Whether it may be signed; what cannot be read is refused where signatures are looked at."""
    if not query:
        return False
    try:
        return any(name in VERBATIM for name, _ in split(query))
    except BadParameter:
        return True


def _written(given: Params, filters: Filters) -> bytes:
    return urlencode(sorted(given.items()) + sorted(filters.items()), doseq=True).encode()
