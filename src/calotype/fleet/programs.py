"""Where the programs of a fleet lie, and which Debian packages bring those that are missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

from calotype.errors import Unusable

PACKAGES = {
    "varnishd": "varnish",
    "varnishstat": "varnish",
    "varnishncsa": "varnish",
    "haproxy": "haproxy",
    "nginx": "nginx-light",
}
DATABASE = {"postgres": "postgresql", "initdb": "postgresql"}
XKEY = "libvmod_xkey.so", "varnish-modules"
DRIVER = "psycopg"
INSTALL_DRIVER = "pip install 'psycopg[binary]'"


def find(program: str) -> Path | None:
    """Where it lies. Debian keeps PostgreSQL's in a folder for each version; the newest counts."""
    if program in DATABASE:
        newest = sorted(
            Path("/usr/lib/postgresql").glob(f"*/bin/{program}"),
            key=lambda path: int(path.parts[4]) if path.parts[4].isdigit() else 0,
        )
        if newest:
            return newest[-1]
    # /usr/sbin is not in the path of everyone who may run what lies there.
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return Path(found) if found else None


def missing(*, database: bool) -> list[str]:
    """The Debian packages that a fleet lacks here, each once. `database`: with PostgreSQL."""
    wanted = PACKAGES | (DATABASE if database else {})
    packages = [package for program, package in wanted.items() if find(program) is None]
    module, package = XKEY
    if "varnish" in packages or not _module(module):
        packages.append(package)
    return list(dict.fromkeys(packages))


def driver_missing() -> bool:
    return importlib.util.find_spec(DRIVER) is None


def mends(*, database: bool) -> list[str]:
    """The commands that install what is missing."""
    found = []
    if packages := missing(database=database):
        found.append(f"apt-get install {' '.join(packages)}")
    if database and driver_missing():
        found.append(INSTALL_DRIVER)
    return found


def require(*, database: bool) -> None:
    """Raises Unusable with all that has to be installed."""
    if lacking := mends(database=database):
        raise Unusable(f"A fleet needs what is not installed here: {'; '.join(lacking)}")


def located(program: str) -> str:
    """Where it lies; raises Unusable naming its package if it does not."""
    found = find(program)
    if found is None:
        package = (PACKAGES | DATABASE)[program]
        raise Unusable(f"{program} is not installed here: apt-get install {package}")
    return str(found)


def as_user(name: str | None) -> dict[str, Any]:
    """For `subprocess`: start it as this user; as ourselves for None."""
    return {} if name is None else {"user": name, "group": name, "extra_groups": []}


def _module(name: str) -> bool:
    """Whether Varnish has this module, wherever distributions put them."""
    return any(
        next(Path(root).glob(pattern), None) is not None
        for root in ("/usr/lib", "/usr/lib64", "/usr/local/lib")
        for pattern in (f"*/varnish/vmods/{name}", f"varnish/vmods/{name}")
    )
