"""Decoders in a process apart: bounded in time, and nothing that they do reaches the service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from calotype.decode import Limits, apart, fit, header, load, pixels
from calotype.decode.vips import VipsError, VipsImage, guard
from calotype.errors import Overloaded, Refused, Unfinished, Unrenderable

from .pictures import QUADRANTS, TURNED, alike, animated, corners, drawing, quadrants, saved

LIMITS = Limits()
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30
BLURS = '<filter id="f">' + '<feGaussianBlur stdDeviation="300"/>' * 100 + "</filter>"
SLOW = drawing(inside=f'{BLURS}<rect width="62" height="46" filter="url(#f)"/>')
"""Takes minutes at 2000 pixels."""


def test_a_drawing_that_takes_too_long_is_given_up_and_the_next_is_drawn() -> None:
    with pytest.raises(Unrenderable, match=r"takes more than 0\.5 s"):
        fit(SLOW, replace(LIMITS, seconds=0.5), 2000, 2000, "inside")
    assert all(
        alike(color[:3], meant)
        for color, meant in zip(corners(load(drawing(), LIMITS)), QUADRANTS, strict=True)
    )


def test_slow_drawings_do_not_stop_others() -> None:
    with ThreadPoolExecutor(3) as pool:
        slow = pool.submit(fit, SLOW, replace(LIMITS, seconds=2), 2000, 2000, "inside")
        for _ in range(5):
            assert pool.submit(load, TURNED.read_bytes(), LIMITS).result(PATIENCE).width == 62
            assert pool.submit(load, drawing(), LIMITS).result(PATIENCE).width == 62
        with pytest.raises(Unrenderable):
            slow.result(PATIENCE)


def test_a_process_that_was_killed_is_replaced() -> None:
    load(drawing(), LIMITS)
    for number in children(os.getpid()):
        os.kill(number, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, children(os.getpid()))))
    assert load(drawing(), LIMITS).width == 62


PARENT = """
import sys
from calotype.decode import Limits, load
from tests.decode.pictures import drawing
load(drawing(), Limits())
print("drawn", flush=True)
sys.stdin.read()
"""


def test_no_process_outlives_a_killed_service() -> None:
    command = [sys.executable, "-c", PARENT]
    parent = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"drawn\n"
        (child,) = children(parent.pid)
        parent.kill()
    wait_until(lambda: not alive(child))


def test_few_processes_are_kept() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: load(drawing(), LIMITS), range(16)))
    running = [number for number in children(os.getpid()) if alive(number)]
    assert 1 <= len(running) <= (os.cpu_count() or 1)


def test_a_process_that_waits_has_given_back_what_a_large_drawing_took() -> None:
    for number in children(os.getpid()):
        os.kill(number, signal.SIGKILL)
    wait_until(lambda: not any(map(alive, children(os.getpid()))))
    fit(drawing(), LIMITS, 5000, 5000, "exact")
    (child,) = filter(alive, children(os.getpid()))
    wait_until(lambda: resident(child) < 80 << 20)  # 100 MB were drawn


def test_an_unknown_operation_is_an_empty_answer() -> None:
    assert apart.ask({"decoder": "pdf", "pixels": True}, b"%PDF", LIMITS) == apart.NOTHING


@pytest.fixture
def alone() -> Iterator[None]:
    """No process is kept from before, or for later."""
    apart._close_all()
    yield
    apart._close_all()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("error", [MemoryError, ValueError, KeyboardInterrupt])
def test_after_any_failure_no_file_is_given_the_answer_to_another(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """It has answered, and the answer could not be taken."""
    read = apart._Process._read

    def fail(process: apart._Process, size: int) -> bytes:
        if size > 1000:
            raise error
        return read(process, size)

    monkeypatch.setattr(apart._Process, "_read", fail)
    with suppress(error, Unrenderable, Overloaded):
        load(drawing(), LIMITS)
    monkeypatch.undo()
    other = drawing(width=30, height=20)
    assert (load(other, LIMITS).width, load(other, LIMITS).height) == (30, 20)


@pytest.mark.usefixtures("alone")
def test_no_more_is_taken_than_the_limits_let_a_file_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = tmp_path / "liar.py"
    liar.write_text(LIAR)
    monkeypatch.setattr(apart, "_CHILD", liar)
    asked: list[int] = []
    read = apart._Process._read

    def noted(process: apart._Process, size: int) -> bytes:
        asked.append(size)
        return read(process, size)

    monkeypatch.setattr(apart._Process, "_read", noted)
    assert apart.ask({"decoder": "svg"}, b"x", replace(LIMITS, max_pixels=100)) == apart.NOTHING
    assert max(asked) < 100


LIAR = """
import sys
facts = b'{"parts": ["pixels"]}'
sys.stdin.buffer.read(8)
sys.stdout.buffer.write(len(facts).to_bytes(8, "big") + facts + (402).to_bytes(8, "big"))
sys.stdout.buffer.write(b"p" * 402)
"""


@pytest.mark.usefixtures("alone")
def test_no_secret_is_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SIGNING_KEYS", "now:s3same")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3same")
    load(drawing(), LIMITS)
    (child,) = children(os.getpid())
    told = read(Path(f"/proc/{child}/environ"))
    assert "s3same" not in told
    assert f"PATH={os.environ['PATH']}" in told


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("data", [TURNED.read_bytes(), drawing()], ids=["heic", "svg"])
@pytest.mark.parametrize("how", [header, load])
def test_past_the_time_there_is_no_verdict(
    how: Callable[[bytes, Limits], object], data: bytes
) -> None:
    with pytest.raises(Unfinished, match="takes more than 0 s"):
        how(data, replace(LIMITS, seconds=0))
    assert header(data, LIMITS).width == 62


@pytest.mark.usefixtures("alone")
def test_without_room_for_a_process_there_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **named: object) -> NoReturn:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(Overloaded):
        header(drawing(), LIMITS)


DYING = "import os, sys\nsys.stdin.buffer.read(8)\n"


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("end", "error"),
    [
        ("os.kill(os.getpid(), 9)", Unfinished),
        ("sys.exit(77)", Unfinished),
        ("os.kill(os.getpid(), 11)", Refused),
        ("sys.exit(1)", Refused),
    ],
    ids=["killed by the system", "out of memory", "crash", "end"],
)
def test_only_an_end_of_its_own_is_a_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, error: type[Exception]
) -> None:
    child = tmp_path / "child.py"
    child.write_text(DYING + end)
    monkeypatch.setattr(apart, "_CHILD", child)
    with pytest.raises(error):
        header(drawing(), LIMITS)


def test_no_memory_in_libvips_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **named: object) -> NoReturn:
        raise VipsError("unable to call x\n  vips_tracked: out of memory --- size == 90MB")

    monkeypatch.setattr(pixels, "in_memory", full)
    with pytest.raises(Overloaded):
        load(saved(quadrants(), "png"), LIMITS)


@pytest.mark.parametrize("kind", ["svg", "ppm", "csv", "bmp"])
def test_loaders_that_are_not_ours_are_blocked_in_the_service(kind: str) -> None:
    guard()
    data = {
        "svg": drawing(),
        "ppm": saved(quadrants(), "ppm"),
        "csv": b"1,2\n3,4\n",
        "bmp": saved(quadrants(), "bmp"),
    }[kind]
    with pytest.raises(VipsError):
        VipsImage.new_from_buffer(data, "").copy_memory()
    assert VipsImage.new_from_buffer(animated("gif"), "").width == 40


def children(parent: int) -> list[int]:
    """Process ids of the decoders that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and "apart_child" in read(entry / "cmdline"):
            fields = read(entry / "stat").rpartition(")")[2].split()
            if fields and int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def alive(number: int) -> bool:
    """Whether it runs; one that ended and was not yet waited for does not."""
    state = read(Path(f"/proc/{number}/stat")).rpartition(")")[2].split()
    return bool(state) and state[0] != "Z"


def resident(number: int) -> int:
    """Bytes of memory that a process has."""
    return int(read(Path(f"/proc/{number}/statm")).split()[1]) * os.sysconf("SC_PAGESIZE")


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        os.sched_yield()
