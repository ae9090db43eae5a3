"""The S3 store stops for a while: what instances have goes on, the rest says so, and comes back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import obstore
import pytest

from tests.contract.postgres import Server
from tests.contract.s3 import Store
from tests.fleet.programs import until

from .conftest import small, variables
from .fleet import Fleet
from .load import RATE, Ask, Load
from .pictures import draw

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
LARGE = 4
RECOVERY_SECONDS, BUSY = 5.0, 1.5
numbers = itertools.count()


@contextmanager
def stopped(store: Store) -> Iterator[None]:
    """Connections are refused."""
    store.kill()
    try:
        yield
    finally:
        store.start()


@contextmanager
def hung(store: Store) -> Iterator[None]:
    """Connections are taken and nothing is answered."""
    store.freeze()
    try:
        yield
    finally:
        store.thaw()


Fault = Callable[[Store], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small ones, of which no levels are kept, and large ones."""
    folder = tmp_path_factory.mktemp("originals")
    for number in range(8):
        draw(folder / f"small {number}.jpg", number)
    for number in range(LARGE):
        draw(folder / f"wide {number}.jpg", 1000 + number, 3000, 2250)
    return folder


@pytest.fixture(scope="module")
def two(originals: Path, postgres: Server, store: Store) -> Iterator[Fleet]:
    """Originals and uploads in the store; what is made of them in a folder that they share."""
    if store.why_not:
        pytest.skip(f"moto's server forgets what it held: {store.why_not}")
    for name in ("originals", "uploads"):
        store.make_bucket(name)
    bucket = store.bucket("originals")
    for path in originals.iterdir():
        obstore.put(bucket, path.name, path.read_bytes())
    environment = {
        **variables(postgres), **store.environment, "CALOTYPE_UPLOADS": "s3://uploads",
        "CALOTYPE_RENDER_SECONDS": "10",
    }  # fmt: skip
    with Fleet.start("s3://originals", environment, least=2) as fleet:
        fleet.wait_images(len(list(originals.iterdir())))
        levels = fleet.folder / "derived" / "levels"
        for side in (1024, 2048):
            fleet.until(lambda s=side: len(list(levels.rglob(f"*-{s}"))) == LARGE, "levels")  # type: ignore[misc]
        yield fleet


@pytest.mark.parametrize("seconds", [5, pytest.param(30, marks=pytest.mark.faults)])
@pytest.mark.parametrize("fault", [stopped, hung])
def test_the_store_is_away(
    two: Fleet, store: Store, originals: Path, fault: Fault, seconds: int
) -> None:
    little, wide = small_and_wide(originals)
    widths = {"stopped": 90, "hung": 140}[fault.__name__] + seconds
    kept = [f"/i/{id}?w=80" for id in little]
    for target in kept:
        assert two.get(target).status_code == 200
        for instance in two.instances("ready"):  # each, as the balancer may ask either
            assert instance.get(target).status_code == 200
    # From levels, in sizes that nobody has asked for; and small ones, which need the original.
    of_levels = [f"/i/{id}?w={widths + n}" for n in range(4) for id in wide]
    cold = f"/i/{little[0]}?w={widths}"
    asked = iter(of_levels)

    with Load(
        two.url, lambda chance: Ask(f"{chance.choice(kept)}&s=none&x={next(numbers)}")
    ) as load:
        with fault(store):
            load.reach(round(seconds * RATE / 2))
            for target in asked:
                assert two.get(target).status_code == 200, target
            refused = two.get(cold)
            assert refused.status_code == 503, refused.text
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["cache-control"] == "no-store"
            load.reach(round(seconds * RATE / 2))
        began = time.monotonic()
        until(lambda: two.get(cold).status_code == 200, "the original being read again")
        took = time.monotonic() - began
    assert load.none_failed(), load.failed
    assert took <= RECOVERY_SECONDS * BUSY


def small_and_wide(folder: Path) -> tuple[list[str], list[str]]:
    ids = small(folder)
    return ids[:-LARGE], ids[-LARGE:]
