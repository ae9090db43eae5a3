"""The key that the service makes for itself: one, however many processes start at once."""

from __future__ import annotations

import fcntl
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event, current_thread, main_thread

import pytest

from calotype.secret import SECRET_BYTES, kept_secret


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = kept_secret(tmp_path)
    assert len(made) == SECRET_BYTES
    assert kept_secret(tmp_path) == made
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_one_that_was_cut_short_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    assert len(kept_secret(tmp_path)) == SECRET_BYTES


@pytest.mark.parametrize("left", [None, b"short"], ids=["none", "cut short"])
def test_the_key_of_a_faster_process_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bytes | None
) -> None:
    """Another starts after this one has looked, and runs until it is done or has to wait."""
    if left is not None:
        (tmp_path / "secret").write_bytes(left)
    went, others, touch, flock = Event(), list[Future[bytes]](), Path.touch, fcntl.flock

    def lock(file: int, how: int) -> None:
        if current_thread() is not main_thread():
            went.set()
        flock(file, how)

    def make(path: Path, mode: int = 0o666, exist_ok: bool = True) -> None:
        touch(path, mode, exist_ok)
        if not others:
            others.append(pool.submit(kept_secret, tmp_path))
            others[0].add_done_callback(lambda _: went.set())
            assert went.wait(20)

    monkeypatch.setattr(fcntl, "flock", lock)
    monkeypatch.setattr(Path, "touch", make)
    with ThreadPoolExecutor(1) as pool:
        mine = kept_secret(tmp_path)
        assert others[0].result(20) == mine == (tmp_path / "secret").read_bytes()
