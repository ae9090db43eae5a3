"""`/search`: hits as JSON."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from calotype import search as searching
from calotype.api.answer import Answer
from calotype.api.params import FILTERS, SEARCH, flag, operation, params, whole
from calotype.api.responses import Ready, SearchAnswer, responses
from calotype.api.services import Services, services, stage
from calotype.deliver import caching
from calotype.search import Page, Query

router = APIRouter()

INLINE = 20_000
"""Images up to which counting facets is quicker than handing the work to a thread."""


@router.get(
    "/search",
    summary="Hits as JSON",
    openapi_extra=operation(*SEARCH, *FILTERS),
    responses=responses(None, 304, 400, 503),
    response_model=SearchAnswer,
)
async def search(request: Request) -> Response:
    """Images that match, best first; with `cursor`, the next page.

    The facets are counted on the first page, unless `facets=false`.
    """
    house, (given, filters) = services(request), params(request)
    generation = house.index.generation
    started = time.perf_counter()
    config = house.settings.search
    cursor = given.get("cursor") or None
    query = searching.parse(
        given.get("q", ""), filters, prefix=flag(given, "prefix", False), config=config
    )
    limit = whole(given, "limit", 1, config.max_limit, 24)
    with stage(request, "search"), house.metrics.search_seconds.time():
        page = house.index.search(query, limit=limit, cursor=cursor)
    facets: Mapping[str, Mapping[str, int]] = {}
    if flag(given, "facets", cursor is None):
        with stage(request, "facets"):
            facets = await _facets(house, query)
    suggestions = [] if page.hits or cursor else house.index.suggest(query)
    took = round((time.perf_counter() - started) * 1000, 3)
    body = orjson.dumps(
        {
            "query": given.get("q", ""),
            "total": page.total,
            "took_ms": took,
            "facets": facets,
            "results": [house.shapes.hit(hit) for hit in page.hits],
            "next": page.next,
            "suggestions": suggestions,
        }
    )
    return Ready(request, _answer(request, house, page, body, took), generation)


async def _facets(house: Services, query: Query) -> Mapping[str, Mapping[str, int]]:
    if house.index.count() <= INLINE:
        return house.index.facets(query)
    return await asyncio.to_thread(house.index.facets, query)


def _answer(request: Request, house: Services, page: Page, body: bytes, took: float) -> Answer:
    tags, complete = caching.cache_tags((hit.image.id for hit in page.hits), page.terms)
    # The time it took is no part of what is said: without it equal answers have equal tags.
    said = body.replace(f'"took_ms":{took}'.encode(), b"", 1)
    etag = f'W/"{hashlib.blake2b(said, digest_size=12).hexdigest()}"'
    headers = {
        "etag": etag,
        "cache-control": caching.for_query(house.settings.deliver, complete),
        "cache-tag": tags,
        "content-type": "application/json",
    }
    pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
    return Answer(request.scope["route"].path, etag, pairs, body)
