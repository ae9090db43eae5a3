"""What a fleet on one machine consists of: folders, ports, secrets, and what each part is told."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from calotype.errors import Unusable
from calotype.fleet.ports import Ports

LONGEST_SOCKET = 107
"""Bytes that the path of a Unix socket may have."""
_TEMPORARY = ".1234567.tmp"
"""HAProxy binds its socket under another name first."""
ELSEWHERE = Path("/var/lib/calotype")
DRAIN_SECONDS = 35
"""No answer takes longer: the load balancer gives it up then."""
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
    `given`: variables of the environment; instances have them too, before our defaults.
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
    given: frozenset[str]
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
        defaults = {
            "CALOTYPE_SERVER_DRAIN_SECONDS": str(DRAIN_SECONDS),
            "CALOTYPE_RENDER_WORKERS": str(max(1, int(self.share))),
            "CALOTYPE_DERIVED": str(self.folder / "derived"),
            "CALOTYPE_UPLOADS": str(self.folder / "uploads"),
        }
        return {name: value for name, value in defaults.items() if name not in self.given} | {
            "CALOTYPE_SOURCE": self.source,
            "CALOTYPE_DATA": str(data),
            "CALOTYPE_CATALOG": self.catalog,
            "CALOTYPE_SECRET": self.secret,
            "CALOTYPE_PURGE_EDGES": self.purge_url,
            "CALOTYPE_PURGE_SECRET": self.purge_secret,
        }


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


def kept_secrets(folder: Path) -> dict[str, str]:
    """`secret`, `purge` and `catalog`: made once, readable by the owner alone."""
    path = folder / "secrets.json"
    if not path.exists():
        made = {name: secrets.token_hex(32) for name in ("secret", "purge", "catalog")}
        scratch = folder / f".secrets-{secrets.token_hex(4)}"
        scratch.touch(mode=0o600)
        scratch.write_text(json.dumps(made))
        scratch.replace(path)
    return dict(json.loads(path.read_text()))


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
