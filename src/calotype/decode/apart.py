"""Decoding in a process apart, which may crash and which is killed when it takes too long.

Two decoders need it. HEIC: a few changed bytes in a file can crash pi-heif 1.4 (libheif 1.23),
which would take the service with it. SVG: a few bytes can ask librsvg for hours of work (a blur at
6000 pixels, filters in a row), and nothing else can stop it.

A process is started when it is first needed, used again for the next file, and replaced when it
dies or anything goes wrong: what is left in its pipe would be taken for the next file's answer. As
many run as threads ask at the same time. Its environment has no secret of the service's.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from calotype.decode.apart_child import OUT_OF_MEMORY
from calotype.decode.limits import Limits
from calotype.errors import Overloaded, Unfinished

_CHILD = Path(__file__).with_name("apart_child.py")
_MOST_IDLE = os.cpu_count() or 1

_MOST_FACTS = 1 << 20
_ENVIRONMENT = frozenset({"HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH",
                          "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
                          "FONTCONFIG_FILE", "FONTCONFIG_PATH"})  # fmt: skip
"""Where libraries and fonts are found, and which language they speak."""

Answer = tuple[dict[str, Any], dict[str, bytes]]
NOTHING: Answer = ({}, {})


_NO_ROOM = "There is no process or memory left to decode this with; try again in a moment."


def ask(operation: dict[str, Any], data: bytes, limits: Limits) -> Answer:
    """Facts and parts, as `apart_child` gives them; `NOTHING` where the decoder fails, dies, or
    announces more than the limits let a file have.

    Raises Unfinished past the time or where the system took its memory, and Overloaded where it
    cannot be begun.
    """
    with _lock:
        used = _idle.pop() if _idle else None
    answer = None
    try:
        if used is not None:
            # one that was used before may have died of something else than this file
            with suppress(_Killed):
                answer = _ask(used, operation, data, limits)
        if answer is None:
            answer = _ask(_started(), operation, data, limits)
    except _Killed:
        raise Unfinished("It takes more memory to decode than there is.") from None
    except MemoryError:
        raise Overloaded(_NO_ROOM) from None
    return NOTHING if answer is None else answer


def _started() -> _Process:
    try:
        return _Process()
    except OSError:
        raise Overloaded(_NO_ROOM) from None


def _ask(
    process: _Process, operation: dict[str, Any], data: bytes, limits: Limits
) -> Answer | None:
    answer = None
    try:
        answer = process.ask(operation, data, limits)
    finally:
        with _lock:
            keep = answer is not None and process.alive and len(_idle) < _MOST_IDLE
            if keep:
                _idle.append(process)
        if not keep:
            process.close()
    return answer


class _Killed(Exception):
    """By the system, as one does that runs out of memory: no decoder ends itself so."""


class _Process:
    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 our own script
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _ENVIRONMENT},
            start_new_session=True,  # Ctrl-C is for the parent
        )

    def ask(self, operation: dict[str, Any], data: bytes, limits: Limits) -> Answer | None:
        """None if it dies over it, or answers what makes no sense. It can be asked again only
        after an answer. Raises Unfinished, _Killed, and Overloaded where there are no threads."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        bound = threading.Timer(limits.seconds, stop)
        try:
            bound.start()
        except RuntimeError:
            raise Overloaded(_NO_ROOM) from None
        try:
            self._send(json.dumps(operation).encode())
            self._send(data)
            return self._answer(4 * limits.max_pixels + len(data))
        except (OSError, EOFError, ValueError, TypeError):
            if late.is_set():
                message = f"It takes more than {limits.seconds:g} s to decode."
                raise Unfinished(message) from None
            if self._ended() in (-signal.SIGKILL, OUT_OF_MEMORY):
                raise _Killed from None
            return None
        finally:
            bound.cancel()

    def _answer(self, most: int) -> Answer:
        """`most`: bytes of all parts together; pixels, and blobs that lie in the file."""
        facts: dict[str, Any] = json.loads(self._receive(_MOST_FACTS))
        parts: dict[str, bytes] = {}
        for name in facts.get("parts", ()):
            parts[name] = self._receive(most)
            most -= len(parts[name])
        return facts, parts

    def _ended(self) -> int | None:
        """The exit status of one that has closed its pipe; None if it goes on without."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(1)
        return None

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()

    def _send(self, part: bytes) -> None:
        requests = self._process.stdin
        if requests is None:
            raise EOFError
        requests.write(len(part).to_bytes(8, "big"))
        requests.write(part)
        requests.flush()

    def _receive(self, most: int) -> bytes:
        size = int.from_bytes(self._read(8), "big")
        if size > most:
            raise ValueError("it announces more than there can be")
        return self._read(size)

    def _read(self, size: int) -> bytes:
        answers = self._process.stdout
        data = answers.read(size) if answers else b""
        if len(data) < size:
            raise EOFError
        return data


_idle: list[_Process] = []
_lock = threading.Lock()


@atexit.register
def _close_all() -> None:
    with _lock:
        while _idle:
            _idle.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a pipe has one owner
