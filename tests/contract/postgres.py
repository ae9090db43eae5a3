"""A PostgreSQL of our own, from Debian's package, that is thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SETTINGS = "-c fsync=off -c full_page_writes=off -c listen_addresses=''"
"""Nothing need outlive the machine; what was committed must outlive the server."""


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


class Server:
    """One that runs until it is stopped; `socket` is the directory of its socket, its only door."""

    def __init__(self, home: Path, prefix: Sequence[str]) -> None:
        self.socket, self._home, self._prefix, self._folder = str(home), home, prefix, binaries()

    def create(self) -> None:
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        options = f"-k {self._home} {SETTINGS}"
        self._run("pg_ctl", "-w", "-o", options, "-l", str(self._home / "log"), "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All of its processes stopped: connections stay, and nothing is said on them."""
        leader = int((self._home / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(leader, signal.SIGSTOP)  # it makes no more
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        pids = [leader, *map(int, children)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        with psycopg.connect(host=self.socket, user="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [
                *self._prefix,
                str(self._folder / program),
                "-D",
                str(self._home / "data"),
                *arguments,
            ],
            check=True,
            cwd=self._home,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            timeout=60,
        )


@contextmanager
def running_server() -> Iterator[Server]:
    """A server, started; stopped and thrown away at the end."""
    prefix = _unprivileged()
    # Not in pytest's own directory, which another user may not enter.
    home = Path(tempfile.mkdtemp(prefix="calotype-pg-"))
    if prefix:
        shutil.chown(home, "postgres")
    server = Server(home, prefix)
    try:
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
