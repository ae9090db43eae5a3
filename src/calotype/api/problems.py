"""Errors as RFC 9457 problem documents: one shape for whatever went wrong."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match

from calotype.api import leaving
from calotype.deliver import caching
from calotype.errors import (
    BadRange,
    CalotypeError,
    CatalogUnavailable,
    NoImage,
    NotFound,
    NotImplementedHere,
    NotReady,
    Overloaded,
    SourceUnavailable,
    Unauthorized,
)

DOCS = "/docs#errors"
RETRY_SECONDS = 5
"""After which a database or a store that does not answer is worth another try."""
MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)
_ID = re.compile(r"[0-9a-f]{40}")
_METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
_QUIET = (NotReady, Overloaded, NotImplementedHere)
"""Nothing for an operator to look into."""


class Problem(Response):
    """`type title status detail code`, and the members that the error adds."""

    media_type = MEDIA_TYPE

    def __init__(self, error: CalotypeError, headers: dict[str, str] | None = None) -> None:
        super().__init__(
            of_error(error),
            status_code=error.status,
            headers={"cache-control": caching.NO_STORE, **(headers or {})},
        )
        if isinstance(error, Overloaded):
            self.headers["retry-after"] = str(error.retry_after)
        if isinstance(error, BadRange):
            self.headers["content-range"] = f"bytes */{error.size}"
        if isinstance(error, CatalogUnavailable | SourceUnavailable):
            self.headers["retry-after"] = str(RETRY_SECONDS)
        if isinstance(error, Unauthorized):
            # RFC 6750, section 3: no error code for who has not tried.
            why = ', error="invalid_token"' if error.given else ""
            self.headers["www-authenticate"] = f'Bearer realm="calotype"{why}'


def of_error(error: CalotypeError) -> bytes:
    return document(error.status, error.title, str(error), error.code, error.extra)


def document(
    status: int, title: str, detail: str, code: str, extra: dict[str, Any] | None = None
) -> bytes:
    return orjson.dumps(
        {
            "type": f"{DOCS}-{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
            **(extra or {}),
        }
    )


async def _known(request: Request, error: Exception) -> Response:
    if not isinstance(error, CalotypeError):
        raise TypeError("only CalotypeError comes here")
    if error.status >= 500 and not isinstance(error, _QUIET):
        log.warning("%s: %s", error.code, error)
    config = request.app.state.services.settings.deliver
    headers = {"cache-control": caching.for_error(config, error.status)}
    if isinstance(error, NoImage) and _ID.fullmatch(error.id):
        headers["cache-tag"] = caching.cache_tags([error.id])[0]
    return Problem(error, headers)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = {}
    if status == 404:
        return await _known(
            request, NotFound(f"There is nothing at {_shown(request)}.{_mend(request)}")
        )
    phrase = HTTPStatus(status).phrase
    detail = phrase
    if status == 405:
        detail = f"{_shown(request)} does not know {request.method[:20]}."
        headers["allow"] = _allowed(request)
    return Response(
        document(status, phrase, detail, phrase.lower().replace(" ", "-")),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={**headers, "cache-control": "no-store"},
    )


def _mend(request: Request) -> str:
    """A query in a path has no slash: docs/adr/0007."""
    query = request.url.path.removeprefix("/image/")
    if query == request.url.path or "/" not in query:
        return ""
    return " A query has no slash here: put a space in its place, which finds the same."


def _allowed(request: Request) -> str:
    """The methods that the path knows: of all its routes, of which the first alone said no."""
    known: set[str] = set()
    for route in request.app.state.routes:
        matched, _ = route.matches(request.scope)
        if matched is Match.PARTIAL:
            known |= route.methods
    if not known or "GET" in known:
        known |= {"GET", "HEAD"}
    return ", ".join(sorted(known, key=_METHODS.index))


def _shown(request: Request) -> str:
    path = request.url.path
    return path if len(path) <= 200 else path[:199] + "…"


def unexpected() -> Response:
    """What is said of an error that nobody expected: nothing."""
    return Response(
        document(500, "Internal error", "Something broke here; it has been logged.", "internal"),
        status_code=500,
        media_type=MEDIA_TYPE,
        headers={"cache-control": "no-store"},
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(CalotypeError, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, leaving.answer)
