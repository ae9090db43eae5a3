"""`/iiif/3/{id}`: the IIIF Image API 3.0, level 2."""

from __future__ import annotations

import re
from dataclasses import replace

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from calotype.api import delivery, signed
from calotype.api.answer import header, unchanged
from calotype.api.degrade import Degraded
from calotype.api.described import parameter
from calotype.api.leaving import unless_gone
from calotype.api.params import ID, SIGNED, operation
from calotype.api.responses import InfoDocument, Ready, responses
from calotype.api.services import Services, services, stage
from calotype.deliver import caching, iiif, iiif_info
from calotype.deliver.gate import IIIF
from calotype.deliver.verified import Stored
from calotype.errors import BadParameter
from calotype.model import Image, Rendition

router = APIRouter(prefix="/iiif/3")

LINKED_DATA = f'application/ld+json;profile="{iiif_info.CONTEXT}"'
_ANIMATED = frozenset({"gif", "webp"})
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")

REGION = parameter("region", "`full`, `square` (the middle), `x,y,w,h` in pixels, or "
                   "`pct:x,y,w,h` in percent.", "0,0,512,512", path=True)  # fmt: skip
SIZE = parameter("size", "`max`; `w,` or `,h`, the other side follows; `w,h`, stretched; `!w,h`, "
                 "fits within; `pct:n`. With `^` before it, the region may be enlarged.", "256,",
                 path=True)  # fmt: skip
ROTATION = parameter("rotation", "Degrees clockwise, 0 to 360. With `!` before them, mirrored "
                     "first.", "!90", path=True)  # fmt: skip
QUALITY = parameter("quality", "`default` and `color`: as it is; `gray`; `bitonal`: black and "
                    "white.", "default", path=True,
                    type="string", enum=list(iiif.QUALITIES))  # fmt: skip
FORMAT = parameter("format", "Of the bytes.", "jpg", path=True,
                   type="string", enum=list(iiif.FORMATS))  # fmt: skip


@router.get(
    "/{id}",
    name="iiif_base",
    summary="To the image's information",
    openapi_extra=operation(ID),
    status_code=303,
    responses=responses(None, 303, 404, 503),
    response_class=Response,
)
async def base(request: Request) -> Response:
    """The image's base URI, which leads to its `info.json`."""
    house = services(request)
    image = delivery.find(house, request.path_params["id"])
    headers = {"location": house.urls.iiif_info(image.id), "cache-control": caching.IMMUTABLE,
               "cache-tag": caching.cache_tags([image.id])[0]}  # fmt: skip
    return Response(status_code=303, headers=headers)


@router.get(
    "/{id}/info.json",
    name="iiif_info",
    summary="What a viewer needs to know",
    openapi_extra=operation(ID),
    responses=responses(None, 304, 400, 404, 503),
    response_model=InfoDocument,
)
async def info(request: Request) -> Response:
    """Size, tiles, formats and features: all that a viewer needs for deep zoom.

    Open where images have to be signed, as the image's record is: it holds no pixels. It then
    says `X-Signature: required`, as a viewer's own URLs for tiles would be refused.
    """
    house = services(request)
    image = delivery.find(house, request.path_params["id"])
    document = iiif_info.document(image, _base_uri(request, house, image), _bounds(house))
    body = orjson.dumps(document)
    media = _media(header(request.scope, b"accept").decode("latin-1"))
    headers = {
        "etag": caching.etag(caching.hashed(body, media.encode())),
        "cache-control": caching.for_query(house.settings.deliver),
        "cache-tag": caching.cache_tags([image.id])[0],
        "vary": "Accept",
        "link": f'<{iiif_info.PROFILE}>;rel="profile"',
    }
    if not house.gate.free(IIIF):
        headers["x-signature"] = "required"
    if unchanged(request.scope, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "content-type": media})


@router.get(
    "/{id}/{region}/{size}/{rotation}/{quality}.{format}",
    name="iiif_image",
    summary="A region of one image",
    openapi_extra=operation(ID, REGION, SIZE, ROTATION, QUALITY, FORMAT, *SIGNED),
    responses=responses("image", 304, 400, 403, 404, 422, 501, 503),
    response_class=Response,
)
async def picture(request: Request) -> Response:
    """A region, sized, mirrored, turned and in the format asked for. The URL is immutable."""
    house = services(request)
    generation = house.index.generation
    path = request.path_params
    asked = iiif.Asked.parse(
        path["region"], path["size"], path["rotation"], path["quality"], path["format"]
    )
    signed.check(request, IIIF)
    image = delivery.find(house, path["id"])
    settled = asked.of(image.width, image.height, _bounds(house))
    plan = _plan(house, image, settled)
    route = request.scope["route"].path
    if unchanged(request.scope, plan.etag):
        return Ready(request, plan.answer(route, None), generation)
    found: Rendition | Stored | None = delivery.stored(house, request.scope, image, plan)
    if found is None:
        with stage(request, "render"):
            made, degraded = await unless_gone(request, delivery.rendition(house, image, plan))
        if degraded:
            return Degraded(made, plan, degraded, house.settings.deliver)
        found = made
    answer = plan.answer(route, found, file=delivery.file(house, plan))
    return Ready(request, answer, generation)


def _plan(house: Services, image: Image, settled: iiif.Settled) -> delivery.Plan:
    animated = image.frames > 1 and image.format in _ANIMATED
    plan = delivery.plan(house, image, settled.spec(animated), "")
    canonical = house.urls.iiif_image(image.id, settled.path)
    link = f'<{canonical}>;rel="canonical", <{iiif_info.PROFILE}>;rel="profile"'
    # The URL says all there is to say: no header changes the answer.
    kept = [pair for pair in plan.headers if pair[0] != "vary"]
    return replace(plan, headers=(*kept, ("link", link)), zoom=True, free=house.gate.free(IIIF))


def _bounds(house: Services) -> iiif.Bounds:
    return iiif.Bounds.within(house.settings.render.max_output_pixels)


def _base_uri(request: Request, house: Services, image: Image) -> str:
    """Absolute, as §5.2 wants it: where no base URL is set, it is the one that was asked."""
    uri = house.urls.iiif(image.id)
    if not uri.startswith("/"):
        return uri
    host = header(request.scope, b"host").decode("latin-1")
    if not _HOST.fullmatch(host):
        raise BadParameter("Host", "a name or address, with or without a port", host)
    return f"{_scheme(request, house)}://{host}{uri}"


def _scheme(request: Request, house: Services) -> str:
    """As nginx says, where nobody but nginx can ask: it is what a client used before it."""
    if house.settings.server.unix_socket is not None:
        forwarded = header(request.scope, b"x-forwarded-proto").partition(b",")[0].strip().lower()
        if forwarded in (b"http", b"https"):
            return forwarded.decode()
    return str(request.scope["scheme"])


def _media(accept: str) -> str:
    """JSON-LD (§5.1), but plain JSON for who names that alone."""
    names = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    plain = "application/json" in names and "application/ld+json" not in names
    return "application/json" if plain else LINKED_DATA
