"""The one composition root: `build_app(settings)` puts the house together."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from calotype import __version__
from calotype.api import routes
from calotype.api.answer import Memory
from calotype.api.downloads import Downloads
from calotype.api.middleware import InFlight, Shared, Telemetry, Warm
from calotype.api.receiving import Receiving
from calotype.api.services import Services
from calotype.api.shape import Shapes
from calotype.api.variants import Variants
from calotype.api.writing import Writing
from calotype.blobs import Derived, FolderSource, Source, Uploads, open_source, open_uploads
from calotype.catalog import Catalog
from calotype.deliver.disk import Disk
from calotype.deliver.ledger import Ledger
from calotype.deliver.nearest import Nearest
from calotype.deliver.renditions import Renditions
from calotype.deliver.upgrades import Upgrades
from calotype.deliver.urls import Urls
from calotype.errors import SourceUnavailable
from calotype.ingest import Ingest
from calotype.keeper import Keeper
from calotype.metrics import Metrics
from calotype.originals import Originals, read_original
from calotype.render.engine import Renderer
from calotype.render.held import Held
from calotype.render.maker import Maker
from calotype.render.pyramid import Pyramid
from calotype.render.stored import StoredLevels
from calotype.search import Indexer, SearchIndex
from calotype.settings import Settings
from calotype.writes import Writes

RENDITIONS = "renditions"
SECRET_BYTES = 64


@dataclass(frozen=True, slots=True)
class Parts:
    """What both the service and the command line work with: sources, catalog and index.

    `sources`: all that the catalog has images of. `followed`: those that are ingested now.
    `uploads`, which a service follows too, is among the former alone.
    """

    data: Path
    sources: Mapping[str, Source]
    followed: tuple[Source, ...]
    uploads: Uploads
    catalog: Catalog
    ingest: Ingest
    indexer: Indexer
    index: SearchIndex
    metrics: Metrics


def open_parts(settings: Settings, data: Path | None = None) -> Parts:
    """Open (or make) what lies in the data folder.

    Raises SourceUnavailable if the data folder lies inside the source, or cannot be made.
    """
    given = open_source(settings.source) if settings.source else None
    data = (data or settings.data_dir(given.key if given else "")).absolute()
    _make(data, given)
    metrics = Metrics()
    catalog = Catalog.open(settings.catalog_url(data))
    keys = dict.fromkeys([*([given.key] if given else ()), *catalog.sources()])
    sources = {key: open_source(key) for key in keys}
    uploads = _uploads(settings, data, sources, given)
    others = tuple(source for key, source in sources.items() if key != uploads.source.key)
    followed = (given,) if given else others
    sources[uploads.source.key] = uploads.source
    key = settings.secret.get_secret_value().encode() or _kept_secret(data)
    return Parts(
        data=data,
        sources=sources,
        followed=followed,
        uploads=uploads,
        catalog=catalog,
        ingest=Ingest(catalog, settings.ingest, settings.limits.limits, metrics.ingested),
        indexer=Indexer(data / "index", settings.search, catalog.changes, epoch=catalog.epoch),
        index=SearchIndex.open(data / "index", settings.search, key),
        metrics=metrics,
    )


def build_app(
    settings: Settings, data: Path | None = None, clock: Callable[[], float] = time.time
) -> FastAPI:
    """The service. Nothing runs until its lifespan is entered. `clock` is for what expires, and for
    how long a rendition has been asked for."""
    parts = open_parts(settings, data)
    house = build_services(settings, parts, clock)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        house.renditions.start()
        house.keeper.start()
        try:
            yield
        finally:
            house.keeper.draining = True
            await house.upgrades.close()
            house.downloads.close()
            house.writing.close()
            house.renderer.close()
            if house.stored_levels is not None:
                house.stored_levels.close()
            house.renditions.close()
            house.keeper.stop()

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
        Telemetry, count=house.metrics.answered, inflight=house.inflight, clock=clock
    )
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
        parts.followed,
        metrics,
        watch=settings.watch,
        rescan_seconds=settings.ingest.rescan_seconds,
        maker=maker,
        uploads=parts.uploads.source,
    )
    return Services(
        settings=settings,
        data=parts.data,
        metrics=metrics,
        sources=parts.sources,
        followed=parts.followed,
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


def _uploads(
    settings: Settings, data: Path, sources: Mapping[str, Source], given: Source | None
) -> Uploads:
    """Where uploads are kept. Raises SourceUnavailable if that is inside another source: they would
    be ingested twice.
    """
    uploads = open_uploads(settings.uploads or str(data / "uploads"))
    key = uploads.source.key
    if isinstance(uploads.source, FolderSource):
        _check_outside(Path(key), (s for at, s in sources.items() if s is given or at != key))
    return uploads


def _pyramid(settings: Settings, parts: Parts) -> Pyramid | None:
    if not settings.render.pyramid:
        return None
    place = settings.derived or parts.data / "derived"
    if "://" not in str(place):
        _check_outside(Path(place), parts.sources.values())
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


def _check_outside(place: Path, sources: Iterable[Source]) -> None:
    roots = [Path(source.key).resolve() for source in sources if isinstance(source, FolderSource)]
    if any(place.resolve().is_relative_to(root) for root in roots):
        raise SourceUnavailable(
            f"{place} lies inside the source; choose another folder for what is derived or "
            "uploaded."
        )


def _make(data: Path, source: Source | None) -> None:
    if isinstance(source, FolderSource) and data.resolve().is_relative_to(Path(source.key)):
        raise SourceUnavailable(
            f"The data folder {data} lies inside the source; choose another with --data, so that "
            "what is derived is never taken for an original."
        )
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceUnavailable(
            f"The data folder {data} cannot be made ({error.strerror}); choose another with --data."
        ) from None


def _kept_secret(data: Path) -> bytes:
    """A key of our own, made once and readable by the owner alone.

    The folder is locked from the look to the making: of processes that start together one makes
    the key, and what a crash cut short is replaced once.
    """
    path = data / "secret"
    folder = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not path.exists() or path.stat().st_size < SECRET_BYTES:
            made = data / f".secret-{secrets.token_hex(4)}"
            made.touch(mode=0o600)
            made.write_text(secrets.token_hex(SECRET_BYTES // 2), encoding="ascii")
            made.replace(path)
        return path.read_bytes()
    finally:
        os.close(folder)
