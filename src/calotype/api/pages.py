"""The web app: `/`, `/upload`, `/docs`, `/status.html` and the static files under `/assets`."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from calotype.api import explained
from calotype.api.answer import unchanged
from calotype.deliver import caching

router = APIRouter(include_in_schema=False)

WEB = Path(__file__).parent.parent / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PAGE = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "cache-control": "no-cache",
}

ERRORS = "<!-- errors -->"
"""Where docs.html has what each error means."""


@router.get("/")
async def page() -> Response:
    return FileResponse(WEB / "index.html", headers=PAGE)


@router.get("/upload")
async def upload() -> Response:
    return FileResponse(WEB / "upload.html", headers=PAGE)


@router.get("/favicon.ico")
async def icon() -> Response:
    """For browsers that ask for it beside an image, where no page names another."""
    return FileResponse(WEB / "favicon.svg", headers={"cache-control": "public, max-age=86400"})


@router.get("/docs")
async def docs(request: Request) -> Response:
    page = (WEB / "docs.html").read_text("utf-8").replace(ERRORS, explained.section())
    headers = {**PAGE, "etag": caching.etag(caching.hashed(page.encode()))}
    if unchanged(request.scope, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(page, headers=headers)


@router.get("/status.html")
async def status() -> Response:
    """Live charts of this one process; a fleet's supervisor has the same page of its own."""
    return FileResponse(WEB / "status.html", headers=PAGE)


class Assets(StaticFiles):
    """No name changes with its content, so that each is asked for again, and mostly a 304. A page
    is none of them: it has an address of its own, where its policy is sent with it.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.lower().endswith(".html"):
            raise HTTPException(404)
        # Small files, sent whole; Starlette answers a bad range in a form that is not ours.
        kept = [pair for pair in scope["headers"] if pair[0] not in (b"range", b"if-range")]
        response = await super().get_response(path, {**scope, "headers": kept})
        response.headers["cache-control"] = "no-cache"
        return response


def mount(app: FastAPI) -> None:
    app.include_router(router)
    app.mount("/assets", Assets(directory=WEB), name="assets")
