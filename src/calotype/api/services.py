"""What the routes are given: the parts of the house, put together by `app`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from starlette.requests import Request

from calotype.api.answer import Memory
from calotype.api.downloads import Downloads
from calotype.api.middleware import TIMING, InFlight
from calotype.api.shape import Shapes
from calotype.api.variants import Variants
from calotype.api.writing import Writing
from calotype.blobs import Source
from calotype.deliver.gate import Gate
from calotype.deliver.nearest import Nearest
from calotype.deliver.renditions import Renditions
from calotype.deliver.upgrades import Upgrades
from calotype.deliver.urls import Urls
from calotype.keeper import Keeper
from calotype.metrics import Metrics
from calotype.render.engine import Renderer
from calotype.render.stored import StoredLevels
from calotype.search import SearchIndex
from calotype.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    data: Path
    metrics: Metrics
    sources: Mapping[str, Source]
    ingested: Callable[[], tuple[Source, ...]]
    index: SearchIndex
    renderer: Renderer
    renditions: Renditions
    upgrades: Upgrades
    urls: Urls
    gate: Gate
    shapes: Shapes
    memory: Memory
    keeper: Keeper
    inflight: InFlight
    nearest: Nearest
    variants: Variants
    downloads: Downloads
    stored_levels: StoredLevels | None
    writing: Writing


def services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


@contextmanager
def stage(request: Request, name: str) -> Iterator[None]:
    """Time a stage of the request for `Server-Timing`."""
    started = time.perf_counter()
    try:
        yield
    finally:
        request.scope[TIMING].append((name, time.perf_counter() - started))
