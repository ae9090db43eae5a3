"""`POST /images`, `PATCH` and `DELETE /images/{id}`, `GET /keys/self`: what needs a key."""

from __future__ import annotations

import re
from typing import Any

import orjson
from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPBearer
from starlette.responses import Response

from calotype.api import receiving
from calotype.api.answer import header
from calotype.api.params import ID
from calotype.api.problems import Problem, of_error
from calotype.api.receiving import Received
from calotype.api.responses import FoundImage, KeyAnswer, UploadAnswer, responses
from calotype.api.services import Services, services
from calotype.deliver import caching
from calotype.errors import BadBody, BadParameter, CalotypeError, UnsupportedMediaType
from calotype.ingest.edited import edited
from calotype.model import Image

WRITE = "write"
MERGE_PATCH = "application/merge-patch+json"
PATCHES = (MERGE_PATCH, "application/json")
MOST_PATCH = 256 << 10
PATCH_SECONDS = 30.0

_bearer = HTTPBearer(
    scheme_name="key",
    description="A key that `calotype keys create` gave: `Authorization: Bearer ck_…`.",
    auto_error=False,
)
router = APIRouter(dependencies=[Security(_bearer)])

_TEXT = {"type": "string"}
_FIELDS: dict[str, Any] = {
    "title": _TEXT, "description": _TEXT, "alt": _TEXT, "creator": _TEXT, "license": _TEXT,
}  # fmt: skip
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "Image files, one part each. The parts that follow one describe it.",
        },
        **_FIELDS,
        "tags": {"type": "string", "description": "With commas between."},
    },
}
_PATCH = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **{name: {"type": ["string", "null"]} for name in _FIELDS},
        "tags": {"type": ["array", "null"], "items": _TEXT},
    },
    "example": {"title": "Red kite", "tags": ["bird", "sky"], "alt": None},
}
_IF_MATCH = {
    "name": "If-Match", "in": "header", "required": False, "schema": _TEXT,
    "description": "The `ETag` that the record had. If it has another by now: 412.",
    "example": "*",
}  # fmt: skip


@router.post(
    "/images",
    summary="Upload images",
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    },
    responses={
        **responses(None, 400, 401, 403, 408, 413, 415, 503),
        201: {"description": "At least one is new. `Location`, if it was the only one.",
              "model": UploadAnswer},
        422: {"description": "None was taken; each says why.", "model": UploadAnswer},
    },
    response_model=UploadAnswer,
)  # fmt: skip
async def upload(request: Request) -> Response:
    """Each file is taken by its content; the same bytes are the same image, however often they are
    sent. Those that are refused say why, and keep no other from being taken.
    """
    house = services(request)
    await house.writing.doorkeeper.admit(request, WRITE)
    with house.writing.turn():
        received = await house.writing.receiving.form(request)
        try:
            return _uploaded(house, [await _add(house, each) for each in received])
        finally:
            for each in received:
                each.close()


Outcome = tuple[str, int, Image | CalotypeError]
"""What the file was called, the status, and what it became."""


async def _add(house: Services, received: Received) -> Outcome:
    try:
        sent = received.sent()
        received.file = None  # the thread's now: it goes on when the request does not
        added = await house.writing.run(house.writing.writes.add, sent, after=sent.file.close)
    except CalotypeError as error:
        return received.name, error.status, error
    return received.name, 201 if added.new else 200, added.image


def _uploaded(house: Services, outcomes: list[Outcome]) -> Response:
    taken = [(status, found) for _, status, found in outcomes if isinstance(found, Image)]
    failed = [found for _, status, found in outcomes if isinstance(found, CalotypeError)]
    ours = next((error for error in failed if error.status >= 500), None)
    if not taken and ours is not None:
        return Problem(ours)  # nothing is wrong with what was sent
    body = orjson.dumps({"images": [_shown(house, *outcome) for outcome in outcomes]})
    headers = {"cache-control": caching.NO_STORE}
    if len(outcomes) == len(taken) == 1:
        (_, image) = taken[0]
        headers["location"] = f"/images/{image.id}"
        headers["etag"] = caching.record_etag(image)
    status = max((status for status, _ in taken), default=422)
    return Response(body, status, headers, "application/json")


