"""Every route of the service, in one place."""

from __future__ import annotations

from fastapi import FastAPI

from calotype.api import changes, iiif, images, operations, pages, problems, search


def install(app: FastAPI) -> None:
    problems.install(app)
    routers = [part.router for part in (images, iiif, search, changes, operations)]
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    pages.mount(app)
