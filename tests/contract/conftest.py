"""Each engine that a contract is run on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import obstore
import pytest
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from calotype.blobs import BucketSource, Derived, FolderSource, Source
from calotype.catalog import Catalog

from .postgres import Server, running_server
from .s3 import Store, running_store

server = pytest.mark.server
_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalog.db"
    server: Server = request.getfixturevalue("postgres")
    return server.database(f"catalog{next(_numbers)}")


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


Fill = Callable[[dict[str, bytes]], Source]
"""Makes a source out of files by name."""


@pytest.fixture(scope="session")
def s3() -> Iterator[Store]:
    with running_store() as store:
        yield store


def new_bucket(s3: Store, prefix: str = "some/prefix") -> S3Store:
    """A bucket of its own, in which nothing lies outside the prefix."""
    name = f"bucket{next(_numbers)}"
    s3.make_bucket(name)
    return s3.bucket(name, prefix)


@pytest.fixture(params=["folder", "memory", "local", pytest.param("s3", marks=server)])
def fill(request: pytest.FixtureRequest, tmp_path: Path) -> Fill:
    kind = request.param
    store: ObjectStore | None = None
    if kind == "memory":
        store = MemoryStore()
    elif kind == "local":
        store = LocalStore(tmp_path)
    elif kind == "s3":
        store = new_bucket(request.getfixturevalue("s3"))

    def make(files: dict[str, bytes]) -> Source:
        for name, data in files.items():
            if store is not None:
                obstore.put(store, name, data)
            else:
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        return FolderSource(tmp_path) if store is None else BucketSource(f"{kind}://x", store)

    return make


Derive = Callable[[], Derived]
"""Opens a place for derived blobs; each call the same place anew."""


@pytest.fixture(params=["folder", "memory", pytest.param("s3", marks=server)])
def derive(request: pytest.FixtureRequest, tmp_path: Path) -> Derive:
    if request.param == "folder":
        return lambda: Derived.open(tmp_path / "derived")
    if request.param == "memory":
        kept = MemoryStore()
        return lambda: Derived(kept)
    bucket = new_bucket(request.getfixturevalue("s3"))
    return lambda: Derived(bucket)