def _shown(house: Services, name: str, status: int, found: Image | CalotypeError) -> dict[str, Any]:
    if isinstance(found, CalotypeError):
        return {"name": name, "status": status, "problem": orjson.Fragment(of_error(found))}
    return {"name": name, "status": status, "image": orjson.Fragment(house.shapes.image(found))}


@router.patch(
    "/images/{id}",
    summary="Change what is said of an image",
    openapi_extra={
        "parameters": [ID, _IF_MATCH],
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": _PATCH} for kind in PATCHES},
        },
    },
    responses=responses(None, 400, 401, 403, 404, 408, 412, 413, 415, 503),
    response_model=FoundImage,
)
async def edit(request: Request) -> Response:
    """A JSON merge patch (RFC 7396). What is set goes before all that the file says, and stays when
    it is read again; null takes it back, and what the file says is there again.
    """
    house, id = services(request), request.path_params["id"]
    await house.writing.doorkeeper.admit(request, WRITE)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in PATCHES:
        raise UnsupportedMediaType(PATCHES)
    with house.writing.turn():
        words = edited(_object(await receiving.body(request, MOST_PATCH, PATCH_SECONDS)))
        image = await house.writing.run(
            house.writing.writes.edit, id, words, _expected(request, id)
        )
    headers = {"etag": caching.record_etag(image), "cache-control": caching.NO_STORE}
    return Response(house.shapes.image(image), media_type="application/json", headers=headers)


@router.delete(
    "/images/{id}",
    summary="Take an image away",
    status_code=204,
    openapi_extra={"parameters": [ID, _IF_MATCH]},
    responses=responses(None, 400, 401, 403, 404, 412, 503),
    response_class=Response,
)
async def remove(request: Request) -> Response:
    """An upload is deleted. An image of a source stays where it lies, which is not ours, and is
    withheld: it does not come back until it is uploaded.
    """
    house, id = services(request), request.path_params["id"]
    await house.writing.doorkeeper.admit(request, WRITE)
    with house.writing.turn():
        await house.writing.run(house.writing.writes.remove, id, _expected(request, id))
    return Response(status_code=204, headers={"cache-control": caching.NO_STORE})


@router.get(
    "/keys/self",
    summary="What a key may",
    responses=responses(None, 401, 503),
    response_model=KeyAnswer,
)
async def own_key(request: Request) -> Response:
    """The key that came with the request, but for its secret."""
    key = await services(request).writing.doorkeeper.admit(request, None)
    body = orjson.dumps({"id": key.id, "label": key.label, "scopes": key.scopes})
    return Response(
        body, media_type="application/json", headers={"cache-control": caching.NO_STORE}
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadBody("The body is no JSON.") from None
    if not isinstance(values, dict):
        raise BadBody("The body must be a JSON object: a merge patch (RFC 7396).")
    return values


def _expected(request: Request, id: str) -> frozenset[int] | None:
    """The `seq`s that `If-Match` allows; None for any. Raises BadParameter where it is blank: no
    condition, of one who wants one.

    A proxy that compresses makes a weak tag of a strong one. That is the same record, so it will
    do, though RFC 9110 (§13.1.1) would have none of it.
    """
    given = header(request.scope, b"if-match").decode("latin-1").strip()
    if given == "*" or "if-match" not in request.headers:
        return None
    if not given:
        raise BadParameter("If-Match", "an ETag, several, or *", given)
    tag = re.compile(rf'(?:W/)?"{re.escape(id)}-([0-9]{{1,18}})"')
    found = (tag.fullmatch(part.strip()) for part in given.split(","))
    return frozenset(int(match[1]) for match in found if match)
