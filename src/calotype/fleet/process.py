"""One program, kept running: started again when it ends, ended when that is wanted."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any, Literal

from calotype.fleet import leftovers, programs

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
CALM_SECONDS = 20.0
"""Who has run for so long may be started again at once, however often it crashed before."""
LOG_BYTES = 16 << 20
INHERITED = frozenset({"PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH"})
_PR_SET_PDEATHSIG = 1
# Looked up here: between fork and exec another thread's lock may be held for ever.
_prctl = ctypes.CDLL(None, use_errno=True).prctl
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong)

Standing = Literal["starting", "ready", "stopped", "failed"]
Say = Callable[[str, str], None]
"""Kind and text of something that happened."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program as it is started: it has a process group of its own, named in `folder`/NAME.pid,
    and writes to `folder`/NAME.log.

    `stop` ends it politely, and if it has not ended after `stop_seconds`, SIGKILL does. `orphaned`
    is what it gets if the supervisor dies. `trusted`: it has all of our environment.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop: Signals = Signals.SIGTERM
    stop_seconds: float = 10
    orphaned: Signals = Signals.SIGTERM
    trusted: bool = False

    @property
    def file(self) -> str:
        """`nginx` of `i1/nginx`."""
        return self.name.rpartition("/")[2]


class Process:
    """Keeps one Command running from `start` to `stop`.

    `gives_up`: after so many ends within `CALM_SECONDS` of a start it is left, as `failed`.
    """

    def __init__(self, command: Command, say: Say, *, gives_up: int | None = None) -> None:
        self.command, self.pid, self.failed = command, 0, False
        self._say, self._gives_up = say, gives_up
        self._stopping, self._task = asyncio.Event(), None
        self._process: asyncio.subprocess.Process | None = None
        self._started = asyncio.Event()

    _task: asyncio.Task[None] | None

    def standing(self, *, answers: bool) -> Standing:
        """`answers`: whether it does what it is for."""
        if self.failed:
            return "failed"
        if self._task is not None and self._task.done():
            return "stopped"
        return "ready" if self.pid and answers else "starting"

    async def start(self) -> None:
        """Returns once it was started, which is not yet ready."""
        self._task = asyncio.create_task(self._keep(), name=self.command.name)
        await self._started.wait()

    def signal(self, number: Signals) -> None:
        """To the program itself, not to its children."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def expect_end(self) -> None:
        """It is not started again from now on."""
        self._stopping.set()

    async def ended(self, seconds: float) -> bool:
        """Whether it has ended within `seconds` without being forced to."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)
        return self._task is None or self._task.done()

    async def stop(self, number: Signals | None = None) -> None:
        """End it; returns when nothing of it is left."""
        self.expect_end()
        if self._task is None:
            return
        self.signal(number or self.command.stop)
        if not await self.ended(self.command.stop_seconds):
            leftovers.kill_group(self.pid)
        await asyncio.wait([self._task])

    async def _keep(self) -> None:
        pause, quick, loop = FIRST_PAUSE, 0, asyncio.get_running_loop()
        try:
            while not self._stopping.is_set():
                began = loop.time()
                how = await self._once()
                if self._stopping.is_set():
                    return
                calm = loop.time() - began >= CALM_SECONDS
                pause, quick = (FIRST_PAUSE, 1) if calm else (pause, quick + 1)
                if self._gives_up is not None and quick >= self._gives_up:
                    self.failed = True
                    self._say("failed", f"{self.command.name} {how}, {quick} times; given up")
                    return
                self._say("crashed", f"{self.command.name} {how}; started again")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            self._started.set()

    async def _once(self) -> str:
        """Run it to its end; says how that was."""
        try:
            self._process = await self._spawn()
        except (OSError, subprocess.SubprocessError) as error:
            self._started.set()
            return f"could not be started ({getattr(error, 'strerror', error)})"
        self.pid = self._process.pid
        if self._stopping.is_set():  # while it was started: it has not seen the signal
            leftovers.kill_group(self.pid)
        with suppress(OSError):  # a full disk; it is of use to the next supervisor alone
            leftovers.note(self.command.folder / f"{self.command.file}.pid", self.pid)
        self._started.set()
        try:
            code = await self._process.wait()
        finally:
            # A master that was killed leaves its workers, and they the port.
            leftovers.kill_group(self.pid)
            self.pid = 0
            # What stays is of a process that has ended, which the next supervisor sees.
            with suppress(OSError):
                (self.command.folder / f"{self.command.file}.pid").unlink(missing_ok=True)
        return f"was ended by {Signals(-code).name}" if code < 0 else f"ended with code {code}"

    async def _spawn(self) -> asyncio.subprocess.Process:
        command = self.command
        with _log(command.folder / f"{command.file}.log") as log:
            return await asyncio.create_subprocess_exec(
                *command.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited(whole=command.trusted), **command.environment},
                cwd=command.folder,
                process_group=0,
                preexec_fn=dies_with_us(command.orphaned),
                **programs.as_user(command.user),
            )


def inherited(*, whole: bool) -> dict[str, str]:
    """Our environment, `whole` or as programs get it that are no business of our secrets: keys of
    the object store, of signatures, of the catalog."""
    return {
        name: value
        for name, value in os.environ.items()
        if whole or name in INHERITED or name.startswith(("LC_", "CALOTYPE_LB_"))
    }


def dies_with_us(number: Signals) -> Callable[[], None]:
    """For `preexec_fn`: have the kernel send it this signal when the supervisor dies. It forgets
    that of a program that changes its user, as varnishd does: the pid file is for that one."""
    parent, sent = os.getpid(), int(number)

    def run() -> None:
        _prctl(_PR_SET_PDEATHSIG, sent)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return run


def _log(path: Path) -> Any:
    """The log, open for appending; what is long past is put aside."""
    with suppress(OSError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def last_words(command: Command, lines: int = 3) -> str:
    """The end of its log, for a message."""
    try:
        text = (
            (command.folder / f"{command.file}.log").read_bytes()[-4096:].decode("utf-8", "replace")
        )
    except OSError:
        return ""
    return " / ".join(line.strip() for line in text.strip().splitlines()[-lines:])
