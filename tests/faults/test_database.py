"""PostgreSQL stops for a while: reading goes on, writing says so, nothing acknowledged is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.contract.postgres import Server, running_server
from tests.fleet.programs import until

from .conftest import IMAGES, small, variables
from .fleet import Fleet
from .load import RATE, Ask, Load
from .pictures import Mix
from .writer import Writer, key

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Connections are refused."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def hung(server: Server) -> Iterator[None]:
    """Connections are taken and nothing is answered."""
    with server.frozen():
        yield


Fault = Callable[[Server], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def environment(server: Server) -> dict[str, str]:
    return variables(server)


@pytest.fixture(scope="module")
def two(pictures: Path, environment: dict[str, str]) -> Iterator[Fleet]:
    with Fleet.start(pictures, environment, least=2) as fleet:
        yield fleet


@pytest.mark.parametrize("seconds", [5, pytest.param(30, marks=pytest.mark.faults)])
@pytest.mark.parametrize("fault", [stopped, hung])
def test_the_database_is_away(
    two: Fleet, server: Server, environment: dict[str, str], pictures: Path, tmp_path: Path,
    fault: Fault, seconds: int,
) -> None:  # fmt: skip
    until(lambda: len(two.ids()) >= IMAGES, "all images being indexed")
    mix = Mix(small(pictures))
    with (
        Load(two.url, lambda chance: Ask(mix.target(chance))) as load,
        Writer(two, key(**environment), tmp_path) as writer,
    ):
        until(lambda: writer.acknowledged, "an upload")
        with fault(server):
            load.reach(round(seconds * RATE))
            in_time = dict(writer.answers)
        written = len(writer.acknowledged)
        until(lambda: len(writer.acknowledged) > written, "an upload when it is back")
    assert load.none_failed(), load.failed
    refused = "503 catalog-unavailable True"
    assert set(writer.answers) <= {"200", "201", refused}, writer.answers
    assert in_time.get(refused), writer.answers
    written_ids = set(writer.acknowledged.values())
    until(lambda: written_ids <= set(two.ids()), "uploads being found")
    assert {two.get(f"/images/{id}").status_code for id in written_ids} == {200}
