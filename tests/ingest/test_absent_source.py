"""A source that is missing, unreadable or not mounted: an error, and the catalog is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype.blobs import FolderSource
from calotype.catalog import Catalog
from calotype.errors import SourceUnavailable
from calotype.ingest import Ingest, IngestConfig, Summary
from tests.decode.pictures import quadrants

from .adding import add
from .mounts import mounted, without_privileges

EMPTIED = "If its drive is not mounted, mount it."


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return draw(tmp_path / "source", 3)


@pytest.fixture
def data(source: Path, tmp_path: Path) -> Path:
    """The data folder, with the three images in its catalog."""
    assert taken(source, tmp_path / "data").added == 3
    return tmp_path / "data"


def draw(folder: Path, number: int) -> Path:
    folder.mkdir(exist_ok=True)
    for size in range(10, 10 + number):
        quadrants(size, size).save(folder / f"{size}.png")
    return folder


def taken(source: Path, data: Path, *, allow_empty: bool = False) -> Summary:
    """What `calotype add` does with the catalog, without a process of its own."""
    catalog = Catalog.open(f"sqlite:///{data / 'catalog.sqlite'}")
    try:
        ingest = Ingest(catalog, IngestConfig())
        return ingest.run(FolderSource(source), allow_empty=allow_empty)
    finally:
        catalog.close()


def images(data: Path) -> int:
    catalog = Catalog.open(f"sqlite:///{data / 'catalog.sqlite'}")
    try:
        return catalog.count()
    finally:
        catalog.close()


def test_a_source_that_never_was_is_an_error(tmp_path: Path) -> None:
    done = add(tmp_path / "nowhere", tmp_path / "data")
    assert done.code == 3
    assert "nowhere does not exist. Check the spelling" in done.err


def test_a_file_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    done = add(tmp_path / "a.txt", tmp_path / "data")
    assert done.code == 3
    assert "is a file. Give the folder" in done.err


def test_a_source_that_has_gone_leaves_the_catalog(source: Path, data: Path) -> None:
    source.rename(source.with_name("elsewhere"))
    done = add(source, data)
    assert done.code == 3
    assert "does not exist" in done.err
    assert images(data) == 3


def test_a_source_that_may_not_be_read_leaves_the_catalog(source: Path, data: Path) -> None:
    source.chmod(0)
    try:
        done = add(source, data, prefix=without_privileges())
    finally:
        source.chmod(0o755)
    assert done.code == 3
    assert "may not be read. Allow this user" in done.err
    assert images(data) == 3


def test_a_folder_below_that_may_not_be_read_keeps_its_images(source: Path, data: Path) -> None:
    draw(source / "sub", 5)
    assert taken(source, data).added == 2
    (source / "sub").chmod(0)
    try:
        done = add(source, data, prefix=without_privileges())
    finally:
        (source / "sub").chmod(0o755)
    assert (done.code, done.reasons) == (0, {"sub": "unreadable"})
    assert done.summary["removed"] == 0
    assert images(data) == 5


def test_a_file_that_may_not_be_read_is_taken_once_it_may(source: Path, tmp_path: Path) -> None:
    (source / "10.png").chmod(0)
    done = add(source, tmp_path / "data", prefix=without_privileges())
    assert (done.summary["added"], done.reasons) == (2, {"10.png": "unreadable"})
    (source / "10.png").chmod(0o644)
    assert taken(source, tmp_path / "data").added == 1


@pytest.mark.server
def test_a_drive_that_is_not_mounted_leaves_the_catalog(tmp_path: Path) -> None:
    source, data = tmp_path / "drive", tmp_path / "data"
    with mounted(source, 2):
        draw(source, 3)
        assert taken(source, data).added == 3
    assert list(source.iterdir()) == []
    done = add(source, data)
    assert done.code == 3
    assert EMPTIED in done.err
    assert images(data) == 3


@pytest.mark.server
def test_a_drive_that_is_not_mounted_is_known_by_what_lies_below_it(tmp_path: Path) -> None:
    """A mount point is not always empty; its device is another one all the same."""
    source, data = tmp_path / "drive", tmp_path / "data"
    source.mkdir()
    (source / "NOT MOUNTED.txt").write_text("Mount the drive here.")
    with mounted(source, 2):
        draw(source, 3)
        assert taken(source, data).added == 3
    with pytest.raises(SourceUnavailable, match=EMPTIED):
        taken(source, data)
    assert images(data) == 3


@pytest.mark.server
def test_a_drive_below_the_source_that_is_not_mounted_keeps_its_images(
    source: Path, data: Path
) -> None:
    with mounted(source / "drive", 2) as drive:
        draw(drive, 5)
        assert taken(source, data).added == 2
    for _ in range(2):
        summary = taken(source, data)
        assert [(each.name, each.reason) for each in summary.refused] == [("drive", "not-mounted")]
        assert summary.removed == 0
    (source / "drive").rmdir()
    assert len(taken(source, data).refused) == 1
    assert images(data) == 5
    assert taken(source, data, allow_empty=True).removed == 2
    assert taken(source, data).refused == ()


@pytest.mark.server
def test_a_drive_below_the_source_with_all_its_images_is_missed(tmp_path: Path) -> None:
    source, data = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    (source / "readme.md").write_text("Photos are on the drive.")
    with mounted(source / "drive", 2) as drive:
        draw(drive, 3)
        assert taken(source, data).added == 3
    done = add(source, data)
    assert done.code == 3
    assert EMPTIED in done.err
    assert images(data) == 3


@pytest.mark.server
def test_images_that_go_from_a_mounted_drive_are_gone(source: Path, data: Path) -> None:
    with mounted(source / "drive", 2) as drive:
        draw(drive, 5)
        assert taken(source, data).added == 2
        for file in drive.iterdir():
            file.unlink()
        assert taken(source, data).removed == 2


@pytest.mark.server
def test_a_folder_that_took_the_place_of_a_drive_is_believed(source: Path, data: Path) -> None:
    with mounted(source / "drive", 2) as drive:
        draw(drive, 5)
        assert taken(source, data).added == 2
    draw(source / "drive", 4)
    summary = taken(source, data)
    assert (summary.removed, summary.refused) == (1, ())


@pytest.mark.server
def test_a_touched_name_on_a_drive_that_is_not_mounted_is_kept(source: Path, data: Path) -> None:
    with mounted(source / "drive", 2) as drive:
        draw(drive, 5)
        taken(source, data)
    catalog = Catalog.open(f"sqlite:///{data / 'catalog.sqlite'}")
    try:
        summary = Ingest(catalog, IngestConfig()).update(FolderSource(source), ["drive"])
        assert (summary.removed, catalog.count()) == (0, 5)
    finally:
        catalog.close()


def test_a_source_without_an_image_left_is_not_believed(source: Path, data: Path) -> None:
    (source / "readme.md").write_text("Photos.")
    for file in source.glob("*.png"):
        file.unlink()
    with pytest.raises(SourceUnavailable, match=EMPTIED):
        taken(source, data)
    assert images(data) == 3


def test_images_under_other_names_are_still_there(source: Path, data: Path) -> None:
    for file in sorted(source.iterdir()):
        file.rename(source / f"new {file.name}")
    assert taken(source, data).refused == ()
    assert images(data) == 3


def test_an_empty_source_is_believed_when_told_so(source: Path, data: Path) -> None:
    for file in source.iterdir():
        file.unlink()
    with pytest.raises(SourceUnavailable, match="If they are really gone"):
        taken(source, data)
    assert add(source, data, "--allow-empty").summary["removed"] == 3
    assert images(data) == 0


def test_images_may_go_one_by_one_to_the_last_but_one(source: Path, data: Path) -> None:
    for name in ("10.png", "11.png"):
        (source / name).unlink()
    assert taken(source, data).removed == 2


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog.open(f"sqlite:///{tmp_path}/catalog.sqlite")
    yield catalog
    catalog.close()


def test_a_source_that_goes_away_in_the_middle_keeps_what_was_read(
    source: Path, catalog: Catalog
) -> None:
    class Failing(FolderSource):
        """Its device breaks at the third file."""

        reads = 0

        def read(self, name: str, limit: int) -> bytes:
            self.reads += 1
            if self.reads == 3:
                raise SourceUnavailable("The drive does not answer.")
            return super().read(name, limit)

    ingest = Ingest(catalog, IngestConfig(threads=1))
    with pytest.raises(SourceUnavailable):
        ingest.run(Failing(source))
    assert catalog.count() == 2
    assert ingest.run(FolderSource(source)).added == 1
