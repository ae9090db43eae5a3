"""Which data folder a command means when it is not told: that of the source used last."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rich.text import Text

from calotype.blobs import open_source
from calotype.catalog import Catalog
from calotype.commands.terminal import err, plain
from calotype.errors import CatalogUnavailable, SourceUnavailable
from calotype.fleet.database import URL
from calotype.settings import Settings, user_data_root


def remember(data: Path) -> None:
    """Note the data folder; that it cannot be noted harms nothing."""
    with suppress(OSError):
        root = user_data_root()
        root.mkdir(parents=True, exist_ok=True)
        (root / "last").write_text(str(data), encoding="utf-8", errors="surrogateescape")


def remembered() -> Path:
    """The data folder used last. Raises SourceUnavailable if there is none."""
    try:
        noted = (user_data_root() / "last").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        noted = ""
    if not noted or not Path(noted).is_dir():
        raise SourceUnavailable("No source was used yet. Begin with: calotype add FOLDER")
    return Path(noted)


def fleet_catalog(data: Path) -> str:
    """The URL of the catalog of the fleet whose data folder this is; empty if it is none's.

    Raises CatalogUnavailable if that fleet was never started to its end.
    """
    folder = data / "fleet" / "catalog"
    if not folder.is_dir():
        return ""
    try:
        return (folder / URL).read_text(encoding="utf-8")
    except OSError:
        raise CatalogUnavailable(
            f"The fleet of {data} does not run. Start it with: calotype fleet SOURCE"
        ) from None


def known(settings: Settings, chooses: str = "--source") -> Settings:
    """The settings of a source that was added before; raises SourceUnavailable if none was.

    Where it is told none and there are several, it says on stderr which one it took, and what
    `chooses` another.
    """
    if not settings.source and not settings.data:
        data = remembered()
        settings = settings.model_copy(update={"data": data})
        if not settings.catalog and (others := len(_added()) - 1) > 0:
            _say(settings.catalog_url(data), others, chooses)
    key = open_source(settings.source).key if settings.source else ""
    data = settings.data_dir(key)
    # A catalog on a server knows by itself what was added.
    if not settings.catalog and not (data / "catalog.sqlite").exists():
        raise SourceUnavailable(
            f"Nothing was added to {settings.source or data} yet. "
            f"Begin with: calotype add {settings.source or 'FOLDER'}"
        )
    return settings


def _added() -> list[Path]:
    """The data folders of all sources that were added."""
    return [found.parent for found in user_data_root().glob("*/catalog.sqlite")]


def _say(catalog_url: str, others: int, chooses: str) -> None:
    catalog = Catalog.open(catalog_url)
    try:
        keys = ", ".join(catalog.sources())
    finally:
        catalog.close()
    line = f"Using {keys}, added or served last; {chooses} chooses another of the {others + 1}."
    err.print(Text(plain(line), "dim"), soft_wrap=True)
