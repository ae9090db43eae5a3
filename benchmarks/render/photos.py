"""The photographs: JPEGs of Debian's wallpaper packages, which anyone can get."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

PACKAGES = ("lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "mate-backgrounds")
LEAST_PIXELS, MOST_PIXELS = 7_990_000, 24_000_000
"""8 to 24 megapixels; a camera's 8 megapixels are 3264 × 2448, a little less."""


class Unavailable(Exception):
    """Something that is measured, or measured with, cannot be had here; says why."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A file as the servers see it, e.g. `01.jpg`; its size in pixels is as stored, so upright."""

    name: str
    path: Path
    width: int
    height: int


def cache() -> Path:
    """Where what is installed for measuring lies: `BENCH_CACHE`, or in the user's cache."""
    given = os.environ.get("BENCH_CACHE")
    folder = Path(given) if given else Path.home() / ".cache" / "calotype-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def debian(*packages: str) -> None:
    """Install Debian packages that are absent. Raises Unavailable."""
    if missing := [name for name in packages if not _installed(name)]:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise Unavailable(f"not installed: {' '.join(missing)}")
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["apt-get", "update", "-qq"], command):
            done = subprocess.run(step, env=quiet, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"apt-get install {' '.join(missing)}: {_last_line(done.stderr)}")


def photos() -> list[Photo]:
    """Those of 8 to 24 megapixels, copied into a folder of their own under plain names.

    Raises Unavailable where the packages cannot be installed.
    """
    debian(*PACKAGES)
    listed = subprocess.run(["dpkg", "-L", *PACKAGES], capture_output=True, text=True, check=True)
    folder = cache() / "photos"
    folder.mkdir(exist_ok=True)
    found: list[Photo] = []
    for line in sorted(set(listed.stdout.splitlines())):
        original = Path(line)
        if original.suffix.lower() not in (".jpg", ".jpeg") or original.is_symlink():
            continue
        with PIL.Image.open(original) as image:
            width, height = image.size
        if LEAST_PIXELS <= width * height <= MOST_PIXELS:
            name = f"{len(found) + 1:02}.jpg"
            shutil.copyfile(original, folder / name)
            found.append(Photo(name, folder / name, width, height))
    for stray in set(folder.iterdir()) - {photo.path for photo in found}:
        stray.unlink()
    return found


def _installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    query = ["dpkg-query", "-W", "-f", "${Status}", package]
    return "ok installed" in subprocess.run(query, capture_output=True, text=True).stdout


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
