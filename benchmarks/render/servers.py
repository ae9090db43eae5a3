"""What every measured server is: something to install, start, stop, and ask."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.render.photos import Photo, Unavailable, cache


class Server(ABC):
    """One server on a free port of loopback, with all its processes below one."""

    name: str
    """Short, for arguments and results."""
    label: str
    """As the table shows it."""
    version = ""

    def __init__(self, photos: Sequence[Photo]) -> None:
        self.photos = photos
        self.folder = cache() / self.name
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def install(self) -> None:
        """Have it, installing what is absent. Raises Unavailable."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """What starts it, listening on `port`."""

    @abstractmethod
    def path(self, photo: Photo, width: int, format: str, quality: int | None = None) -> str:
        """The URL's path; without a quality it is the server's own default."""

    def environment(self) -> Mapping[str, str]:
        return {}

    def settle(self) -> None:  # noqa: B027
        """Wait for what it does after it has started; most do nothing."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it has answered with a rendition. Raises Unavailable."""
        log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(
            [str(part) for part in self.command()],
            env={**os.environ, **self.environment()},
            stdout=log, stderr=subprocess.STDOUT, cwd=self.folder,
            start_new_session=True,
        )  # fmt: skip
        log.close()
        try:
            self._until_up()
            self.settle()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is None:
            return
        group = self._process.pid
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        with suppress(ProcessLookupError):  # thumbor's first process leaves its others behind
            os.killpg(group, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _until_up(self) -> None:
        for _ in range(150):
            if self._process is None or self._process.poll() is not None:
                break
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                time.sleep(0.2)
        raise Unavailable("did not start; its log is in its folder of the cache")

    def renders(self, format: str) -> str:
        """Why it does not make this format; empty if it does."""
        photo = self.photos[0]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", self.path(photo, 160, format))
            answer = connection.getresponse()
            kind = answer.headers.get_content_type()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()
        if answer.status != 200:
            return f"answered {answer.status}"
        return "" if kind == f"image/{format}" else f"answered {kind}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *elsewhere: str) -> str:
    """The path of a program. Raises Unavailable."""
    found = shutil.which(name) or next((each for each in elsewhere if Path(each).is_file()), None)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def run(command: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """Run an installer at low priority and return what it prints. Raises Unavailable."""
    done = subprocess.run(
        ["nice", *map(str, command)], cwd=folder, env={**os.environ, **variables},
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        # results are kept with the project, which names no registry's host
        why = re.sub(r"https?://\S+", "…", " ".join(lines[-2:]))
        raise Unavailable(f"{Path(str(command[0])).name} {command[1]} failed: {why}")
    return done.stdout
