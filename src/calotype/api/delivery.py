"""From (image, parameters, Accept) to an answer: what `/image` and `/i` share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from starlette.responses import Response

from calotype.api.answer import Answer
from calotype.api.problems import Problem
from calotype.api.services import Services
from calotype.deliver import caching, disposition, negotiate
from calotype.errors import CalotypeError, NoMatch, NotFound
from calotype.model import Image, Rendition
from calotype.originals import read_original
from calotype.render.engine import ENCODER_VERSION
from calotype.render.spec import RenderSpec
from calotype.search import Hit, Query

remembered = lru_cache(4096)(negotiate.token)

USUAL = 512
"""Characters of an `Accept` that is worth remembering; browsers send fewer."""


def token(accept: str) -> str:
    """The token of an `Accept`; one of unusual length must not fill the memory."""
    return remembered(accept) if len(accept) <= USUAL else negotiate.token(accept)


def find(house: Services, id: str) -> Image:
    image = house.index.get(id)
    if image is None:
        raise NotFound(f"There is no image with the id {id[:80]!r}.")
    return image


def best(house: Services, query: Query, rank: int) -> tuple[Hit, tuple[str, ...]]:
    """The hit at `rank` (1 is the best), and the terms that the answer depends on."""
    with house.metrics.search_seconds.time():
        page = house.index.search(query, limit=rank)
    if len(page.hits) < rank:
        suggestions = [] if page.hits else house.index.suggest(query)
        raise NoMatch(query.canonical, suggestions, found=page.total)
    return page.hits[rank - 1], page.terms


def no_match(house: Services, error: NoMatch, query: Query) -> Response:
    """A 404 that is an answer: tagged like one, so that an image that comes is noticed."""
    headers = {
        "cache-control": caching.for_query(house.settings.deliver),
        "cache-tag": caching.cache_tags([], query.terms)[0],
    }
    return Problem(error, headers)


@dataclass(frozen=True, slots=True)
class Plan:
    """A rendition decided on, before any pixel is touched."""

    spec: RenderSpec
    format: str
    key: str
    headers: tuple[tuple[str, str], ...]

    @property
    def etag(self) -> str:
        return caching.etag(self.key)

    def answer(self, route: str, found: Rendition | None) -> Answer:
        """The answer with the rendition, or without one what a 304 says."""
        pairs = [(name.encode(), value.encode()) for name, value in self.headers]
        if found is not None:
            pairs.append((b"content-type", found.content_type.encode()))
        body = found.body if found else b""
        return Answer(route, self.etag, tuple(pairs), body, whole=found is not None)


def plan(
    house: Services,
    image: Image,
    spec: RenderSpec,
    accept: str,
    terms: tuple[str, ...] | None = None,
) -> Plan:
    """Decide on format, ETag and lifetimes; `terms` are those of the query, if there was one."""
    format = negotiate.choose(token(accept), image, spec)
    key = caching.rendition_key(image.id, spec.pixels, format, ENCODER_VERSION)
    tags, complete = caching.cache_tags([image.id], terms)
    immutable = terms is None
    lifetime = (
        caching.IMMUTABLE if immutable else caching.for_query(house.settings.deliver, complete)
    )
    headers = [("etag", caching.etag(key)), ("cache-control", lifetime), ("cache-tag", tags)]
    if spec.negotiated:
        headers.append(("vary", "Accept"))
    if not immutable:
        headers.append(("content-location", house.urls.spec(image.id, spec)))
    if spec.download is not None:
        headers.append(("content-disposition", disposition.attachment(spec.download)))
    return Plan(spec, format, key, tuple(headers))


async def rendition(house: Services, image: Image, plan: Plan) -> Rendition:
    """The planned rendition, from memory, disk or a render."""
    found, outcome = await house.renditions.get(plan.key, lambda: _render(house, image, plan))
    house.metrics.rendition_cache.labels(outcome).inc()
    return found


async def _render(house: Services, image: Image, plan: Plan) -> Rendition:
    outcome = "failed"
    try:
        found = await house.renderer.submit(
            lambda: read(house, image), image, plan.spec, plan.format
        )
        outcome = "ok"
    except CalotypeError as error:
        outcome = error.code
        raise
    finally:
        house.metrics.renders.labels(outcome).inc()
    return found


def read(house: Services, image: Image) -> bytes:
    """The original's bytes. Raises as `read_original` does."""
    return read_original(house.sources, image, house.settings.limits.max_bytes)
