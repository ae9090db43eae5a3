"""Every route of the service, in one place."""

from __future__ import annotations

from fastapi import FastAPI

from calotype.api import iiif, images, operations, pages, problems, search


def install(app: FastAPI) -> None:
    problems.install(app)
    for router in (images.router, iiif.router, search.router, operations.router):
        app.include_router(router)
    pages.mount(app)
