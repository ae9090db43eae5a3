"""The catalog's database: a PostgreSQL of the fleet's own, where none is given."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
from contextlib import suppress
from pathlib import Path
from signal import Signals

from calotype.errors import Unusable
from calotype.fleet import asking, leftovers, programs
from calotype.fleet.process import Command, Process, Say, Standing, dies_with_us
from calotype.fleet.topology import Topology

USER = "postgres"
"""Whom it runs as if we are root, whom it turns away."""
START_SECONDS = 30.0
URL = "url"
"""File beside its log, while it runs: the URL, with the password, for commands on this machine."""
CONNECTIONS = 8
"""Most that an instance has at once, and some: docs/operations.md says six."""
OTHERS = 20
"""Connections for commands and for PostgreSQL itself."""
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "64MB",
    "log_timezone": "UTC",
}


class Database:
    """PostgreSQL on a free port of loopback, with a password; its data stays between runs."""

    def __init__(self, topology: Topology, say: Say) -> None:
        self._topology = topology
        self._home = topology.public / "catalog"
        self._data = self._home / "data"
        self.port, self.answers = topology.catalog_port, False
        self.process = Process(self._command(), say)

    @property
    def state(self) -> Standing:
        return self.process.standing(answers=self.answers)

    def _command(self) -> Command:
        most = CONNECTIONS * self._topology.slots + OTHERS
        options = {**OPTIONS, "port": str(self.port), "max_connections": str(most)}
        argv = (
            programs.located("postgres"), "-D", str(self._data),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        )  # fmt: skip
        return Command(
            "catalog/postgres", argv, self._topology.folder / "catalog", user=_user(),
            # Fast: clients are cut off, what was committed stays.
            stop=Signals.SIGINT, stop_seconds=20, orphaned=Signals.SIGINT,
        )  # fmt: skip

    async def start(self) -> None:
        """Returns when it answers; raises Unusable."""
        self._folders()
        self._forget_url()
        if not (self._data / "PG_VERSION").exists():
            await self._create()
        await self.process.start()
        try:
            await asking.until(self.look, START_SECONDS)
        except TimeoutError:
            raise Unusable(
                "The catalog's PostgreSQL does not answer: "
                f"see {self._topology.folder / 'catalog' / 'postgres.log'}."
            ) from None
        self._note_url()

    async def stop(self) -> None:
        """End it; commands on this machine are told that it does not run."""
        await self.process.stop()
        self._forget_url()

    def _forget_url(self) -> None:
        with suppress(OSError):
            (self.process.command.folder / URL).unlink(missing_ok=True)

    def _note_url(self) -> None:
        fresh = self.process.command.folder / f".{URL}"
        fresh.touch(mode=0o600)
        fresh.write_text(self._topology.catalog, encoding="utf-8")
        fresh.replace(fresh.with_name(URL))

    async def look(self) -> bool:
        """Find out whether it answers."""
        self.answers = bool(self.process.pid) and await asking.reachable("127.0.0.1", self.port)
        return self.answers

    def _folders(self) -> None:
        for folder in (self.process.command.folder, self._home):
            folder.mkdir(exist_ok=True)
        if _user():
            # Below it lies what the other user alone may see; the supervisor's log is beside it.
            self._home.chmod(0o755)

    async def _create(self) -> None:
        """A new cluster, which has its name once it is whole: the first file that it writes is the
        one by which a cluster is known."""
        made, password = self._home / "data.new", self._home / "password"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(mode=0o700)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self._topology.catalog_secret)
        if user := _user():
            for path in (made, password):
                shutil.chown(path, user, user)
        try:
            await self._initdb(made, password, user)
        finally:
            password.unlink()
        try:
            made.rename(self._data)  # over an empty folder too
        except OSError:
            raise Unusable(
                f"{self._data} holds what is no PostgreSQL cluster, and is not empty: move it away."
            ) from None

    async def _initdb(self, data: Path, password: Path, user: str | None) -> None:
        """Raises Unusable with what it says."""
        making = await asyncio.create_subprocess_exec(
            programs.located("initdb"), "-D", str(data), "-U", "calotype", "-E", "UTF8",
            "--locale=C.UTF-8", "-A", "scram-sha-256", f"--pwfile={password}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            cwd=self._home, env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            process_group=0, preexec_fn=dies_with_us(Signals.SIGKILL), **programs.as_user(user),
        )  # fmt: skip
        try:
            _, complaint = await making.communicate()
        finally:
            if making.returncode is None:
                leftovers.kill_group(making.pid)
                await making.wait()
        if making.returncode:
            last = complaint.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise Unusable(f"PostgreSQL could not be set up: {' '.join(last)}")


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(USER)
    except KeyError:
        raise Unusable(
            f"PostgreSQL does not run as root, and there is no user {USER}: start the fleet as "
            "another user, or set CALOTYPE_CATALOG."
        ) from None
    return USER
