"""Renditions on disk: bounded, complete or absent, and there after a restart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.deliver.disk import MOST_FILES, Disk
from calotype.deliver.verified import Stored, Verified
from calotype.model import Rendition

from .shelf import key, rendition

ROOT = Path(__file__).resolve().parents[2]
ROOMY = 1 << 20
BLOCK = 4096


class Shelf:
    """A disk in a folder, its events, and a clock that ticks when it is read."""

    def __init__(self, root: Path, capacity: int = ROOMY, most: int = MOST_FILES) -> None:
        self.events: list[str] = []
        self.now = 1_000_000.0
        self.root, self.capacity, self.most = root, capacity, most
        self.disk = self.reopened()

    def reopened(self) -> Disk:
        return Disk(self.root, self.capacity, self.events.append, self.tick, self.most)

    def tick(self) -> float:
        self.now += 1
        return self.now

    def files(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.is_file()]

    def size(self) -> int:
        """Bytes of whole blocks."""
        return sum(-(-path.stat().st_size // BLOCK) * BLOCK for path in self.files())


def head(body: Path) -> Path:
    return body.with_name(body.name + ".head")


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "renditions")


@pytest.fixture
def small(tmp_path: Path) -> Shelf:
    """Room for nine renditions of a thousand bytes, of two blocks each."""
    return Shelf(tmp_path / "renditions", 80_000)


def test_what_was_written_is_read(shelf: Shelf) -> None:
    made = Rendition(b"\0\xff" * 500, "image/avif", 640, 480)
    shelf.disk.write(key(1), made)
    assert shelf.disk.read(key(1)) == made
    assert shelf.disk.read(key(2)) is None
    assert shelf.events == []


def test_it_is_there_after_a_restart(shelf: Shelf) -> None:
    shelf.disk.write(key(1), rendition())
    assert shelf.reopened().read(key(1)) == rendition()


def test_an_empty_body_is_a_body(shelf: Shelf) -> None:
    shelf.disk.write(key(1), rendition(0))
    assert shelf.disk.read(key(1)) == rendition(0)


def test_the_size_stays_within_the_capacity(small: Shelf) -> None:
    for number in range(40):
        small.disk.write(key(number), rendition(1000))
        assert small.size() <= 80_000
    assert small.events.count("evicted") >= 30
    assert small.size() > 40_000


def test_the_least_recently_used_go_first(small: Shelf) -> None:
    for number in range(9):
        small.disk.write(key(number), rendition(1000))
    assert small.disk.read(key(0)) is not None
    small.disk.write(key(9), rendition(1000))
    assert small.disk.read(key(1)) is None
    assert small.disk.read(key(0)) is not None
    assert small.disk.read(key(9)) is not None


def test_the_order_of_use_survives_a_restart(small: Shelf) -> None:
    for number in range(9):
        small.disk.write(key(number), rendition(1000))
    small.disk.read(key(0))
    again = small.reopened()
    again.write(key(9), rendition(1000))
    assert again.read(key(1)) is None
    assert again.read(key(0)) is not None


def test_a_smaller_capacity_after_a_restart_is_kept_to(small: Shelf) -> None:
    for number in range(9):
        small.disk.write(key(number), rendition(1000))
    small.capacity = 25_000
    small.reopened().tidy()
    assert 0 < small.size() <= 25_000


def test_what_is_small_takes_a_block(shelf: Shelf) -> None:
    """A BlurHash of 28 bytes takes as much of the disk as one of four thousand."""
    shelf.capacity = 100_000
    disk = shelf.reopened()
    for number in range(200):
        disk.write(key(number), rendition(28))
    assert 50_000 < shelf.size() <= 100_000


def test_files_are_bounded_however_much_room_there_is(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "renditions", 1 << 30, most=20)
    for number in range(100):
        shelf.disk.write(key(number), rendition())
        assert len(shelf.files()) <= 20
    assert len(shelf.files()) >= 16
    assert shelf.disk.read(key(99)) is not None
    assert shelf.disk.read(key(0)) is None


def test_more_files_than_there_may_be_are_removed_at_the_start_the_oldest_first(
    shelf: Shelf,
) -> None:
    for number in range(30):
        shelf.disk.write(key(number), rendition())
    shelf.most = 20
    shelf.reopened().tidy()
    kept = [number for number in range(30) if shelf.disk.read(key(number))]
    assert kept == list(range(21, 30))


def test_several_processes_share_the_capacity(small: Shelf) -> None:
    other = small.reopened()
    for number in range(40):
        (other if number % 2 else small.disk).write(key(number), rendition(1000))
    assert small.size() <= 80_000 + 4 * BLOCK, "each may be one write behind the other"


def test_one_that_is_larger_than_all_is_not_kept(small: Shelf) -> None:
    small.disk.write(key(1), rendition(1000))
    small.disk.write(key(2), rendition(80_000))
    assert small.events == ["write-skipped"]
    assert small.disk.read(key(1)) is not None
    assert small.disk.read(key(2)) is None


def test_the_body_lies_alone_in_its_file(shelf: Shelf) -> None:
    """nginx sends it as it is."""
    shelf.disk.write(key(1), rendition())
    body = shelf.root / key(1)[:2] / key(1)
    assert body.read_bytes() == rendition().body
    assert sorted(shelf.files()) == [body, head(body)]


@pytest.mark.parametrize("at", [0, 4, 9, 20, 30, -1])
def test_a_flipped_bit_is_found_and_the_rendition_removed(shelf: Shelf, at: int) -> None:
    shelf.disk.write(key(1), rendition())
    body = shelf.root / key(1)[:2] / key(1)
    flip(body if at == 4 else head(body), at)
    assert shelf.disk.read(key(1)) is None
    assert shelf.events == ["damaged"]
    assert shelf.files() == []


@settings(deadline=None, max_examples=40)
@given(st.booleans(), st.one_of(st.binary(max_size=80), st.integers(0, 35)))
def test_a_file_that_is_not_as_written_is_never_served(
    tmp_path_factory: pytest.TempPathFactory, of_head: bool, content: bytes | int
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    shelf.disk.write(key(1), rendition())
    body = shelf.root / key(1)[:2] / key(1)
    file = head(body) if of_head else body
    whole = file.read_bytes()
    assert len(whole) > 35
    file.write_bytes(whole[:content] if isinstance(content, int) else content)
    assert shelf.disk.read(key(1)) is None


def test_only_what_was_seen_to_be_whole_is_handed_over(shelf: Shelf) -> None:
    shelf.disk.write(key(1), rendition())
    assert shelf.disk.stored(key(1)) == Stored(100, "image/webp", 40, 30)
    again = shelf.reopened()
    assert again.stored(key(1)) is None, "nobody has looked at its checksum in this process"
    again.read(key(1))
    assert again.stored(key(1)) == Stored(100, "image/webp", 40, 30)


def test_what_is_damaged_evicted_or_dropped_is_not_handed_over(small: Shelf) -> None:
    for number in range(9):
        small.disk.write(key(number), rendition(1000))
    small.disk.write(key(9), rendition(1000))
    small.disk.drop(key(8))
    flip(small.root / key(7)[:2] / key(7), 4)
    small.disk.read(key(7))
    handed = {number for number in range(10) if small.disk.stored(key(number))}
    assert handed == {number for number in range(10) if small.disk.read(key(number))}
    assert handed.isdisjoint({0, 7, 8})


def test_a_file_that_somebody_else_sends_is_touched_now_and_then(small: Shelf) -> None:
    now = 0.0
    small.disk.verified = Verified(clock=lambda: now)
    for number in range(9):
        small.disk.write(key(number), rendition(1000))
    assert not small.disk.verified.used(key(0)), "it was written just now"
    now = 61.0
    assert small.disk.verified.used(key(0))
    assert not small.disk.verified.used(key(0))
    small.disk.touch(key(0))
    small.disk.write(key(9), rendition(1000))
    assert small.disk.read(key(0)) is not None
    assert small.disk.read(key(1)) is None


def test_what_is_known_to_be_whole_is_bounded() -> None:
    verified = Verified(most=2)
    for number in range(3):
        verified.note(key(number), rendition())
    assert [verified.get(key(number)) is not None for number in range(3)] == [False, True, True]


def test_files_of_earlier_versions_go(shelf: Shelf) -> None:
    """They held head and body in one."""
    shelf.disk.write(key(1), rendition())
    old = shelf.root / key(2)[:2] / key(2)
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(b"CAL1 and all that followed")
    os.utime(old, (shelf.now - 1000, shelf.now - 1000))
    shelf.reopened().tidy()
    assert not old.exists()
    assert shelf.disk.read(key(1)) is not None


@pytest.mark.parametrize("of_head", [True, False])
def test_half_of_a_rendition_is_never_read_and_goes_in_time(shelf: Shelf, of_head: bool) -> None:
    shelf.disk.write(key(1), rendition())
    body = shelf.root / key(1)[:2] / key(1)
    (head(body) if of_head else body).unlink()
    (left,) = shelf.files()
    assert shelf.disk.read(key(1)) is None
    os.utime(left, (shelf.now, shelf.now))
    shelf.disk.tidy()
    assert shelf.files() == [left], "somebody may be writing the other half"
    shelf.now += 100
    shelf.disk.tidy()
    assert shelf.files() == []


def test_a_half_written_file_is_never_read_and_goes_in_time(shelf: Shelf) -> None:
    shelf.disk.write(key(1), rendition())
    file = shelf.root / key(1)[:2] / key(1)
    half = file.with_name(f".{file.name}.77-1.tmp")
    half.write_bytes(file.read_bytes()[:60])
    file.unlink()
    head(file).unlink()
    os.utime(half, (shelf.now, shelf.now))
    assert shelf.disk.read(key(1)) is None
    shelf.disk.tidy()
    assert shelf.files() == [half], "somebody may still be writing it"
    shelf.now += 100
    shelf.disk.tidy()
    assert shelf.files() == []


WRITER = """
import sys
from pathlib import Path
from calotype.deliver.disk import Disk
from tests.deliver.shelf import key, rendition
disk = Disk(Path(sys.argv[1]), 3_000_000)
number = 0
while True:
    disk.write(key(number % 50), rendition(200_000, b"abcd"))
    number += 1
    print(number, flush=True)
