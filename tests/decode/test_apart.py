"""Decoders in a process apart: bounded in time, and nothing that they do reaches the service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from calotype.decode import Limits, apart, fit, load
from calotype.decode.vips import VipsError, VipsImage, guard
from calotype.errors import Unrenderable

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
    assert apart.ask({"decoder": "pdf", "pixels": True}, b"%PDF", 5) == apart.NOTHING


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
