"""A bucket's server that is found by the environment, and what happens while it is away."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import obstore
import pytest

from calotype.blobs import BucketSource, Derived, DerivedUnavailable
from calotype.errors import SourceUnavailable
from tests.fleet.origin import Origin, Reply, Seen

from .s3 import Store, running_store

pytestmark = pytest.mark.server
_numbers = itertools.count()
META = {"ETag": '"tag"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One that nobody else is kept waiting by."""
    with running_store() as store:
        yield store


@pytest.fixture
def url(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket with an object `a.jpg` in a prefix, as it stands in the settings."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    bucket = f"away{next(_numbers)}"
    store.make_bucket(bucket)
    obstore.put(store.bucket(bucket, "some/prefix"), "a.jpg", b"three")
    return f"s3://{bucket}/some/prefix"


Attempt = Callable[[BucketSource], object]
ATTEMPTS: dict[str, Attempt] = {
    "check": lambda source: source.check(),
    "walk": lambda source: list(source.walk()),
    "stat": lambda source: source.stat("a.jpg"),
    "read": lambda source: source.read("a.jpg", 5),
    "open": lambda source: source.open("a.jpg"),
}
Work = Callable[[Derived], object]
WORK: dict[str, Work] = {
    "get": lambda derived: derived.get("a"),
    "put": lambda derived: derived.put("a", b"one"),
    "exists": lambda derived: derived.exists("a"),
    "delete": lambda derived: derived.delete("a"),
}


def test_the_server_is_versitygw(store: Store) -> None:
    """Its absence is no fault of ours; but it is to be seen which server the contracts ran on."""
    if store.why_not:
        pytest.skip(f"the contracts ran on moto's server: {store.why_not}")


def test_a_bucket_is_found_by_the_environment(url: str) -> None:
    assert BucketSource.from_url(url).read("a.jpg", 5) == b"three"


def test_a_bucket_that_is_not_there_is_no_source(url: str) -> None:
    with pytest.raises(SourceUnavailable):
        BucketSource.from_url("s3://never-made/x").check()


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_a_refused_connection_is_a_source_that_is_away(
    store: Store, url: str, attempt: Attempt
) -> None:
    source = BucketSource.from_url(url)
    attempt(source)
    store.kill()
    try:
        with pytest.raises(SourceUnavailable):
            attempt(source)
    finally:
        store.start()


@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_a_refused_connection_is_a_derived_store_that_is_away(
    store: Store, url: str, work: Work
) -> None:
    derived = Derived.open(url)
    work(derived)
    store.kill()
    try:
        with pytest.raises(DerivedUnavailable):
            work(derived)
    finally:
        store.start()


def test_what_an_opened_object_is_read_for_when_the_server_has_gone(store: Store, url: str) -> None:
    file = BucketSource.from_url(url).open("a.jpg")
    store.kill()
    try:
        with pytest.raises(SourceUnavailable):
            file.read(0, 2)
    finally:
        store.start()


def test_the_same_source_goes_on_when_the_server_is_back(store: Store, url: str) -> None:
    if store.why_not:
        pytest.skip(f"moto's server forgets what it held: {store.why_not}")
    source = BucketSource.from_url(url)
    store.kill()
    store.start()
    assert source.read("a.jpg", 5) == b"three"


def test_what_was_asked_of_a_server_that_hung_is_answered_when_it_goes_on(
    store: Store, url: str
) -> None:
    source = BucketSource.from_url(url)
    with ThreadPoolExecutor(1) as pool:
        store.freeze()
        read = pool.submit(source.read, "a.jpg", 5)
        store.thaw()
        assert read.result() == b"three"


@pytest.mark.faults
def test_a_server_that_hangs_is_given_up(store: Store, url: str) -> None:
    """After 30 s, a request's time limit in obstore; renders give up waiting before that."""
    source = BucketSource.from_url(url)
    store.freeze()
    try:
        with pytest.raises(SourceUnavailable):
            source.read("a.jpg", 5)
    finally:
        store.thaw()


@pytest.mark.parametrize("fault", [None, Reply(500), Reply(503)], ids=["closed", "500", "503"])
def test_what_fails_once_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, fault: Reply | None
) -> None:
    """As S3 says it may: a connection that breaks, an internal error, `SlowDown`."""
    with Origin() as origin:

        def answer(seen: Seen) -> Reply | None:
            return fault if len(origin.seen) == 1 else Reply(200, b"three", META)

        origin.answer = answer
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{origin.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ALLOW_HTTP": "true",
        }.items():
            monkeypatch.setenv(name, value)
        assert BucketSource.from_url("s3://bucket").read("a.jpg", 5) == b"three"
        assert len(origin.seen) == 2
