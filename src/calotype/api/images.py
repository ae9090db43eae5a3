"""`/image/{query}`, `/i/{id}`, `/i/{id}/original` and `/images/{id}`."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from calotype import search
from calotype.api import delivery, ranges, signed
from calotype.api.answer import header, saves_data, unchanged
from calotype.api.degrade import Degraded
from calotype.api.downloads import Streamed
from calotype.api.leaving import unless_gone
from calotype.api.middleware import HEAD
from calotype.api.params import (
    FILTERS,
    ID,
    QUERY,
    RANK,
    SIGNED,
    Filters,
    Params,
    operation,
    params,
    whole,
)  # fmt: skip
from calotype.api.rendering import RENDER
from calotype.api.responses import FoundImage, Ready, responses
from calotype.api.services import services, stage
from calotype.deliver import caching
from calotype.deliver.gate import ORIGINAL
from calotype.deliver.verified import Stored
from calotype.errors import BadQuery, NoMatch, NotFound
from calotype.model import Image, Rendition
from calotype.render.spec import RenderSpec

router = APIRouter()

ORIGINAL_TYPES = {"svg": "image/svg+xml", "heic": "image/heic"}
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""An SVG may hold scripts; opened by itself it runs none, and loads nothing."""


@router.get(
    "/image/{query}",
    summary="The best match, as an image",
    openapi_extra=operation(QUERY, RANK, *RENDER, *FILTERS, *SIGNED),
    responses=responses("image", 304, 400, 403, 404, 422, 503),
    response_class=Response,
)
async def image(request: Request) -> Response:
    """Search, and answer with the bytes of the best match: sized, in the best format."""
    house, (given, filters) = services(request), params(request)
    generation = house.index.generation
    asked_for = house.variants.asked(given)
    expires = signed.check(request, asked_for.canonical)
    with stage(request, "search"):
        asked = _asked(request.path_params["query"], filters, house.settings.search)
        rank = whole(given, "n", 1, house.settings.search.max_limit, 1)
        try:
            hit, terms = delivery.best(house, asked, rank)
        except NoMatch as error:
            return delivery.no_match(house, _hinted(error, given, filters))
    return await _render(request, hit.image, asked_for, generation, terms, expires)


_MISTAKEN = {"width": "w", "height": "h", "format": "fm", "quality": "q"}
"""Taken for parameters of the rendition by who thinks of other services; three are filters here."""


def _hinted(error: NoMatch, given: Params, filters: Filters) -> NoMatch:
    """With what was probably meant, where filters are why nothing matches."""
    wrong = [name for name in _MISTAKEN if name in filters]
    if not wrong:
        return error
    names = " and ".join(f"`{name}`" for name in wrong)
    are = "is a filter" if len(wrong) == 1 else "are filters"
    meant = ", ".join(f"`{_MISTAKEN[name]}`" for name in _MISTAKEN if name in {*wrong, *given})
    hint = f"{names} {are} of the search; for the rendition use {meant}."
    return NoMatch(error.query, error.suggestions, error.found, error.terms, hint)


def _asked(text: str, filters: Filters, config: search.SearchConfig) -> search.Query:
    """The query that the path holds; raises BadQuery where it holds none."""
    if "\ufffd" in text:
        raise BadQuery("query", "percent-encoded UTF-8", text)
    try:
        query = search.parse(text, filters, config=config)
    except BadQuery as error:
        if error.parameter != "q":
            raise
        # `q` is the quality here
        raise BadQuery("query", error.bound, error.value) from None
    if not query.canonical:
        raise BadQuery("query", "at least one word or filter", text)
    return query


@router.get(
    "/i/{id}",
    summary="A rendition of one image",
    openapi_extra=operation(ID, *RENDER, *SIGNED),
    responses=responses("image", 304, 400, 403, 404, 422, 503),
    response_class=Response,
)
async def rendition(request: Request) -> Response:
    """The image with this id, sized and in the best format. The URL is immutable."""
    house = services(request)
    generation = house.index.generation
    asked_for = house.variants.asked(params(request)[0])
    signed.check(request, asked_for.canonical)
    image = delivery.find(house, request.path_params["id"])
    return await _render(request, image, asked_for, generation)


async def _render(
    request: Request,
    image: Image,
    asked_for: RenderSpec,
    generation: int,
    terms: tuple[str, ...] | None = None,
    expires: int | None = None,
) -> Response:
    house, route = services(request), request.scope["route"].path
    accept = header(request.scope, b"accept").decode("latin-1")
    saving = saves_data(request.scope)
    spec = delivery.fitted(house, image, house.variants.settled(asked_for, image))
    plan = delivery.plan(house, image, spec, accept, terms, saving, expires)
    plan = replace(plan, free=house.gate.free(asked_for.canonical))
    if unchanged(request.scope, plan.etag):
        return Ready(request, plan.answer(route, None), generation)
    found: Rendition | Stored | None = delivery.stored(house, request.scope, image, plan)
    if found is None:
        with stage(request, "render"):
            made, degraded = await unless_gone(request, delivery.rendition(house, image, plan))
        if degraded:
            return Degraded(made, plan, degraded, house.settings.deliver)
        found = made
    current = delivery.current(house, image, plan, found)
    answer = plan.answer(route, found, current, delivery.file(house, plan))
    return Ready(request, answer, generation)


@router.get(
    "/i/{id}/original",
    summary="The original, as it is",
    openapi_extra=operation(ID, *SIGNED),
    responses=responses("image", 206, 304, 400, 403, 404, 416, 422, 503),
    response_class=Response,
)
async def original(request: Request) -> Response:
    """The bytes as they lie in the source, with all the metadata that they hold."""
    house = services(request)
    if not house.settings.server.originals:
        raise NotFound("Originals are not delivered here.")
    signed.check(request, ORIGINAL)
    image = delivery.find(house, request.path_params["id"])
    name = image.name.rsplit("/", 1)[-1]
    headers = {
        "etag": caching.etag(image.id),
        "accept-ranges": "bytes",
        "cache-control": caching.IMMUTABLE,
        "cache-tag": caching.cache_tags([image.id])[0],
        "content-disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}",
    }
    if image.format == "svg":
        headers["content-security-policy"] = SANDBOX
    if unchanged(request.scope, headers["etag"]):
        return Response(status_code=304, headers=headers)
    wanted = ranges.requested(
        request.headers.get("range", ""),
        request.headers.get("if-range", ""),
        headers["etag"],
        image.bytes,
    )
    part = wanted or slice(0, image.bytes)
    download = await unless_gone(request, house.downloads.open(image, part))
    media = ORIGINAL_TYPES.get(image.format, f"image/{image.format}")
    headers["content-length"] = str(part.stop - part.start)
    if request.scope.get(HEAD):
        download.close()
        return Response(headers=headers, media_type=media)
    if wanted is None:
        return Streamed(download, 200, headers, media)
    headers["content-range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{image.bytes}"
    return Streamed(download, 206, headers, media)


@router.get(
    "/images/{id}",
    summary="The record of one image",
    openapi_extra=operation(ID),
    responses=responses(None, 304, 404, 503),
    response_model=FoundImage,
)
async def record(request: Request) -> Response:
    """What is known about the image: title, description, tags, size, colours, URLs."""
    house = services(request)
    image = delivery.find(house, request.path_params["id"])
    headers = {
        "etag": caching.record_etag(image),
        "cache-control": caching.for_query(house.settings.deliver),
        "cache-tag": caching.cache_tags([image.id])[0],
    }
    if unchanged(request.scope, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(house.shapes.image(image), media_type="application/json", headers=headers)
