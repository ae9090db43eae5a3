"""What every place for derived blobs keeps to: a folder, and buckets in several stores."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype.blobs import Derived, DerivedUnavailable
from calotype.blobs.derived import PART
from calotype.errors import SourceUnavailable

from .conftest import Derive

NAME = "levels/1/ab/abcdef-1024"


@pytest.fixture
def store(derive: Derive) -> Derived:
    return derive()


def test_what_was_put_is_there(store: Derived) -> None:
    store.put(NAME, b"one")
    assert store.get(NAME) == b"one"
    assert store.exists(NAME)


def test_what_was_not_put_is_not(store: Derived) -> None:
    assert store.get(NAME) is None
    assert not store.exists(NAME)


def test_an_empty_blob_is_a_blob(store: Derived) -> None:
    store.put(NAME, b"")
    assert store.get(NAME) == b""


def test_put_replaces(store: Derived) -> None:
    store.put(NAME, b"one")
    store.put(NAME, b"another")
    assert store.get(NAME) == b"another"


def test_delete_removes_that_one_alone(store: Derived) -> None:
    store.put(NAME, b"one")
    store.put(NAME + "x", b"two")
    store.delete(NAME)
    assert store.get(NAME) is None
    assert store.get(NAME + "x") == b"two"


def test_to_delete_what_is_not_there_is_no_error(store: Derived) -> None:
    store.delete(NAME)


def test_who_reads_while_it_is_replaced_sees_one_or_the_other(store: Derived) -> None:
    blobs = [bytes([number]) * 300_000 for number in range(2)]
    store.put(NAME, blobs[0])
    seen: list[bytes | None] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(store.get(NAME))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        store.put(NAME, blobs[number % 2])
    done.set()
    reader.join()
    assert seen
    assert all(blob in blobs for blob in seen)


def test_what_one_process_wrote_another_reads(derive: Derive) -> None:
    derive().put(NAME, b"one")
    assert derive().get(NAME) == b"one"


def test_a_store_that_does_not_answer_says_so(tmp_path: Path) -> None:
    store = Derived.open(tmp_path / "derived")
    (tmp_path / "derived" / "levels").write_text("a file where a folder should be")
    with pytest.raises(DerivedUnavailable):
        store.put(NAME, b"one")
    with pytest.raises(DerivedUnavailable):
        store.get(NAME)


@pytest.mark.parametrize("place", ["nothing://x", "http//://"])
def test_a_place_that_no_store_understands_is_refused(place: str) -> None:
    with pytest.raises(SourceUnavailable):
        Derived.open(place)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceUnavailable):
        Derived.open(tmp_path / "file" / "derived")


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    Derived.open(tmp_path / "derived").put(NAME, os.urandom(10_000))
    files = [path for path in (tmp_path / "derived").rglob("*") if path.is_file()]
    assert files == [tmp_path / "derived" / NAME]


LARGE = [bytes([number]) * (PART // 2) for number in range(5)]
"""Two parts and a half, as they come."""


def test_a_large_blob_comes_back_in_parts(store: Derived) -> None:
    store.put_parts(NAME, iter(LARGE))
    (stored,) = store.below("levels")
    parts = list(store.parts(stored))
    assert b"".join(parts) == b"".join(LARGE)
    assert max(len(part) for part in parts) == PART


def test_who_fails_while_it_writes_leaves_nothing(store: Derived) -> None:
    def failing() -> Iterator[bytes]:
        yield from LARGE
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.put_parts(NAME, failing())
    assert store.get(NAME) is None
    assert store.below("levels") == []


def test_a_large_blob_that_was_replaced_or_has_gone_is_no_mixture(store: Derived) -> None:
    store.put(NAME, b"one")
    (stored,) = store.below("levels")
    store.put(NAME, b"two and more")
    with pytest.raises(DerivedUnavailable):
        list(store.parts(stored))
    store.delete(NAME)
    with pytest.raises(DerivedUnavailable):
        list(store.parts(stored))


def test_what_lies_below_a_folder_is_listed_by_name(store: Derived) -> None:
    assert store.below("levels") == []
    for name in ("levels/b", "levels/a/c", "levelsx", "others/a"):
        store.put(name, b"12345")
    found = store.below("levels")
    assert [(stored.name, stored.size) for stored in found] == [("levels/a/c", 5), ("levels/b", 5)]
