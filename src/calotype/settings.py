"""The one module that reads the environment.

`Settings` nests each part's own small model; a variable is `CALOTYPE_<PART>_<NAME>`, e.g.
`CALOTYPE_LIMITS_MAX_PIXELS`. An empty variable counts as not set. docs/settings.md is generated
from here.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, get_args, get_origin

import platformdirs
from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from calotype.coherence.config import PurgeConfig
from calotype.decode.config import LimitsConfig
from calotype.deliver.config import DeliverConfig, SigningConfig
from calotype.errors import BadSetting
from calotype.fleet.policy import ScalingPolicy
from calotype.ingest.config import IngestConfig
from calotype.render.config import RenderConfig
from calotype.search.config import SearchConfig

DOCUMENTED = "docs/settings.md"
PREFIX = "CALOTYPE_"


class ServerConfig(BaseModel, frozen=True):
    """The HTTP server."""

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every one.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    unix_socket: Path | None = Field(
        None,
        examples=["/run/calotype/app.sock"],
        description="Unix socket to listen on instead, for nginx; its folder must be there. "
        "Who has the group of the service may connect, and X-Forwarded-Proto is believed.",
    )
    accel: bool = Field(
        False,
        description="Have nginx send renditions that lie on disk (X-Accel-Redirect). Only with "
        "CALOTYPE_SERVER_UNIX_SOCKET and deploy/instance/nginx.conf before it.",
    )
    base_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+)?$",
        examples=["https://images.example.org"],
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
    leaving_seconds: float = Field(
        0,
        ge=0,
        le=600,
        description="How long after SIGTERM it goes on accepting requests, /readyz already 503, so "
        "that a load balancer takes it out first: at least two of its health checks. A second "
        "signal ends it.",
    )
    warm_bytes: int = Field(
        64 << 20, ge=0, description="Memory for whole answers that are asked for again and again."
    )

    @field_validator("accel")
    @classmethod
    def _accel_has_nginx(cls, accel: bool, info: ValidationInfo) -> bool:
        if accel and info.data.get("unix_socket") is None:
            raise ValueError(
                "is true, but only nginx may be answered so: set CALOTYPE_SERVER_UNIX_SOCKET to "
                "the socket on which it asks"
            )
        return accel


class UploadConfig(BaseModel, frozen=True):
    """What may be sent with a key; one file has at most `CALOTYPE_LIMITS_MAX_BYTES`."""

    max_files: int = Field(100, ge=1, le=10_000, description="Most files in one request.")
    max_request_bytes: int = Field(
        1 << 30, ge=1024, description="Largest request, in bytes; it lies on disk meanwhile."
    )
    max_requests: int = Field(
        16, ge=1, le=1000, description="Changes under way at the same time; more get a 503."
    )
    seconds: float = Field(
        600, ge=1, description="How long a request may take to arrive as a whole."
    )
    threads: int = Field(
        2,
        ge=1,
        le=64,
        description="Files that are looked at and kept at the same time; each is in memory then.",
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
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
        "",
        description="SQLAlchemy URL of the catalog, such as postgresql+psycopg://user@host/name, "
        "which instances share. Default: SQLite in the data folder.",
    )
    derived: str = Field(
        "",
        description="Folder or bucket URL for smaller copies of originals and, with a CATALOG, for "
        "snapshots of the index. Default: in the data folder. Instances share one.",
    )
    uploads: str = Field(
        "",
        description="Folder or bucket URL where uploaded originals are kept. Default: in the data "
        "folder. All instances must have the same.",
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Key that authenticates cursors; the same on every instance, and required with "
        "a PostgreSQL catalog. Default: one kept in the data folder.",
    )
    watch: bool = Field(True, description="Follow changes of the source while serving it.")
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], BeforeValidator(lambda text: text.lower())
    ] = Field("info", description="What is logged: this, and whatever is worse.")
    server: ServerConfig = ServerConfig()
    limits: LimitsConfig = LimitsConfig()
    upload: UploadConfig = UploadConfig()
    ingest: IngestConfig = IngestConfig()
    search: SearchConfig = SearchConfig()
    render: RenderConfig = RenderConfig()
    deliver: DeliverConfig = DeliverConfig()
    signing: SigningConfig = SigningConfig()
    purge: PurgeConfig = PurgeConfig()
    scaling: ScalingPolicy = ScalingPolicy()

    @classmethod
    def load(cls, **given: object) -> Self:
        """Read the environment; what is given here goes before it.

        Raises BadSetting naming the variable, what it must be, and where it is documented.
        """
        for part in PARTS:
            if os.environ.get(name := PREFIX + part.upper()):
                begins = f"begins the names of settings such as {_of_part(part)[0].variable}"
                raise BadSetting(name, f"{begins}; it is none itself", DOCUMENTED)
        try:
            return cls(**{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
            raise BadSetting(name, _problem(name, first), DOCUMENTED) from None

    def data_dir(self, source: str) -> Path:
        """The folder for what is derived from `source`."""
        if self.data is not None:
            return self.data
        digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        stem = re.sub(r"[^a-z0-9]+", "-", source.rstrip("/").rsplit("/", 1)[-1].lower()).strip("-")
        return user_data_root() / f"{stem or 'source'}-{digest}"

    def catalog_url(self, data: Path) -> str:
        return self.catalog or f"sqlite:///{data / 'catalog.sqlite'}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: what it must be (`a whole number from 0 to 65535`), and what it is for.

    `part` is empty for those of the service as a whole; `default` is None where there is none.
    """

    variable: str
    part: str
    must: str
    default: Any
    description: str