"""


@pytest.mark.parametrize("writes", [1, 3, 8, 15])
def test_killed_while_writing_it_serves_the_whole_or_nothing(shelf: Shelf, writes: int) -> None:
    command = [sys.executable, "-c", WRITER, str(shelf.root)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        for _ in range(writes):
            assert process.stdout.readline()
        process.kill()
    found = [shelf.disk.read(key(number)) for number in range(50)]
    assert {kept.body for kept in found if kept} == {b"abcd" * 200_000}
    assert "damaged" not in shelf.events


FULL = """
import asyncio, resource, sys
from pathlib import Path
from calotype.deliver.disk import Disk
from calotype.deliver.renditions import Renditions
from tests.deliver.shelf import key, rendition
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
events = []

async def produce():
    return rendition(50_000)

async def story():
    kept = Renditions(0, Disk(Path(sys.argv[1]), 1 << 20, events.append), events.append)
    kept.start()
    for number in range(3):
        made, outcome = await kept.get(key(number), produce)
        assert (len(made.body), outcome) == (50_000, "rendered"), outcome
    kept.close()

asyncio.run(story())
print(",".join(events))
"""


def test_with_the_disk_full_it_answers_and_counts_and_leaves_nothing(shelf: Shelf) -> None:
    """The bound on a file's size fails a write in the middle, as a full disk does."""
    command = [sys.executable, "-c", FULL, str(shelf.root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "write-failed,write-failed,write-failed"
    assert shelf.files() == []


def test_a_folder_that_cannot_be_written_is_counted(tmp_path: Path) -> None:
    (tmp_path / "renditions").write_text("a file where the folder should be")
    shelf = Shelf(tmp_path / "renditions")
    shelf.disk.write(key(1), rendition())
    assert shelf.events == ["write-failed"]
    assert shelf.disk.read(key(1)) is None


def test_a_folder_that_vanishes_is_made_again(shelf: Shelf) -> None:
    shelf.disk.write(key(1), rendition())
    shutil.rmtree(shelf.root)
    shelf.disk.write(key(2), rendition())
    assert shelf.disk.read(key(1)) is None
    assert shelf.disk.read(key(2)) == rendition()


@pytest.mark.parametrize(
    "bad", ["", "../../etc/passwd", "AB" * 16, "ab/cd" * 4, "g" * 32, "a" * 65]
)
def test_only_a_key_becomes_a_path(shelf: Shelf, bad: str) -> None:
    for use in (shelf.disk.read, lambda name: shelf.disk.write(name, rendition())):
        with pytest.raises(ValueError, match="hexadecimal"):
            use(bad)


def test_strangers_in_the_folder_do_no_harm(small: Shelf) -> None:
    small.disk.write(key(1), rendition(1000))
    (small.root / "README").write_text("hello")
    (small.root / "ab").mkdir(exist_ok=True)
    (small.root / "ab" / "folder").mkdir()
    for number in range(2, 30):
        small.disk.write(key(number), rendition(1000))
    assert small.disk.read(key(29)) is not None
