"""What ingest does with every kind of source: a folder, and buckets in several stores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import obstore
import pytest

from calotype.blobs import BucketSource, Entry, FolderSource, Source, open_source
from calotype.catalog import Catalog
from calotype.errors import SourceUnavailable
from calotype.ingest import Ingest, IngestConfig
from calotype.model import Image
from tests.decode.pictures import sample

from .conftest import Fill, new_bucket
from .s3 import Store

RED, SMALL, WIDE = sample("jpeg"), sample("png", 20, 30), sample("webp", 90, 30)
LATER = b'{"title": "A later title"}'


class Counting:
    """A source that notes what is read of it."""

    ours = False

    def __init__(self, source: Source) -> None:
        self._source, self.reads = source, list[str]()
        self.key, self.identity = source.key, source.identity
        self.check, self.stat, self.drives = source.check, source.stat, source.drives
        self.open = source.open

    def walk(self, under: str = "") -> Iterator[Entry]:
        return self._source.walk(under)

    def read(self, name: str, limit: int) -> bytes:
        self.reads.append(name)
        return self._source.read(name, limit)


def remove(source: Source, name: str) -> None:
    if isinstance(source, FolderSource):
        (source.root / name).unlink()
    elif isinstance(source, BucketSource):
        obstore.delete(source.store, name)


def id_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:40]


@pytest.fixture
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    # Not in tmp_path, which is what some of the sources list.
    catalog = Catalog.open(f"sqlite:///{tmp_path_factory.mktemp('catalog')}/catalog.sqlite")
    yield catalog
    catalog.close()


@pytest.fixture
def ingest(catalog: Catalog) -> Ingest:
    return Ingest(catalog, IngestConfig())


def numbers(summary: Any) -> tuple[int, int, int, int]:
    return summary.added, summary.changed, summary.unchanged, summary.removed


def image(catalog: Catalog, data: bytes) -> Image:
    found = catalog.get(id_of(data))
    assert found is not None
    return found


def names(catalog: Catalog, data: bytes) -> list[str]:
    return [place.name for place in image(catalog, data).places]


def test_all_images_are_taken_with_their_headers(
    fill: Fill, ingest: Ingest, catalog: Catalog
) -> None:
    summary = ingest.run(fill({"a.jpg": RED, "sub/b.png": SMALL, "sub/c": WIDE}))
    assert numbers(summary) == (3, 0, 0, 0)
    found = image(catalog, SMALL)
    assert (found.name, found.format, found.width, found.height) == ("sub/b.png", "png", 20, 30)
    assert found.bytes == len(SMALL)


def test_pixels_follow(fill: Fill, ingest: Ingest, catalog: Catalog) -> None:
    source = fill({"a.jpg": RED})
    ingest.run(source)
    assert ingest.analyse([source]).analysed == 1
    assert image(catalog, RED).thumbhash
    assert image(catalog, RED).colors


def test_unchanged_files_are_not_read_again(fill: Fill, ingest: Ingest) -> None:
    source = Counting(fill({"a.jpg": RED, "b.png": SMALL, "b.txt": b"About b", "c.jpg": b"no"}))
    ingest.run(source)
    assert sorted(source.reads) == ["a.jpg", "b.png", "b.txt", "c.jpg"]
    source.reads.clear()
    assert numbers(ingest.run(source)) == (0, 0, 2, 0)
    assert source.reads == []


def test_only_what_changed_is_read(fill: Fill, ingest: Ingest, catalog: Catalog) -> None:
    source = Counting(fill({"a.jpg": RED, "b.png": SMALL}))
    ingest.run(source)
    fill({"b.png": WIDE})
    source.reads.clear()
    assert numbers(ingest.run(source)) == (0, 1, 1, 0)
    assert source.reads == ["b.png"]
    assert names(catalog, WIDE) == ["b.png"]
    assert catalog.get(id_of(SMALL)) is None


def test_a_new_text_beside_an_image_asks_for_no_second_look_into_it(
    fill: Fill, ingest: Ingest, catalog: Catalog
) -> None:
    source = Counting(fill({"a.jpg": RED}))
    ingest.run(source)
    fill({"a.jpg.json": LATER})
    source.reads.clear()
    assert numbers(ingest.run(source)) == (0, 1, 0, 0)
    assert source.reads == ["a.jpg.json"]
    assert image(catalog, RED).title == "A later title"


def test_a_file_that_is_gone_is_removed(fill: Fill, ingest: Ingest, catalog: Catalog) -> None:
    source = fill({"a.jpg": RED, "b.png": SMALL})
    ingest.run(source)
    remove(source, "b.png")
    assert numbers(ingest.run(source)) == (0, 0, 1, 1)
    assert catalog.get(id_of(SMALL)) is None


def test_a_moved_file_is_the_same_image_at_a_new_place(
    fill: Fill, ingest: Ingest, catalog: Catalog
) -> None:
    source = fill({"a.jpg": RED, "b.png": SMALL})
    ingest.run(source)
    ingest.analyse([source])
    before = image(catalog, RED)
    fill({"sub/new name.jpg": RED})
    remove(source, "a.jpg")
    assert numbers(ingest.run(source)) == (0, 1, 1, 0)
    after = image(catalog, RED)
    assert [place.name for place in after.places] == ["sub/new name.jpg"]
    assert (after.born, after.analysed) == (before.born, True)


def test_the_same_content_twice_is_one_image_with_two_places(
    fill: Fill, ingest: Ingest, catalog: Catalog
) -> None:
    source = fill({"a.jpg": RED, "copy.jpg": RED})
    assert numbers(ingest.run(source)) == (1, 0, 0, 0)
    assert names(catalog, RED) == ["a.jpg", "copy.jpg"]
    remove(source, "a.jpg")
    assert numbers(ingest.run(source)) == (0, 1, 0, 0)
    assert names(catalog, RED) == ["copy.jpg"]


def test_a_source_that_is_suddenly_empty_is_not_believed(
    fill: Fill, ingest: Ingest, catalog: Catalog
) -> None:
    source = fill({"a.jpg": RED})
    ingest.run(source)
    remove(source, "a.jpg")
    with pytest.raises(SourceUnavailable, match="The catalog was kept"):
        ingest.run(source)
    assert catalog.count() == 1
    assert numbers(ingest.run(source, allow_empty=True)) == (0, 0, 0, 1)


def test_bad_files_leave_the_others_alone(fill: Fill, ingest: Ingest) -> None:
    summary = ingest.run(
        fill({"a.jpg": RED, "empty.jpg": b"", "cut.png": SMALL[:60], "c.md": b"c"})
    )
    assert {refused.name: refused.reason for refused in summary.refused} == {
        "cut.png": "truncated",
        "empty.jpg": "empty",
    }
    assert (summary.added, summary.skipped) == (1, 1)


@pytest.fixture
def account(s3: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Address and credentials are in the environment, as for `calotype add s3://…`."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3


@pytest.mark.server
def test_a_bucket_by_its_url(account: Store, ingest: Ingest, catalog: Catalog) -> None:
    files = {"shop/a.jpg": RED, "shop/a.txt": b"A red hat", "other/b.png": SMALL}
    bucket = new_bucket(account, "")
    for key, data in files.items():
        obstore.put(bucket, key, data)
    name = bucket.config["bucket"]

    assert numbers(ingest.run(open_source(f"s3://{name}/shop"))) == (1, 0, 0, 0)
    found = image(catalog, RED)
    assert (found.name, found.description) == ("a.jpg", "A red hat")
    assert found.places[0].source == f"s3://{name}/shop"


@pytest.mark.server
def test_a_bucket_that_is_not_there_is_an_error_with_the_mend(
    account: Store, ingest: Ingest
) -> None:
    with pytest.raises(SourceUnavailable, match=r"NoSuchBucket|404.*Check the bucket's name"):
        ingest.run(open_source("s3://no-such-bucket"))
