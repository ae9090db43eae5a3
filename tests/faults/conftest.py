"""What the faults are done to. Expensive, so tests share it and leave it as it was."""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.postgres import Server, running_server
from tests.contract.s3 import Store, running_store

from .fleet import Fleet
from .load import Ask, Asks
from .pictures import Mix, gallery, heavy

_numbers = itertools.count()
IMAGES, HEAVY, MEGABYTES = 40, 3, 16


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    with running_store() as store:
        yield store


def variables(server: Server) -> dict[str, str]:
    """What a fleet gets that has a new, empty catalog on this server."""
    return {
        "CALOTYPE_CATALOG": server.database(f"faults{next(_numbers)}"),
        "CALOTYPE_SECRET": "the secret of the tests, long enough for it",
        # Each test kills some; what they do to the fleet in all is not what it is to bear.
        "CALOTYPE_SCALING_MAX_REPLACEMENTS": "1000",
        # On a machine with much else to do, a start takes long.
        "CALOTYPE_SCALING_STARTUP_SECONDS": "300",
        # Renders that are made slow on purpose, on a machine with much else to do
        "CALOTYPE_RENDER_SECONDS": "60",
    }


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small images, and a few large ones whose originals take time to send."""
    folder = tmp_path_factory.mktemp("pictures")
    gallery(folder, IMAGES)
    for number in range(HEAVY):
        heavy(folder / f"noise {number}.png", MEGABYTES + number)
    return folder


@pytest.fixture(scope="session")
def shared_fleet(pictures: Path, postgres: Server) -> Iterator[Fleet]:
    with Fleet.start(pictures, variables(postgres), least=3) as fleet:
        yield fleet


@pytest.fixture
def fleet(shared_fleet: Fleet) -> Iterator[Fleet]:
    """Three instances that are ready and find everything."""
    shared_fleet.wait_ready(3)
    shared_fleet.wait_images(IMAGES + HEAVY)
    yield shared_fleet
    print(shared_fleet.text)  # shown where the test failed


def small(folder: Path) -> list[str]:
    """The ids of the small images in a folder."""
    return [_id(path) for path in sorted(folder.glob("*.jpg"))]


def _id(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:40]


@pytest.fixture(scope="session")
def people(pictures: Path) -> Asks:
    """What fifty people ask for who look at small images."""
    mix = Mix(small(pictures))
    return lambda chance: Ask(mix.target(chance))


@pytest.fixture(scope="session")
def downloads(pictures: Path) -> Asks:
    """Originals of some megabytes, each from an instance and held to its content."""
    numbers = itertools.count()
    files = sorted(pictures.glob("*.png"))
    digests = {_id(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def ask(chance: random.Random) -> Ask:
        id = chance.choice(sorted(digests))
        target = f"/i/{id}/original?s=none&x={next(numbers)}"
        return Ask(target, digest=digests[id])

    return ask
