"""Instances: nginx as it is configured, and behind it a real `calotype serve`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calotype.fleet.instance import app_environment, nginx_command, nginx_files

from .programs import answers, free_port, http, program, running, short_folder, until

CALOTYPE = Path(sys.executable).with_name("calotype")


class Instance:
    """nginx on a free port, the app's socket and a folder of renditions."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{port}"
        self.socket, self.data = folder / "app.sock", folder / "data"
        self.renditions = self.data / "renditions"
        self.process: subprocess.Popen[bytes]

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Instance]:
        with short_folder() as folder:
            instance = cls(folder, free_port())
            with running(instance.configure(), folder / "log") as instance.process:
                until(
                    lambda: instance.process.poll() is not None or answers(instance.url)(),
                    "an answer of nginx",
                )
                assert instance.process.poll() is None, (folder / "log").read_text()
                yield instance

    def configure(self) -> list[str]:
        """Write its files; the command."""
        texts = nginx_files(f"127.0.0.1:{self.port}", self.socket, self.renditions)
        for name, text in texts.items():
            (self.folder / name).write_text(text)
        self.renditions.mkdir(parents=True)
        return nginx_command(program("nginx"), self.folder, "root" if os.geteuid() == 0 else "")

    @contextmanager
    def app(self, pictures: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
        """`calotype serve` on the socket, once it is ready."""
        command = [str(CALOTYPE), "serve", str(pictures), "--data", str(self.data)]
        given = {**app_environment(self.socket, leaving_seconds=0), **variables}
        with running(command, self.folder / "app.log", **given) as process:
            until(
                lambda: (
                    process.poll() is not None or http.get(self.url + "/readyz").status_code == 200
                ),
                "readiness",
            )
            assert process.poll() is None, self.log
            yield process

    @property
    def log(self) -> str:
        return (self.folder / "app.log").read_text()

    def metric(self, line: str) -> float:
        """What `/metrics` says of it; 0 if nothing."""
        found = [
            row for row in http.get(self.url + "/metrics").text.splitlines()
            if row.startswith(line + " ")
        ]  # fmt: skip
        return float(found[0].rsplit(" ", 1)[1]) if found else 0.0
