"""What the service and the command line both work with, opened as the settings say: sources,
catalog and index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from calotype.blobs import Derived, FolderSource, Source, Uploads, open_source, open_uploads
from calotype.catalog import Catalog
from calotype.errors import SourceUnavailable
from calotype.ingest import Ingest
from calotype.metrics import Metrics
from calotype.search import Archive, Indexer, SearchIndex
from calotype.secret import kept_secret
from calotype.settings import Settings
from calotype.sources import Sources

ELSEWHERE = "choose another folder for what is derived or uploaded"


@dataclass(frozen=True, slots=True)
class Parts:
    """What both the service and the command line work with: sources, catalog and index.

    `sources`: all that the catalog may name. `followed`: those given, which are ingested; without
    any it is all that the catalog knows of (`ingested`). `uploads`, which a service follows too,
    is among the former alone. `archive`: None where none is shared.
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
    archive: Archive | None

    def ingested(self) -> tuple[Source, ...]:
        """Raises CatalogUnavailable, where it has to be asked."""
        if self.followed:
            return self.followed
        keys = [key for key in self.catalog.sources() if key != self.uploads.source.key]
        return tuple(self.sources[key] for key in keys)


def open_parts(settings: Settings, data: Path | None = None) -> Parts:
    """Open (or make) what lies in the data folder. A catalog on a server is not
    asked for anything yet: it may be down.

    Raises SourceUnavailable if the data folder lies inside the source, or cannot be made, and
    CatalogUnavailable if the catalog's URL is wrong, or its file cannot be used.
    """
    given = open_source(settings.source) if settings.source else None
    data = (data or settings.data_dir(given.key if given else "")).absolute()
    followed = (given,) if given else ()
    check_data(data, followed)
    _make(data)
    metrics = Metrics()
    catalog = Catalog.open(settings.catalog_url(data))
    if not settings.catalog:
        catalog.check()  # a file of our own is not down for a while: something is wrong with it
    uploads = _uploads(settings, data, followed)
    # Where others share them, snapshots are worth their space.
    shared = settings.catalog and settings.derived
    archive = Archive(Derived.open(settings.derived), settings.search) if shared else None
    key = settings.secret.get_secret_value().encode() or kept_secret(data)
    return Parts(
        data=data,
        sources=Sources((*followed, uploads.source)),
        followed=followed,
        uploads=uploads,
        catalog=catalog,
        ingest=Ingest(catalog, settings.ingest, settings.limits.limits, metrics.ingested),
        indexer=Indexer(
            data / "index",
            settings.search,
            catalog.changes,
            head=catalog.head,
            archive=archive,
        ),
        index=SearchIndex.open(data / "index", settings.search, key),
        metrics=metrics,
        archive=archive,
    )


def _uploads(settings: Settings, data: Path, followed: Iterable[Source]) -> Uploads:
    """Where uploads are kept. Raises SourceUnavailable if that is inside a source: they would be
    ingested twice.
    """
    uploads = open_uploads(settings.uploads or str(data / "uploads"))
    if isinstance(uploads.source, FolderSource):
        check_outside(Path(uploads.source.key), followed, ELSEWHERE)
    return uploads


def check_data(data: Path, sources: Iterable[Source]) -> None:
    """Raises SourceUnavailable if the data folder lies inside one of the sources."""
    choose = "choose another with --data, so that what is derived is never taken for an original"
    check_outside(data, sources, choose)


def check_outside(place: Path, sources: Iterable[Source], choose: str) -> None:
    """Raises SourceUnavailable if `place` lies inside one of the sources; `choose` says what to do
    about it."""
    roots = [Path(source.key).resolve() for source in sources if isinstance(source, FolderSource)]
    if any(place.resolve().is_relative_to(root) for root in roots):
        raise SourceUnavailable(f"The folder {place} lies inside the source; {choose}.")


def _make(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceUnavailable(
            f"The data folder {data} cannot be made ({error.strerror}); choose another with --data."
        ) from None
