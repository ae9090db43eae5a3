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
def s3() -> Iterator[str]:
    """The address of an S3-compatible server."""
    moto = pytest.importorskip("moto.server")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


def _bucket(s3: str, number: int) -> S3Store:
    import boto3

    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=s3, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=f"bucket{number}")
    client.close()
    return S3Store(
        f"bucket{number}",
        prefix="some/prefix",
        endpoint=s3,
        region="us-east-1",
        access_key_id="test",
        secret_access_key="test",
        client_options={"allow_http": True},
    )


@pytest.fixture(params=["folder", "memory", "local", pytest.param("s3", marks=server)])
def fill(request: pytest.FixtureRequest, tmp_path: Path) -> Fill:
    kind = request.param
    number = next(_numbers)
    store: ObjectStore | None = None
    if kind == "memory":
        store = MemoryStore()
    elif kind == "local":
        store = LocalStore(tmp_path)
    elif kind == "s3":
        store = _bucket(request.getfixturevalue("s3"), number)

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
    bucket = _bucket(request.getfixturevalue("s3"), next(_numbers))
    return lambda: Derived(bucket)
