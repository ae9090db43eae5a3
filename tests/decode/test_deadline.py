"""A bound of time on what libvips does."""

from __future__ import annotations

import threading
import time
from functools import cache

import pytest

from calotype.decode import Deadline, VipsError, VipsImage, bounded, memory, watched
from calotype.decode.vips import guard

SOON = 0.05
PATIENCE = 20


@cache
def noise(width: int, height: int) -> VipsImage:
    guard()
    return VipsImage.gaussnoise(width, height).cast("uchar").copy_memory()


def endless() -> VipsImage:
    """Work of minutes that has not begun."""
    image = noise(2000, 2000)
    for _ in range(40):
        image = image.gaussblur(20).cast("uchar")
    return image


def stopped(work: object) -> float:
    """Seconds until the work was stopped."""
    started = time.monotonic()
    with bounded(Deadline(SOON)), pytest.raises(VipsError):
        work()  # type: ignore[operator]
    return time.monotonic() - started


def test_a_slow_pipeline_is_stopped() -> None:
    assert stopped(lambda: watched(endless()).copy_memory()) < PATIENCE


@pytest.mark.parametrize("save", ["pngsave_buffer", "webpsave_buffer", "jpegsave_buffer"])
def test_a_slow_encode_is_stopped(save: str) -> None:
    assert stopped(lambda: getattr(watched(endless()), save)()) < PATIENCE


def test_what_begins_after_the_deadline_is_not_begun() -> None:
    over = threading.Event()
    with bounded(Deadline(SOON, over.set)):
        assert over.wait(PATIENCE)
        with pytest.raises(VipsError):
            watched(noise(10, 10))


def test_over_is_called_once_even_where_nothing_can_be_stopped() -> None:
    over, calls = threading.Event(), []

    def note() -> None:
        calls.append(1)
        over.set()

    deadline = Deadline(SOON, note)
    with bounded(deadline):
        assert over.wait(PATIENCE)
        deadline.kill()
    assert calls == [1]


def test_what_is_done_in_time_is_left_alone() -> None:
    with bounded(Deadline(PATIENCE)) as _:
        assert watched(noise(100, 100)).copy_memory().width == 100


def test_a_thread_has_no_deadline_after_its_work() -> None:
    with bounded(Deadline(SOON)):
        pass
    assert watched(noise(100, 100)).copy_memory().width == 100


def test_an_earlier_deadline_that_comes_later_is_kept() -> None:
    done = threading.Event()

    def long() -> None:
        with bounded(Deadline(PATIENCE * 10)):
            done.wait(PATIENCE)

    other = threading.Thread(target=long)
    other.start()
    assert stopped(lambda: watched(endless()).copy_memory()) < PATIENCE
    done.set()
    other.join()


def test_arenas_are_limited_and_memory_is_given_back_where_there_is_glibc() -> None:
    if memory._libc() is None:
        pytest.skip("the C library is not glibc")
    assert memory.limit_arenas()
    assert memory.trim() in (True, False)
