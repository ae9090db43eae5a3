"""The other servers, each with the settings that its documentation recommends for production.

All read the same folder and none keeps what it rendered: that is how each comes, and caching is
left to a CDN before it. Installed on demand into the cache folder, never into this project.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.render.photos import Photo, Unavailable, debian
from benchmarks.render.servers import Server, program, run

CORES = os.cpu_count() or 1


class Imgproxy(Server):
    """Go and libvips. Its default is twice as many workers as cores; signatures are left off."""

    name, label, version = "imgproxy", "imgproxy 4", "4.0.12"

    def install(self) -> None:
        if self._binary.exists():
            return
        go = program("go", "/usr/local/go/bin/go")
        debian("libvips-dev", "pkg-config", "gcc", "g++")
        package = f"github.com/imgproxy/imgproxy/v4/cli@v{self.version}"
        run([go, "install", package], self.folder, GOBIN=str(self.folder))

    def command(self) -> Sequence[str | Path]:
        return [self._binary]

    def environment(self) -> Mapping[str, str]:
        return {
            "IMGPROXY_BIND": f"127.0.0.1:{self.port}",
            "IMGPROXY_LOCAL_FILESYSTEM_ROOT": str(self.photos[0].path.parent),
            "IMGPROXY_LOG_LEVEL": "error",
        }

    def path(self, photo: Photo, width: int, format: str, quality: int | None = None) -> str:
        asked = f"/q:{quality}" if quality else ""
        suffix = "jpg" if format == "jpeg" else format
        return f"/insecure/rs:fit:{width}:0{asked}/plain/local:///{photo.name}@{suffix}"

    @property
    def _binary(self) -> Path:
        return self.folder / "cli"


class Thumbor(Server):
    """Python and Pillow; one process a core, as it says for more than one."""

    name, label, version = "thumbor", "thumbor 7.8", "7.8.0"

    def install(self) -> None:
        if not (self._bin / "thumbor").exists():
            run([sys.executable, "-m", "venv", self._bin.parent], self.folder)
            packages = [f"thumbor=={self.version}", "pillow-avif-plugin"]
            run([self._bin / "pip", "install", "-q", *packages], self.folder)

    def command(self) -> Sequence[str | Path]:
        settings = self.folder / "thumbor.conf"
        settings.write_text(
            "LOADER = 'thumbor.loaders.file_loader'\n"
            f"FILE_LOADER_ROOT_PATH = {str(self.photos[0].path.parent)!r}\n"
            "STORAGE = 'thumbor.storages.no_storage'\n"
        )
        address = ("-i", "127.0.0.1", "-p", str(self.port))
        return [
            self._bin / "thumbor", "-c", settings, *address,
            "-l", "error", "--processes", str(CORES),
        ]  # fmt: skip

    def path(self, photo: Photo, width: int, format: str, quality: int | None = None) -> str:
        asked = f":quality({quality})" if quality else ""
        return f"/unsafe/{width}x0/filters:format({format}){asked}/{photo.name}"

    @property
    def _bin(self) -> Path:
        return self.folder / "venv" / "bin"


class Ipx(Server):
    """Node and sharp: one process, whose renders run in libuv's four threads."""

    name, label, version = "ipx", "ipx 3", "3.1.1"

    def install(self) -> None:
        if not self._script.exists():
            npm = program("npm")
            (self.folder / "package.json").write_text('{"private": true}\n')
            run([npm, "install", "--silent", f"ipx@{self.version}"], self.folder)

    def command(self) -> Sequence[str | Path]:
        served = ("--dir", self.photos[0].path.parent)
        address = ("--host", "127.0.0.1", "--port", str(self.port))
        return [program("node"), self._script, "serve", *served, *address]

    def environment(self) -> Mapping[str, str]:
        return {"NODE_ENV": "production"}

    def path(self, photo: Photo, width: int, format: str, quality: int | None = None) -> str:
        asked = f",q_{quality}" if quality else ""
        return f"/w_{width},f_{format}{asked}/{photo.name}"

    @property
    def _script(self) -> Path:
        return self.folder / "node_modules" / "ipx" / "bin" / "ipx.mjs"


class Govips(Server):
    """Not a product: libvips alone behind Go's HTTP server, forty lines with govips.

    It does the least that a server can do that is built as imgproxy is (shrink while decoding,
    thumbnail, encode with imgproxy's default qualities and efforts, twice as many workers as
    cores), so it is what is left to compare with where imgproxy cannot be had. It is no figure
    of imgproxy and is never shown as one.
    """

    name, label, version = "govips", "libvips in Go (govips)", "2.16.0"

    def install(self) -> None:
        source = self.folder / "source"
        program_text = (Path(__file__).parent / "govips" / "main.go").read_bytes()
        built = source / "main.go"
        if self._binary.exists() and built.exists() and built.read_bytes() == program_text:
            return
        go = program("go", "/usr/local/go/bin/go")
        debian("libvips-dev", "pkg-config", "gcc", "g++")
        shutil.rmtree(source, ignore_errors=True)
        self._binary.unlink(missing_ok=True)
        source.mkdir()
        built.write_bytes(program_text)
        (source / "go.mod").write_text("module bench\n\ngo 1.21\n")
        run([go, "get", f"github.com/davidbyttow/govips/v2/vips@v{self.version}"], source)
        run([go, "build", "-o", self._binary, "."], source)

    def command(self) -> Sequence[str | Path]:
        return [self._binary, f"127.0.0.1:{self.port}", self.photos[0].path.parent, str(2 * CORES)]

    def path(self, photo: Photo, width: int, format: str, quality: int | None = None) -> str:
        asked = f"&q={quality}" if quality else ""
        return f"/{photo.name}?w={width}&fm={format}{asked}"

    @property
    def _binary(self) -> Path:
        return self.folder / "server"


PEERS: tuple[type[Server], ...] = (Imgproxy, Thumbor, Ipx, Govips)


def installed(name: str, server: Server) -> str:
    """Why it cannot be had; empty if it can."""
    try:
        server.install()
    except Unavailable as reason:
        return f"{name} {server.version}: {reason}"
    return ""
