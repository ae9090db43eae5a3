"""An upload that was acknowledged is there, whoever deletes it at the same time: on each engine,
with each kind of place."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from calotype.blobs import Uploads
from calotype.catalog import Applied, Catalog, Operation, Withhold
from calotype.decode import Limits
from calotype.ingest import Ingest, IngestConfig
from calotype.writes import Added, Sent, Writes
from tests.decode.pictures import sample

from .test_uploads import Open, open_

__all__ = ["open_"]

DATA = sample("png")


@pytest.fixture
def uploads(open_: Open) -> Uploads:
    return open_()


@pytest.fixture
def writes(catalog: Catalog, uploads: Uploads) -> Writes:
    return Writes(catalog, uploads, Limits(), lambda: None)


def add(writes: Writes) -> Added:
    return writes.add(Sent(io.BytesIO(DATA), "fox.png", {}))


def after(
    monkeypatch: pytest.MonkeyPatch, on: object, name: str, then: Callable[[], object]
) -> None:
    """Let `then` come once, right after the method `name` of `on`."""
    method, due = getattr(on, name), [then]

    def both(*arguments: object) -> object:
        result = method(*arguments)
        while due:
            due.pop()()
        return result

    monkeypatch.setattr(on, name, both)


def assert_kept(writes: Writes, added: Added) -> None:
    (place,) = added.image.places
    entry = writes.uploads.source.stat(place.name)
    assert entry is not None
    assert entry.version == place.version
    assert writes.uploads.source.read(place.name, 1 << 20) == DATA


def test_who_uploads_what_is_being_deleted_has_it_kept(
    writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back when its row has gone, and its file has not."""
    id, again = add(writes).image.id, []
    withhold = writes.catalog.apply

    def apply(operations: list[Operation]) -> Applied:
        applied = withhold(operations)
        if isinstance(operations[0], Withhold):
            again.append(add(writes))
        return applied

    monkeypatch.setattr(writes.catalog, "apply", apply)
    writes.remove(id, None)
    assert_kept(writes, again[0])


def test_who_finds_a_file_that_is_deleted_then_has_it_kept_anew(
    writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is found there, goes, and its image is released."""
    id = add(writes).image.id
    after(monkeypatch, writes.uploads, "keep", lambda: writes.remove(id, None))
    added = add(writes)
    assert added.new
    assert_kept(writes, added)


def test_a_listing_that_lags_takes_no_upload_away(
    writes: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of a drive or a store may, or that of an instance that began before."""
    id = add(writes).image.id
    source = writes.uploads.source
    monkeypatch.setattr(source, "walk", lambda under="": iter(()))
    assert Ingest(writes.catalog, IngestConfig()).run(source, allow_empty=True).removed == 0
    assert writes.catalog.get(id) is not None
