"""A PostgreSQL of our own, from Debian's package, that is thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c listen_addresses=''"


def binaries() -> Path:
    """Where the newest installed server lies; skips the test if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL server is installed (Debian: postgresql)")
    return found[-1].parent


def _unprivileged() -> list[str]:
    """A prefix that runs a command as `postgres` if we are root, whom the server turns away."""
    if os.geteuid() != 0:
        return []
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("running as root, and there is no user `postgres` to run its server")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@contextmanager
def running_server() -> Iterator[str]:
    """The directory of its socket, while it runs. It listens on no port."""
    folder, prefix = binaries(), _unprivileged()
    # Not in pytest's own directory, which another user may not enter.
    home = Path(tempfile.mkdtemp(prefix="calotype-pg-"))
    if prefix:
        shutil.chown(home, "postgres")
    data = home / "data"
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}

    def run(*command: str) -> None:
        subprocess.run(
            [*prefix, *command],
            check=True,
            cwd=home,
            env=environment,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )

    try:
        run(str(folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres",
            "-E", "UTF8", "--no-sync")  # fmt: skip
        options = f"-k {home} {SETTINGS}"
        control = (str(folder / "pg_ctl"), "-D", str(data), "-w")
        run(*control, "-o", options, "-l", str(home / "log"), "start")
        try:
            yield str(home)
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
