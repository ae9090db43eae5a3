"""The supervisor's own HTTP, on loopback: how the fleet stands, and what it is asked to do.

Only this machine can reach it. A page of somebody else's in a browser on it must neither read nor
do anything here: a foreign `Host` is refused (DNS rebinding), and so is a POST from another origin.
"""

from __future__ import annotations

from typing import Any

import orjson
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route

from calotype.api.pages import PAGE, WEB, Assets
from calotype.errors import CalotypeError
from calotype.fleet.record import Recording
from calotype.fleet.status import document
from calotype.fleet.supervisor import Supervisor

HOSTS = ["127.0.0.1", "localhost"]
FRESH = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def build(fleet: Supervisor, recording: Recording) -> Starlette:
    """The app: `GET / /status /samples`, `POST /drain/{name} /reload`."""
    port = fleet.topology.admin_port

    async def page(request: Request) -> Response:
        return FileResponse(WEB / "status.html", headers=PAGE)

    async def status(request: Request) -> Response:
        return _json(document(fleet))

    async def samples(request: Request) -> Response:
        """`?after=`: only those that are newer than this time."""
        after = _number(request.query_params.get("after"))
        return _json([sample for sample in recording.recent if sample["at"] > after])

    async def drain(request: Request) -> Response:
        if not _from_here(request, port):
            return _problem(403, "Forbidden", "Another page may not do this.", "forbidden")
        name = request.path_params["name"]
        try:
            await fleet.drain(name)
        except CalotypeError as error:
            return _problem(error.status, error.title, str(error), error.code)
        return _json({"name": name, "state": "draining"}, 202)

    async def reload(request: Request) -> Response:
        if not _from_here(request, port):
            return _problem(403, "Forbidden", "Another page may not do this.", "forbidden")
        try:
            await fleet.balancer.reload()
        except CalotypeError as error:
            return _problem(error.status, error.title, str(error), error.code)
        return _json({"state": "reloaded"})

    routes = [
        Route("/", page),
        Route("/status", status),
        Route("/samples", samples),
        Route("/drain/{name}", drain, methods=["POST"]),
        Route("/reload", reload, methods=["POST"]),
        Mount("/assets", Assets(directory=WEB)),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False)
    return Starlette(routes=routes, middleware=[hosts])


def server(app: Starlette, port: int) -> Server:
    """Serves it on loopback once its `serve()` is awaited."""
    return Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )


def _from_here(request: Request, port: int) -> bool:
    """Not from a page of another origin. Programs that are no browser send neither header."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "none")
    ours = {f"http://{host}:{port}" for host in HOSTS}
    return (origin is None or origin in ours) and site in ("none", "same-origin")


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, FRESH, "application/json")


def _problem(status: int, title: str, detail: str, code: str) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return Response(orjson.dumps(body), status, FRESH, "application/problem+json")
