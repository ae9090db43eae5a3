"""One instance: what its app must be told, and the files and command of the nginx before it.

    folder/nginx.conf   deploy/instance/nginx.conf, as it is
           app.conf     the app's socket
           place.conf   where nginx listens, where the web app and the renditions lie

Start the app and nginx in any order. To take them out: SIGTERM to the app, which goes on answering
for CALOTYPE_SERVER_LEAVING_SECONDS; when the load balancer sends nothing more, `STOP` to nginx.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from pathlib import Path

from calotype.fleet import files

STOP = signal.SIGQUIT
"""nginx takes nothing new, finishes what is under way (for 30 s at most), and ends."""

KEEP_ALIVE_SECONDS = 65
"""For how long nginx uses an idle connection to the app, which keeps it for longer."""

CONFIG = "nginx.conf"
_UNSAFE = re.compile(r'[$"\\\x00-\x1f\x7f]')


def app_environment(socket: Path, leaving_seconds: float) -> dict[str, str]:
    """The settings that an app behind nginx has beside its others."""
    return {
        "CALOTYPE_SERVER_UNIX_SOCKET": str(socket),
        "CALOTYPE_SERVER_ACCEL": "true",
        "CALOTYPE_SERVER_LEAVING_SECONDS": f"{leaving_seconds:g}",
    }


def nginx_files(
    listen: str, socket: Path, renditions: Path, web: Path = files.WEB
) -> Mapping[str, str]:
    """Name and text of each file in nginx's folder. `listen`: address and port.

    Raises ValueError for a path that nginx cannot be told.
    """
    keep = f"keepalive 64; keepalive_timeout {KEEP_ALIVE_SECONDS}s;"
    return {
        "app.conf": f"upstream app {{ server {_quoted(f'unix:{socket}')}; {keep} }}\n",
        "place.conf": (
            f"listen {listen} backlog=4096;\n"
            f"set $web {_quoted(str(web))};\n"
            f"set $renditions {_quoted(str(renditions))};\n"
        ),
        CONFIG: (files.deploy() / "instance" / CONFIG).read_text(encoding="utf-8"),
    }


def nginx_command(program: str, folder: Path, user: str = "") -> list[str]:
    """nginx in the foreground, with the files in `folder`, where it also keeps its pid and what it
    buffers.

    `user`: whom its worker becomes, if it is started by root; it must be able to write to the
    app's socket, and to read the renditions.
    """
    command = [program, "-p", str(folder), "-c", str(folder / CONFIG)]
    return [*command, "-g", f"user {user};"] if user else command


def _quoted(text: str) -> str:
    """A text in nginx's configuration, where `$` begins a variable and cannot be escaped."""
    if _UNSAFE.search(text):
        raise ValueError(f'nginx cannot be told the path {text!r}; choose one without $, " or \\')
    return f'"{text}"'
