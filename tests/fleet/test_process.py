"""One program, kept running; and what is found of it when its keeper was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from calotype.errors import Unusable
from calotype.fleet import leftovers
from calotype.fleet.asking import until
from calotype.fleet.events import Events
from calotype.fleet.process import Command, Process

from .programs import PATIENCE

SLEEPS = (sys.executable, "-c", "import time; time.sleep(600)")
FORKS = (
    sys.executable, "-c",
    "import os, time; os.fork() and open('child', 'w').close(); time.sleep(600)",
)  # fmt: skip
STUBBORN = (
    sys.executable, "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); open('child', 'w').close();"
    "time.sleep(600)",
)  # fmt: skip


def kept(
    folder: Path,
    work: Callable[[Process], Awaitable[None]],
    argv: tuple[str, ...] = SLEEPS,
    gives_up: int | None = None,
) -> Events:
    """Do `work` with a process that is stopped afterwards."""
    events = Events()

    async def run() -> None:
        command = Command("part/program", argv, folder, stop_seconds=0.3)
        process = Process(command, events.say, gives_up=gives_up)
        await process.start()
        try:
            await work(process)
        finally:
            await process.stop()

    asyncio.run(run())
    return events


async def holds(condition: Callable[[], object]) -> None:
    async def asked() -> bool:
        return bool(condition())

    await until(asked, PATIENCE, 0.02)


def test_what_was_killed_is_started_again(tmp_path: Path) -> None:
    async def work(process: Process) -> None:
        first = process.pid
        os.kill(first, signal.SIGKILL)
        await holds(lambda: process.pid not in (0, first))

    events = kept(tmp_path, work)
    assert [event.kind for event in events.after(0)] == ["crashed"]
    assert "SIGKILL" in events.after(0)[0].text


def test_what_ends_at_once_is_given_up(tmp_path: Path) -> None:
    async def work(process: Process) -> None:
        await holds(lambda: process.failed)
        assert process.standing(answers=True) == "failed"

    events = kept(tmp_path, work, (sys.executable, "-c", "raise SystemExit(7)"), gives_up=3)
    assert [event.kind for event in events.after(0)] == ["crashed", "crashed", "failed"]
    assert "code 7" in events.after(0)[-1].text


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    async def work(process: Process) -> None:
        await holds(lambda: process.failed)

    events = kept(tmp_path, work, (str(tmp_path / "no-such-program"),), gives_up=2)
    assert "No such file" in events.after(0)[0].text


@pytest.mark.parametrize("argv", [FORKS, STUBBORN], ids=["forks", "stubborn"])
def test_nothing_of_it_is_left_when_it_was_stopped(tmp_path: Path, argv: tuple[str, ...]) -> None:
    pids = []

    async def work(process: Process) -> None:
        await holds((tmp_path / "child").exists)
        pids.append(process.pid)

    events = kept(tmp_path, work, argv)
    assert list(leftovers.group(pids[0])) == []
    assert not (tmp_path / "program.pid").exists()
    assert events.after(0) == []


def test_one_that_is_ended_while_it_is_started_ends(tmp_path: Path) -> None:
    async def run() -> None:
        command = Command("part/program", SLEEPS, tmp_path, stop_seconds=600)
        process = Process(command, Events().say)
        starting = asyncio.create_task(process.start())
        for _ in range(3):
            await asyncio.sleep(0)
        assert not process.pid
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(starting, process.stop())
        assert not process.pid

    asyncio.run(run())


def test_its_words_are_kept(tmp_path: Path) -> None:
    async def work(process: Process) -> None:
        await holds(lambda: process.failed)

    kept(tmp_path, work, (sys.executable, "-c", "print('out of cheese')"), gives_up=1)
    assert "out of cheese" in (tmp_path / "program.log").read_text()


@pytest.mark.parametrize("trusted", [True, False])
def test_our_secrets_are_for_whom_we_trust(
    tmp_path: Path, trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the store")
    monkeypatch.setenv("CALOTYPE_LB_QUEUE", "7")
    shows = "import os; print(*(f'{n}={v}' for n, v in os.environ.items()), flush=True)"

    async def run() -> None:
        argv = (sys.executable, "-c", shows)
        command = Command("part/program", argv, tmp_path, {"OWN": "given"}, trusted=trusted)
        process = Process(command, Events().say, gives_up=1)
        await process.start()
        await holds(lambda: process.failed)

    asyncio.run(run())
    shown = (tmp_path / "program.log").read_text()
    assert "OWN=given" in shown
    assert "CALOTYPE_LB_QUEUE=7" in shown
    assert ("of the store" in shown) is trusted


def test_one_whose_pid_file_cannot_be_removed_is_started_again(tmp_path: Path) -> None:
    async def work(process: Process) -> None:
        first, noted = process.pid, tmp_path / "program.pid"
        noted.unlink()
        (noted / "in the way").mkdir(parents=True)
        os.kill(first, signal.SIGKILL)
        await holds(lambda: process.pid not in (0, first))

    kept(tmp_path, work)


@contextmanager
def forgotten(folder: Path, argv: tuple[str, ...] = SLEEPS) -> Iterator[subprocess.Popen[bytes]]:
    """A process of an earlier run, with its pid file."""
    (folder / "part").mkdir()
    process = subprocess.Popen(argv, process_group=0, cwd=folder)
    leftovers.note(folder / "part" / "program.pid", process.pid)
    try:
        yield process
    finally:
        leftovers.kill_group(process.pid)
        process.wait()


def test_what_was_left_is_ended(tmp_path: Path) -> None:
    with forgotten(tmp_path) as process:
        assert leftovers.end(tmp_path) == ["part/program"]
        assert process.wait(PATIENCE) == -signal.SIGTERM
    assert leftovers.end(tmp_path) == []


def test_the_workers_of_one_that_was_killed_are_ended(tmp_path: Path) -> None:
    with forgotten(tmp_path, FORKS) as process:
        asyncio.run(holds((tmp_path / "child").exists))
        process.kill()
        process.wait()
        assert list(leftovers.group(process.pid))
        assert leftovers.end(tmp_path) == ["part/program"]
        assert not list(leftovers.group(process.pid))


def test_a_number_that_was_given_to_another_is_left_alone(tmp_path: Path) -> None:
    with forgotten(tmp_path) as process:
        path = tmp_path / "part" / "program.pid"
        pid, start, name = path.read_text().split()
        path.write_text(f"{pid} {int(start) - 1} {name}\n")
        assert leftovers.end(tmp_path) == []
        assert process.poll() is None


def test_a_folder_is_taken_once(tmp_path: Path) -> None:
    lock = leftovers.claim(tmp_path)
    try:
        with pytest.raises(Unusable, match=str(os.getpid())):
            leftovers.claim(tmp_path)
    finally:
        os.close(lock)
    os.close(leftovers.claim(tmp_path))
