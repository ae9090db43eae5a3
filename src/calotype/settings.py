"""The one module that reads the environment.

`Settings` nests each part's own small model; a variable is `CALOTYPE_<PART>_<NAME>`, e.g.
`CALOTYPE_RENDER_MAX_PIXELS`. docs/settings.md is generated from here.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Self

import platformdirs
from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from calotype.deliver.config import DeliverConfig
from calotype.errors import BadSetting
from calotype.ingest.config import IngestConfig
from calotype.render.config import RenderConfig
from calotype.search.config import SearchConfig

DOCUMENTED = "docs/settings.md"
PREFIX = "CALOTYPE_"


class ServerConfig(BaseModel, frozen=True):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every one.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    base_url: str = Field(
        "",
        pattern=r"^(https?://[^/]+)?$",
        description="Origin that URLs in JSON begin with, e.g. https://images.example.org; "
        "relative URLs if empty.",
    )
    originals: bool = Field(
        True,
        description="Deliver originals, with all the metadata that they hold (location too).",
    )
    backlog: int = Field(1024, ge=16, le=65535, description="Connections waiting to be accepted.")
    drain_seconds: float = Field(
        10, ge=0, le=600, description="How long requests under way may go on after SIGTERM."
    )
    warm_bytes: int = Field(
        64 << 20, ge=0, description="Memory for whole answers that are asked for again and again."
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        frozen=True,
        extra="ignore",
    )

    source: str = Field("", description="Folder or bucket URL to ingest and serve.")
    data: Path | None = Field(
        None,
        description="Folder for all that is derived. Default: one per source in the user's data "
        "directory. Never inside the source.",
    )
    catalog: str = Field(
        "", description="SQLAlchemy URL of the catalog. Default: SQLite in the data folder."
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Key that authenticates cursors; the same on every instance. Default: one "
        "kept in the data folder.",
    )
    watch: bool = Field(True, description="Follow changes of the source while serving it.")
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    server: ServerConfig = ServerConfig()
    ingest: IngestConfig = IngestConfig()
    search: SearchConfig = SearchConfig()
    render: RenderConfig = RenderConfig()
    deliver: DeliverConfig = DeliverConfig()

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the environment; what is given here goes before it.

        Raises BadSetting naming the variable, what it must be, and where it is documented.
        """
        try:
            return cls(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
            raise BadSetting(name, first["msg"], DOCUMENTED) from None

    def data_dir(self, source: str) -> Path:
        """The folder for what is derived from `source`."""
        if self.data is not None:
            return self.data
        digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        stem = re.sub(r"[^a-z0-9]+", "-", source.rstrip("/").rsplit("/", 1)[-1].lower()).strip("-")
        return user_data_root() / f"{stem or 'source'}-{digest}"

    def catalog_url(self, data: Path) -> str:
        return self.catalog or f"sqlite:///{data / 'catalog.sqlite'}"


def user_data_root() -> Path:
    return Path(platformdirs.user_data_dir("calotype", appauthor=False))
