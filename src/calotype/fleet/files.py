"""Where the configuration of the fleet's programs lies: `deploy/` of a checkout, or, as a wheel has
it, beside our own code.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]

WEB = _PACKAGE / "web"
"""The static files of the web app."""


def deploy(package: Path = _PACKAGE) -> Path:
    """The folder that holds `edge`, `lb` and `instance`. Raises FileNotFoundError.

    `package`: the folder of the package `calotype`.
    """
    for found in (package / "deploy", package.parents[1] / "deploy"):
        if (found / "instance" / "nginx.conf").is_file():
            return found
    raise FileNotFoundError("This installation of Calotype lacks its folder deploy; install again.")
