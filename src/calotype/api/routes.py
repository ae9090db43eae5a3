"""Every route of the service, in one place."""

from __future__ import annotations

from fastapi import FastAPI

from calotype.api import changes, iiif, images, operations, pages, problems, search


def install(app: FastAPI) -> None:
    problems.install(app)
    parts = (images, iiif, search, changes, operations)
    for router in (part.router for part in parts):
        app.include_router(router)
    pages.mount(app)
