"""What every place for uploads keeps to: a folder, and buckets in several stores."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from calotype.blobs import Uploads, open_uploads
from calotype.blobs.uploads import BucketUploads, UploadsBucket
from calotype.errors import SourceUnavailable

from .conftest import new_bucket, server

ID, OTHER = "ab" + "0" * 38, "ab" + "1" * 38
NAME = f"ab/{ID}.jpg"

Open = Callable[[], Uploads]


@pytest.fixture(params=["folder", "memory", pytest.param("s3", marks=server)])
def open_(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens a place that nobody has written to; each call the same place anew."""
    if request.param == "folder":
        return lambda: open_uploads(str(tmp_path / "made" / "later"))
    if request.param == "memory":
        kept = MemoryStore()
        return lambda: BucketUploads(UploadsBucket("memory://x", kept))
    bucket = new_bucket(request.getfixturevalue("s3"))
    return lambda: BucketUploads(UploadsBucket("s3://x", bucket))


def test_an_empty_one_is_listed_and_checked(open_: Open) -> None:
    uploads = open_()
    uploads.source.check()
    assert list(uploads.source.walk()) == []


def test_what_is_kept_is_what_a_listing_says(open_: Open) -> None:
    entry = open_().keep(ID, "jpeg", io.BytesIO(b"one"))
    assert entry.name == NAME
    assert list(open_().source.walk()) == [entry]
    assert open_().source.read(NAME, 100) == b"one"


def test_it_is_kept_from_the_beginning_of_the_file(open_: Open) -> None:
    file = io.BytesIO(b"one")
    file.read()
    open_().keep(ID, "jpeg", file)
    assert open_().source.read(NAME, 100) == b"one"


def test_the_same_again_changes_nothing(open_: Open) -> None:
    first = open_().keep(ID, "jpeg", io.BytesIO(b"one"))
    assert open_().keep(ID, "jpeg", io.BytesIO(b"one")) == first


def test_what_is_there_in_part_is_written_anew(open_: Open) -> None:
    uploads = open_()
    uploads.keep(ID, "jpeg", io.BytesIO(b"on"))
    uploads.keep(ID, "jpeg", io.BytesIO(b"one"))
    assert uploads.source.read(NAME, 100) == b"one"


def test_many_that_keep_the_same_at_once_keep_one(open_: Open) -> None:
    entries = []
    threads = [
        threading.Thread(
            target=lambda: entries.append(open_().keep(ID, "png", io.BytesIO(b"x" * 100_000)))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (listed,) = open_().source.walk()
    assert listed in entries
    assert {entry.name for entry in entries} == {listed.name}
    assert open_().source.read(listed.name, 100_000) == b"x" * 100_000


def test_of_many_at_once_in_a_folder_all_have_the_version_that_is_listed(tmp_path: Path) -> None:
    uploads, entries = open_uploads(str(tmp_path)), []
    threads = [
        threading.Thread(target=lambda: entries.append(uploads.keep(ID, "png", io.BytesIO(b"x"))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entries == list(uploads.source.walk()) * 8


def test_what_is_removed_has_gone_and_nothing_else(open_: Open) -> None:
    uploads = open_()
    uploads.keep(ID, "jpeg", io.BytesIO(b"one"))
    uploads.keep(OTHER, "jpeg", io.BytesIO(b"two"))
    assert uploads.remove(ID) == 1
    assert [entry.name for entry in uploads.source.walk()] == [f"ab/{OTHER}.jpg"]


def test_what_is_not_there_is_removed_without_an_error(open_: Open) -> None:
    assert open_().remove(ID) == 0


def test_large_ones_are_kept_whole(open_: Open) -> None:
    data = bytes(range(256)) * (12 << 12)  # 12 MiB: more than one part of a bucket's
    open_().keep(ID, "tiff", io.BytesIO(data))
    assert open_().source.read(f"ab/{ID}.tif", len(data)) == data


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    uploads = open_uploads(str(tmp_path / "file" / "below"))
    with pytest.raises(SourceUnavailable, match="CALOTYPE_UPLOADS"):
        uploads.source.check()
    with pytest.raises(SourceUnavailable) as refused:
        uploads.keep(ID, "jpeg", io.BytesIO(b"one"))
    assert str(tmp_path) not in str(refused.value)


def test_what_another_has_just_put_there_outlives_a_power_failure_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not have come to it yet when we say that it is kept."""
    open_uploads(str(tmp_path)).keep(ID, "jpeg", io.BytesIO(b"one"))
    synced, sync = [], os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    open_uploads(str(tmp_path)).keep(ID, "jpeg", io.BytesIO(b"one"))
    assert {str(tmp_path), str(tmp_path / "ab"), str(tmp_path / NAME)} <= set(synced)


def test_no_half_file_is_listed(tmp_path: Path) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() >= 10:
                raise OSError("the disk")
            return super().read(5)

    uploads = open_uploads(str(tmp_path))
    with pytest.raises(SourceUnavailable):
        uploads.keep(ID, "jpeg", Breaks(b"x" * 100))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
