"""One writer and several readers, each a process; and a disk that takes no more."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

from calotype.filelock import FileLock
from calotype.search import SearchIndex, parse

from .library import CONFIG, Searching

pytestmark = pytest.mark.server

WRITER = """
import sys
from pathlib import Path
from calotype.model import Change, Image, Place
from calotype.search import Indexer, SearchConfig

rows = []
indexer = Indexer(Path(sys.argv[1]), SearchConfig(), lambda after, limit: rows[after:][:limit])
while True:
    seq = len(rows) + 1
    place = Place("photos", f"{seq}.jpg", "1")
    image = Image(f"{seq:040x}", "jpeg", 8, 6, 100, (place,), seq, seq, title="fox")
    rows.append(Change(seq, image.id, image))
    indexer.catch_up()
    print(seq, flush=True)
"""

READER = """
import sys
import time
from pathlib import Path
from calotype.search import SearchConfig, SearchIndex, parse

index = SearchIndex.open(Path(sys.argv[1]), SearchConfig())
asked, seen = parse("fox"), -1
while True:
    total = index.search(asked).total
    if total != seen:
        seen = total
        print(seen, flush=True)
    time.sleep(0.01)
"""

FULL = """
import resource
import sys
from pathlib import Path
from calotype.model import Change, Image, Place
from calotype.search import Indexer, SearchConfig

def image(seq):
    place = Place("photos", f"{seq}.jpg", "1")
    title = "fox " + " ".join(f"{seq}x{n}" for n in range(200))
    return Image(f"{seq:040x}", "jpeg", 8, 6, 100, (place,), seq, seq, title=title)

rows = [Change(seq, f"{seq:040x}", image(seq)) for seq in range(2, 400)]
feed = lambda after, limit: [row for row in rows if row.seq > after][:limit]
indexer = Indexer(Path(sys.argv[1]), SearchConfig(), feed, lambda *event: print(*event, flush=True))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # as a full disk, write() fails
try:
    indexer.catch_up()
except Exception as problem:
    print("raised", isinstance(problem, (OSError, ValueError)), flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print("then", indexer.catch_up(), flush=True)
"""


@contextmanager
def running(program: str, path: Path) -> Iterator[IO[str]]:
    """What a program on the index in `path` prints; killed in the end, or after a minute."""
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        try:
            yield process.stdout
        finally:
            watchdog.cancel()
            process.kill()


def until(printed: IO[str], number: int) -> int:
    """The first number printed that is not below `number`; fails if the program ends before."""
    for line in printed:
        if int(line) >= number:
            return int(line)
    raise AssertionError(f"the process ended before it saw {number}")


def test_a_reader_sees_another_process_commit_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    with running(WRITER, tmp_path) as printed:
        written = until(printed, 1)
        reader = SearchIndex.open(tmp_path, CONFIG)
        assert reader.search(parse("fox")).total >= written
        assert not FileLock(tmp_path / "writer.lock").acquire()
        while written < 12:
            written = until(printed, written + 1)
            reader.refresh()
            assert reader.search(parse("fox")).total >= written
    reader.refresh()
    assert reader.search(parse("fox")).total >= written
    lock = FileLock(tmp_path / "writer.lock")
    assert lock.acquire()
    lock.release()


def test_every_reader_process_sees_every_commit_by_itself(at: Searching) -> None:
    at.add("0.jpg", title="fox")
    at.commit()
    with ExitStack() as stack:
        readers = [stack.enter_context(running(READER, at.path)) for _ in range(3)]
        for number in range(1, 5):
            for printed in readers:
                assert until(printed, number) == number
            at.add(f"{number}.jpg", title="fox")
            at.commit()


def test_readers_go_over_to_a_rebuilt_index(at: Searching) -> None:
    at.add("0.jpg", title="fox")
    at.commit()
    with running(READER, at.path) as printed:
        until(printed, 1)
        (at.path / "current").unlink()
        at.indexer.close()
        at.indexer = at.another_indexer()
        at.add("1.jpg", title="fox")
        at.commit()
        assert until(printed, 2) == 2


def test_a_full_disk_leaves_the_last_commit_and_the_rest_follows_later(at: Searching) -> None:
    at.add("0.jpg", title="fox")
    at.commit()
    at.indexer.close()
    with running(FULL, at.path) as printed:
        lines = iter(printed)
        failed = next(lines)
        assert failed.startswith("failed ")
        assert next(lines) == "raised True\n"
        at.index.refresh()
        assert at.page("fox").total in (1, 399)
        assert next(lines) == "then 398\n"
    at.index.refresh()
    assert at.page("fox").total == 399
