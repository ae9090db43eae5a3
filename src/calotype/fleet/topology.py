"""What a fleet on one machine consists of: folders, ports, secrets, and what each part is told."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from calotype.errors import Unusable
from calotype.fleet.ports import Ports
from calotype.secret import kept
from calotype.server import LONGEST_SOCKET
from calotype.settings import Settings

_TEMPORARY = ".1234567.tmp"
"""HAProxy binds its socket under another name first."""
ELSEWHERE = Path("/var/lib/calotype")
DRAIN_SECONDS = 35.0
"""No answer takes longer, once its request has come: the load balancer gives it up then."""
LEAVING_SECONDS = 2
"""An instance that was told to go answers for as long; health checks see it in 1 s at most."""


@dataclass(frozen=True, slots=True)
class Topology:
    """Where everything is. Ports are on loopback, but for `port` of the edge, which is on `host`.

    `catalog_url`: of an external catalog; empty, and the fleet runs a PostgreSQL of its own.
    `sockets`: folder whose path is short; `folder` if that is.
    `public`: folder that the users `vcache` and `postgres` can reach; `folder` if they can.
    `inside_port`: of the edge too; there the instances purge, and the supervisor looks at it.
    `ports`: where instances get theirs.
    `uploads`, `derived`: what instances share: absolute paths, or URLs.
    `more`: further settings of every instance.
    """

    folder: Path
    sockets: Path
    public: Path
    source: str
    host: str
    port: int
    admin_port: int
    inside_port: int
    balancer_port: int
    statistics_port: int
    catalog_port: int
    slots: int
    share: float
    """Cores that an instance is thought to have: all of them, divided by the most instances."""
    catalog_url: str
    secret: str
    purge_secret: str
    catalog_secret: str
    uploads: str
    derived: str
    drain_seconds: float
    more: Mapping[str, str]
    ports: Ports

    @property
    def edge_address(self) -> str:
        """What Varnish listens on."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def edge_url(self) -> str:
        """Where this machine's user finds the edge."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def purge_url(self) -> str:
        """Where the instances find it: by loopback, from which alone it takes purges."""
        return f"http://127.0.0.1:{self.inside_port}"

    @property
    def catalog(self) -> str:
        """The URL that instances get."""
        own = f"calotype:{self.catalog_secret}@127.0.0.1:{self.catalog_port}/postgres"
        return self.catalog_url or f"postgresql+psycopg://{own}"

    def instance_environment(self, data: Path) -> dict[str, str]:
        """The settings of an instance that keeps its own in `data`."""
        return {
            **self.more,
            "CALOTYPE_SERVER_DRAIN_SECONDS": str(self.drain_seconds),
            "CALOTYPE_DERIVED": self.derived,
            "CALOTYPE_UPLOADS": self.uploads,
            "CALOTYPE_SOURCE": self.source,
            "CALOTYPE_DATA": str(data),
            "CALOTYPE_CATALOG": self.catalog,
            "CALOTYPE_SECRET": self.secret,
            "CALOTYPE_PURGE_EDGES": self.purge_url,
            "CALOTYPE_PURGE_SECRET": self.purge_secret,
        }


def instance_settings(settings: Settings, slots: int, share: float) -> dict[str, str]:
    """What instances of a fleet have otherwise than one alone, where it was not set: as many
    renders at once as their share of the cores, and a part each of the cache on disk."""
    made = {}
    if "workers" not in settings.render.model_fields_set:
        made["CALOTYPE_RENDER_WORKERS"] = str(max(1, int(share)))
    if "cache_bytes" not in settings.deliver.model_fields_set:
        made["CALOTYPE_DELIVER_CACHE_BYTES"] = str(settings.deliver.cache_bytes // slots)
    return made


def drain_seconds(settings: Settings) -> float:
    """For how long an instance finishes what it has: as long as an upload may take to come."""
    if "drain_seconds" in settings.server.model_fields_set:
        return settings.server.drain_seconds
    return min(600.0, max(DRAIN_SECONDS, settings.upload.seconds))


def absolute(place: str) -> str:
    """A folder from wherever an instance works; a URL as it is, but for a file of SQLite."""
    if place.startswith("sqlite"):
        url = make_url(place)
        if url.database and url.database != ":memory:":
            url = url.set(database=str(Path(url.database).absolute()))
        return url.render_as_string(hide_password=False)
    return place if "://" in place else str(Path(place).absolute())


def make_folder(folder: Path) -> Path:
    """The folder of the fleet, absolute."""
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(
            f"{folder} cannot be made ({error.strerror}); choose another --data."
        ) from None
    return folder


def socket_folder(folder: Path) -> Path:
    """Where the sockets are: the folder itself, or, where their paths would be too long, one in the
    system's folder for temporary files that nobody else can enter."""
    # The longest are those of the load balancer and of an instance with two digits.
    longest = (folder / "lb" / f"haproxy.sock{_TEMPORARY}", folder / "i99" / "app.sock")
    if all(len(os.fsencode(path)) <= LONGEST_SOCKET for path in longest):
        return folder
    other = Path(tempfile.gettempdir()) / f"calotype-{_digest(folder)}"
    other.mkdir(mode=0o700, exist_ok=True)
    found = other.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise Unusable(f"{other} is not ours alone; remove it, or choose a shorter --data.")
    return other


def public_folder(folder: Path) -> Path:
    """The folder itself, or, where other users cannot reach it, one under /var/lib for root.

    Varnish compiles as `vcache` and PostgreSQL runs as `postgres` when started by root.
    """
    if os.geteuid() != 0 or all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents)):
        return folder
    other = ELSEWHERE / _digest(folder)
    other.mkdir(parents=True, exist_ok=True)
    for path in (ELSEWHERE, other):
        path.chmod(0o755)
    return other


def forget_others(folder: Path, slots: int) -> None:
    """Remove what instances held that there will not be again, of an earlier and larger fleet."""
    for data in folder.glob("i*/data"):
        number = data.parent.name[1:]
        if number.isdecimal() and int(number) > slots:
            shutil.rmtree(data, ignore_errors=True)


def kept_secrets(folder: Path) -> dict[str, str]:
    """`secret`, `purge` and `catalog`: made once, readable by the owner alone."""

    def make() -> str:
        return json.dumps({name: secrets.token_hex(32) for name in ("secret", "purge", "catalog")})

    return dict(json.loads(kept(folder / "secrets.json", make, 3 * 64)))


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