PARTS: dict[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
"""The parts that have settings of their own, in order."""


def every_setting() -> Iterator[Setting]:
    """All that can be set, those of the service as a whole first."""
    for part in ("", *PARTS):
        yield from _of_part(part)


def unknown_variables() -> dict[str, str]:
    """Variables of the environment that look like settings and are none, and the nearest one."""
    known = [setting.variable for setting in every_setting()]
    known += [PREFIX + part.upper() for part in PARTS]
    given = sorted(name for name in os.environ if name.upper().startswith(PREFIX))
    strange = [name for name in given if name.upper() not in known]
    return {n: next(iter(difflib.get_close_matches(n.upper(), known, 1)), "") for n in strange}


def _of_part(part: str) -> list[Setting]:
    fields = PARTS[part].model_fields if part else Settings.model_fields
    start = f"{PREFIX}{part}_".upper() if part else PREFIX
    return [
        Setting(start + name.upper(), part, _must(field), field.default, field.description or "")
        for name, field in fields.items()
        if part or name not in PARTS
    ]


def _problem(name: str, error: ErrorDetails) -> str:
    """What is wrong with a value; with a secret one, without it."""
    if error["type"] == "value_error":  # a part's own validator, which says the mend
        return str(error["ctx"]["error"])
    setting = next((each for each in every_setting() if each.variable == name), None)
    must = setting.must if setting else error["msg"]
    secret = setting is None or isinstance(setting.default, SecretStr)
    return f"must be {must}; got {'something else' if secret else repr(error['input'])}"


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text",
          SecretStr: "a text", Path: "a path"}  # fmt: skip


def _must(field: FieldInfo) -> str:
    """What a value has to be, in words."""
    if get_origin(field.annotation) is Literal:
        return "one of " + ", ".join(get_args(field.annotation))
    kind = field.annotation
    if isinstance(kind, UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    words = _KINDS[kind]  # type: ignore[index]
    if field.examples:
        words += f" such as {field.examples[0]}"
    least = next((m.ge for m in field.metadata if hasattr(m, "ge")), None)
    most = next((m.le for m in field.metadata if hasattr(m, "le")), None)
    if least is not None and most is not None:
        return f"{words} from {least} to {most}"
    return words if least is None else f"{words}, at least {least}"


def user_data_root() -> Path:
    return Path(platformdirs.user_data_dir("calotype", appauthor=False))
