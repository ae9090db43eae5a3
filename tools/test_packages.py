"""Install the Debian packages that tests need, when run as root on Debian; say so otherwise.

A test whose package is absent skips itself and gives its reason, so this never fails a run.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

PROGRAMS = {
    "chromium": ("chromium", "fonts-liberation"),
    "haproxy": ("haproxy",),
    "nginx": ("nginx-light",),
    "php": ("php-cli",),
    "postgres": ("postgresql",),
    "ruby": ("ruby",),
    "libmagic": ("libmagic1",),
    "varnishtest": ("varnish", "varnish-modules"),
}


def present(program: str) -> bool:
    if program == "postgres":
        return any(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if program == "libmagic":  # python-magic, which the IIIF validator imports, loads it
        return ctypes.util.find_library("magic") is not None
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is not None


def main() -> None:
    packages = [p for program, names in PROGRAMS.items() if not present(program) for p in names]
    if not packages:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"not installed, so their tests will be skipped: {' '.join(packages)}")
        return
    print(f"installing {' '.join(packages)} for the tests that need them")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["update", "-qq"],
        ["install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        if subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL).returncode:
            print(f"apt-get {command[0]} failed; tests that need {' '.join(packages)} will skip")
            return


main()
