"""Calotype as it is measured: one process of `calotype serve`, on its defaults.

Its rendition cache is off, as none of the others has one: every request is a render.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

from benchmarks.render.load import ask
from benchmarks.render.photos import Photo, Unavailable
from benchmarks.render.processes import wait_idle
from benchmarks.render.servers import Server
from calotype import __version__
from calotype.settings import every_setting

NO_CACHE = {
    "CALOTYPE_DELIVER_CACHE_BYTES": "0",
    "CALOTYPE_DELIVER_MEMORY_BYTES": "0",
    "CALOTYPE_SERVER_WARM_BYTES": "0",
}


class Calotype(Server):
    """With the pyramid, once its background work is done."""

    name, label, version = "calotype", "Calotype", __version__
    pyramid = True
    caches = False

    def install(self) -> None:
        if not self._program.exists():
            raise Unavailable("calotype is not installed beside this Python: make install")
        if not self.pyramid and not _pyramid_settings():
            raise Unavailable("this version has no pyramid that could be turned off")
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def command(self) -> Sequence[str | Path]:
        source = self.photos[0].path.parent
        given = ("--data", self.folder / "data", "--port", str(self.port))
        return [self._program, "serve", source, *given]

    def environment(self) -> Mapping[str, str]:
        variables = {} if self.caches else dict(NO_CACHE)
        if not self.pyramid:
            variables |= dict.fromkeys(_pyramid_settings(), "false")
        return variables

    def path(self, photo: Photo, width: int, format: str, quality: int | None = None) -> str:
        asked = f"&q={quality}" if quality else ""
        return f"/i/{image_id(photo.path)}?w={width}&fm={format}{asked}"

    def settle(self) -> None:
        """Everything ingested; each photograph asked for once, so that what is made at a first
        render is made; and then no work going on any more."""
        for _ in range(600):
            try:
                with urlopen(f"{self.origin}/readyz", timeout=5) as answer:
                    if not json.load(answer)["ingest"]["running"]:
                        break
            except OSError:
                pass
            time.sleep(0.2)
        else:
            raise Unavailable("did not settle within two minutes")
        wait_idle(self.pid)
        if self.pyramid:
            ask(self.origin, [self.path(photo, 300, "jpeg") for photo in self.photos])
            wait_idle(self.pid)

    def rendered(self) -> int:
        """How many renders /metrics has counted."""
        return self.counted("calotype_render_seconds_count")

    def counted(self, metric: str) -> int:
        """What /metrics says of this one, all its labels together; 0 where it has none yet."""
        with urlopen(f"{self.origin}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        counts = (line for line in lines if line.startswith(metric))
        return int(sum(float(line.rpartition(" ")[2]) for line in counts))

    @property
    def _program(self) -> Path:
        return Path(sys.executable).with_name("calotype")


class FirstTouch(Calotype):
    """Without the pyramid: every render is from the original, as if none had been touched."""

    name, label = "calotype-first-touch", "Calotype, first touch"
    pyramid = False


class Caching(Calotype):
    """With its caches, which is how it comes."""

    name, label = "calotype-caching", "Calotype"
    caches = True


def image_id(path: Path) -> str:
    """An image's id is its content's hash."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:40]


def _pyramid_settings() -> list[str]:
    """The variables that turn the pyramid off; none in a version that has no pyramid."""
    switches = (s for s in every_setting() if s.must == "true or false")
    return [s.variable for s in switches if "PYRAMID" in s.variable]
