"""HEIC through pi-heif, which has the decoder and no GPL encoder. libvips's wheel has neither.

In a process of its own: a few changed bytes in a file can crash this decoder (pi-heif 1.4,
libheif 1.23), which would take the service with it. A process is started when the first HEIC
comes, used again for the next, and replaced when it dies.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calotype.decode.vips import VipsImage, guard
from calotype.errors import Refused, Unrenderable

_CHILD = Path(__file__).with_name("heic_child.py")
_SECONDS = 30.0
"""More than the largest image allowed takes; a decoder caught in a loop is killed then."""

_MOST_IDLE = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Found:
    """What the container says; `width` and `height` have its own rotation applied."""

    width: int
    height: int
    alpha: bool
    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None


def header(data: bytes) -> Found:
    """Raises Refused("corrupt")."""
    facts, parts = _ask(b"H", data)
    if not facts:
        raise Refused("corrupt", "The file is no readable HEIC.")
    return Found(
        facts["width"],
        facts["height"],
        facts["mode"][-1] in "Aa",
        parts.get("icc"),
        parts.get("exif"),
        parts.get("xmp"),
    )


def load(data: bytes) -> VipsImage:
    """All pixels, upright, 8 bits, with the profile attached. Raises Unrenderable."""
    guard()
    facts, parts = _ask(b"P", data)
    if not facts:
        raise Unrenderable("The HEIC cannot be decoded.")
    width, height, mode, pixels = facts["width"], facts["height"], facts["mode"], parts["pixels"]
    bands, excess = divmod(len(pixels), width * height)
    if excess or not 1 <= bands <= 4:
        raise Unrenderable("The HEIC has fewer pixels than it says.")
    kind = "b-w" if bands < 3 else "srgb"
    loaded = VipsImage.new_from_memory(pixels, width, height, bands, "uchar")
    loaded = loaded.copy(interpretation=kind)
    if mode.endswith("a"):
        loaded = loaded.unpremultiply().cast("uchar").copy(interpretation=kind)
    if "icc" in parts:
        loaded.set_type("VipsBlob", "icc-profile-data", parts["icc"])
    return loaded


class _Decoder:
    """One process. `ask` gives an empty answer where the process dies over the file."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own script
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the parent
        )

    def ask(self, command: bytes, data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
        requests = self._process.stdin
        if requests is None:
            return {}, {}
        bound = threading.Timer(_SECONDS, self._process.kill)
        bound.start()
        try:
            requests.write(command + len(data).to_bytes(8, "big"))
            requests.write(data)
            requests.flush()
            facts = json.loads(self._part())
            return facts, {name: self._part() for name in facts.get("parts", ())}
        except (OSError, EOFError):
            self.close()
            return {}, {}
        finally:
            bound.cancel()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()

    def _part(self) -> bytes:
        size = int.from_bytes(self._read(8), "big")
        return self._read(size)

    def _read(self, size: int) -> bytes:
        answers = self._process.stdout
        data = answers.read(size) if answers else b""
        if len(data) < size:
            raise EOFError
        return data


_idle: list[_Decoder] = []
_lock = threading.Lock()


def _ask(command: bytes, data: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Ask an idle process, or a new one: as many run as threads ask at the same time."""
    with _lock:
        decoder = _idle.pop() if _idle else None
    if decoder is None or not decoder.alive:
        decoder = _Decoder()
    try:
        return decoder.ask(command, data)
    finally:
        with _lock:
            keep = decoder.alive and len(_idle) < _MOST_IDLE
            if keep:
                _idle.append(decoder)
        if not keep:
            decoder.close()


@atexit.register
def _close_all() -> None:
    with _lock:
        while _idle:
            _idle.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # pipes have one owner
