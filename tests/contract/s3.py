"""An S3-compatible server of our own: versitygw, or moto's where there is no Go to build it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import boto3
import platformdirs
from obstore.store import S3Store

VERSITYGW = "github.com/versity/versitygw/cmd/versitygw"
VERSION = "v1.8.0"
REGION, KEY, SECRET = "us-east-1", "test", "secret of the tests"
PATIENCE = 60.0
"""Seconds that anything waited for may take at most, on a machine with much else to do."""


class Store:
    """A server on a port of loopback, with all it holds in `folder`. `why_not`: empty where it is
    versitygw, else why it is moto's, which loses what it held when it is killed.
    """

    def __init__(self, folder: Path, binary: Path | None, why_not: str) -> None:
        self.why_not, self._folder, self._binary = why_not, folder, binary
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process is to have in its environment, so that it finds buckets here."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_ALLOW_HTTP": "true",
        }

    def start(self) -> None:
        """Start it, again after `kill` or `stop`, at the same address."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        give_up = time.monotonic() + PATIENCE
        pause = threading.Event()
        while not self._accepts():
            text = (self._folder / "log").read_text(errors="replace")
            assert self._process.poll() is None, text
            assert time.monotonic() < give_up, text
            pause.wait(0.02)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """From now on connections are refused."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """From now on connections are taken and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # until all its threads have stopped

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def make_bucket(self, name: str) -> None:
        client = boto3.client(
            "s3", endpoint_url=self.address, region_name=REGION,
            aws_access_key_id=KEY, aws_secret_access_key=SECRET,
        )  # fmt: skip
        client.create_bucket(Bucket=name)
        client.close()

    def bucket(self, name: str, prefix: str = "") -> S3Store:
        """A bucket that was made before, as a client sees it."""
        return S3Store(
            name, prefix=prefix or None, endpoint=self.address, region=REGION,
            access_key_id=KEY, secret_access_key=SECRET, client_options={"allow_http": True},
        )  # fmt: skip

    def _command(self) -> list[str]:
        if self._binary is None:
            return [
                sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port),
            ]  # fmt: skip
        for name in ("objects", "metadata"):
            (self._folder / name).mkdir(exist_ok=True)
        # What it knows of an object lies beside it: not every file system has extended attributes.
        return [
            str(self._binary), "--access", KEY, "--secret", SECRET, "--region", REGION,
            "--port", f"127.0.0.1:{self._port}", "--quiet", "--keep-alive",
            "posix", "--sidecar", str(self._folder / "metadata"), str(self._folder / "objects"),
        ]  # fmt: skip

    def _accepts(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
            self._process.wait(PATIENCE)


@contextmanager
def running_store() -> Iterator[Store]:
    """A server, started; stopped and thrown away at the end."""
    binary, why_not = installed()
    with tempfile.TemporaryDirectory(prefix="calotype-s3-") as folder:
        store = Store(Path(folder), binary, why_not)
        store.start()
        try:
            yield store
        finally:
            store.kill()


def installed() -> tuple[Path | None, str]:
    """versitygw, built by Go into the user's cache where it is not there yet; else why not."""
    folder = Path(platformdirs.user_cache_dir("calotype-tests")) / f"versitygw-{VERSION}"
    binary = folder / "versitygw"
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not binary.exists() and go is None:
        return None, "there is no Go to build versitygw with"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # several workers of pytest come here at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if binary.exists():
            return binary, ""
        assert go is not None
        built = subprocess.run(
            [go, "install", f"{VERSITYGW}@{VERSION}"],
            env={**os.environ, "GOBIN": str(folder)}, capture_output=True, text=True,
        )  # fmt: skip
    if built.returncode:
        lines = built.stderr.strip().splitlines() or ["no reason given"]
        return None, f"Go cannot build versitygw {VERSION}: {lines[-1]}"
    return binary, ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
