"""The one composition root: `build_app(settings)` puts the house together."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from calotype import __version__
from calotype.api import routes
from calotype.api.answer import Memory
from calotype.api.downloads import Downloads
from calotype.api.middleware import IndexHeaders, InFlight, Shared, Telemetry, Warm
from calotype.api.receiving import Receiving
from calotype.api.services import Services
from calotype.api.shape import Shapes
from calotype.api.unread import Unread
from calotype.api.variants import Variants
from calotype.api.writing import Writing
from calotype.blobs import Derived
from calotype.closing import closed
from calotype.coherence import open_purger
from calotype.deliver.disk import Disk
from calotype.deliver.ledger import Ledger
from calotype.deliver.nearest import Nearest
from calotype.deliver.renditions import Renditions
from calotype.deliver.upgrades import Upgrades
from calotype.deliver.urls import Urls
from calotype.errors import CatalogUnavailable
from calotype.keeper import Keeper
from calotype.metrics import Metrics
from calotype.originals import Originals, read_original
from calotype.parts import ELSEWHERE, Parts, check_outside, open_parts
from calotype.render.engine import Renderer
from calotype.render.held import Held
from calotype.render.maker import Maker
from calotype.render.pyramid import Pyramid
from calotype.render.stored import StoredLevels
from calotype.secret import check_secret
from calotype.settings import Settings
from calotype.space import Space
from calotype.writes import Writes

RENDITIONS = "renditions"


def build_app(
    settings: Settings, data: Path | None = None, clock: Callable[[], float] = time.time
) -> FastAPI:
    """The service. Nothing runs until its lifespan is entered. `clock` is for what expires, and for
    how long a rendition has been asked for."""
    check_secret(settings)
    parts = open_parts(settings, data)
    house = build_services(settings, parts, clock)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:  # closes in the opposite order
            house.renditions.start()
            house.keeper.start()
            stack.push_async_callback(closed, "keeper", house.keeper.stop, 9.0)
            stack.push_async_callback(closed, "renditions", house.renditions.close)
            if house.stored_levels is not None:
                stack.push_async_callback(closed, "levels", house.stored_levels.close)
            stack.push_async_callback(closed, "renderer", house.renderer.close)
            stack.push_async_callback(closed, "writing", house.writing.close)
            stack.push_async_callback(closed, "downloads", house.downloads.close)
            stack.push_async_callback(house.upgrades.close)
            try:
                yield
            finally:
                house.keeper.draining = True

    app = FastAPI(
        title="Calotype",
        version=__version__,
        summary="Ask for an image by what it shows; get it rendered for the device that asks.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        lifespan=running,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = house
    routes.install(app)

    app.add_middleware(Warm, memory=house.memory, key=house.variants.key)
    app.add_middleware(Shared, prefix="/iiif/")
    app.add_middleware(
        Telemetry,
        count=house.metrics.answered,
        inflight=house.inflight,
        clock=clock,
        index=IndexHeaders(lambda: house.index.position),
    )
    app.add_middleware(Unread)
    return app


def build_services(
    settings: Settings, parts: Parts, clock: Callable[[], float] = time.time
) -> Services:
    metrics, signer = parts.metrics, settings.signing.signer
    urls = Urls(settings.server.base_url, signer)
    pyramid = _pyramid(settings, parts)
    maker = None if pyramid is None else _maker(settings, parts, pyramid)
    renderer = Renderer(
        settings.render,
        settings.limits.limits,
        metrics.rendered,
        metrics.admitted,
        pyramid,
        (lambda image, original: None) if maker is None else maker.want,
        Held(settings.render.zoom_bytes, metrics.zoomed),
    )
    if maker is not None:
        maker.busy = lambda: not renderer.idle
    metrics.watch_queue(lambda: renderer.load)
    renditions = _renditions(settings, parts.data, metrics)
    gate = settings.signing.gate(signer, clock)
    keeper = Keeper(
        parts.catalog,
        parts.ingest,
        parts.indexer,
        parts.index,
        parts.ingested,
        metrics,
        watch=settings.watch,
        rescan_seconds=settings.ingest.rescan_seconds,
        maker=maker,
        archive=parts.archive,
        space=Space(parts.data).problem,
        purger=open_purger(
            settings.purge,
            parts.data,
            parts.catalog,
            parts.indexer,
            parts.index,
            settings.search,
            metrics,
            leads=lambda: keeper.leads,
        ),
        uploads=parts.uploads.source,
    )
    return Services(
        settings=settings,
        data=parts.data,
        metrics=metrics,
        sources=parts.sources,
        ingested=parts.ingested,
        index=parts.index,
        renderer=renderer,
        renditions=renditions,
        upgrades=_upgrades(settings, parts.data, metrics, renderer, renditions, clock),
        urls=urls,
        gate=gate,
        shapes=Shapes(urls),
        memory=Memory(settings.server.warm_bytes, lambda: parts.index.generation, clock=clock),
        keeper=keeper,
        inflight=InFlight(),
        nearest=Nearest(),
        variants=Variants(
            settings.deliver.ladder, settings.render.max_output_pixels, signed=not gate.open
        ),
        downloads=Downloads(Originals(parts.sources, settings.limits.max_bytes)),
        stored_levels=None if pyramid is None else StoredLevels(pyramid, settings.limits.limits),
        writing=_writing(settings, parts, keeper),
    )


def _writing(settings: Settings, parts: Parts, keeper: Keeper) -> Writing:
    config, limits = settings.upload, settings.limits.limits
    return Writing(
        Writes(parts.catalog, parts.uploads, limits, keeper.wake, parts.metrics.ingested),
        parts.catalog.keys,
        Receiving(parts.data / "incoming", config, limits.max_bytes),
        config,
    )


def _pyramid(settings: Settings, parts: Parts) -> Pyramid | None:
    if not settings.render.pyramid:
        return None
    place = settings.derived or parts.data / "derived"
    if "://" not in str(place):
        known = parts.followed
        with suppress(CatalogUnavailable):
            known = parts.ingested()
        check_outside(Path(place), known, ELSEWHERE)
    store = Derived.open(place)
    return Pyramid(store, settings.limits.limits, parts.metrics.level)


def _maker(settings: Settings, parts: Parts, pyramid: Pyramid) -> Maker:
    most = settings.limits.max_bytes
    return Maker(pyramid, lambda image: read_original(parts.sources, image, most))


def _renditions(settings: Settings, data: Path, metrics: Metrics) -> Renditions:
    config = settings.deliver
    disk = Disk(data / RENDITIONS, config.cache_bytes, metrics.fault("renditions"))
    kept = disk if config.cache_bytes else None
    return Renditions(config.memory_bytes, kept, metrics.fault("renditions"))


def _upgrades(
    settings: Settings,
    data: Path,
    metrics: Metrics,
    renderer: Renderer,
    renditions: Renditions,
    clock: Callable[[], float],
) -> Upgrades:
    """What was upgraded is remembered for as long as the renditions are: on disk, if they are."""
    config = settings.deliver
    path = data / RENDITIONS / "upgraded" if config.cache_bytes else None
    return Upgrades(
        renditions,
        Ledger(path, renditions.background),
        config.upgrade_after,
        lambda: renderer.idle,
        metrics.upgraded,
        clock,
    )
