"""No instance answers as it should: what the edge has is sent, the rest is a 503."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import httpx
import pytest

from tests.fleet.origin import Origin, Reply

from .fleet import Fleet, frozen
from .pictures import SUBJECTS

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
STALE_SECONDS, COLD_SECONDS = 0.1, 2.0
BUSY = 1.5
"""By how much a machine with much else to do may be slower."""


@contextmanager
def failing(fleet: Fleet) -> Iterator[None]:
    """Each instance is there, says it is well, and answers 500."""
    ports = {each.name: each.port for each in fleet.instances("ready")}
    with ExitStack() as stack:
        stack.enter_context(fleet.unattended())
        for name in ports:
            origin = stack.enter_context(Origin(name))
            origin.answer = lambda seen: Reply(500)
            fleet.tell(f"set server instances/{name} addr 127.0.0.1 port {origin.port}")
        try:
            yield
        finally:
            for name, port in ports.items():
                fleet.tell(f"set server instances/{name} addr 127.0.0.1 port {port}")


@contextmanager
def dead(fleet: Fleet) -> Iterator[None]:
    instances = fleet.instances()
    with fleet.unattended():
        for each in instances:
            each.kill()
        yield


@contextmanager
def hung(fleet: Fleet) -> Iterator[None]:
    """The apps take requests and never answer."""
    pids = [each.pid for each in fleet.instances()]
    with fleet.unattended(), frozen(*pids):
        yield


Fault = Callable[[Fleet], AbstractContextManager[None]]
widths = itertools.count(161)
"""Each is asked for once."""
FAULTS = pytest.mark.parametrize("fault", [failing, dead, hung])


def timed(fleet: Fleet, target: str) -> tuple[float, httpx.Response]:
    began = time.monotonic()
    answer = fleet.get(target)
    return time.monotonic() - began, answer


@FAULTS
def test_what_is_cached_is_sent_stale_and_at_once(fleet: Fleet, fault: Fault) -> None:
    targets = [f"/image/{subject}?w=160" for subject in SUBJECTS]
    before = [fleet.get(target).content for target in targets]
    usual = statistics.median(timed(fleet, target)[0] for _ in range(3) for target in targets)
    fleet.purge(soft="q")
    with fault(fleet):
        seen = [timed(fleet, target) for _ in range(3) for target in targets]
    assert {answer.status_code for _, answer in seen} == {200}
    assert [answer.content for _, answer in seen] == before * 3
    # Beside what a fresh one takes on this machine just now
    assert statistics.median(seconds for seconds, _ in seen) <= usual + STALE_SECONDS
    assert max(seconds for seconds, _ in seen) <= usual + COLD_SECONDS
    fleet.wait_ready(3)


@FAULTS
def test_what_is_not_cached_is_a_problem_that_is_not_kept(fleet: Fleet, fault: Fault) -> None:
    targets = [f"/image/{subject}?w={next(widths)}" for subject in SUBJECTS[:3]]
    with fault(fleet):
        seen = [timed(fleet, target) for target in targets]
    for seconds, answer in seen:
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["code"] == "unavailable"
        assert seconds <= COLD_SECONDS * BUSY
    fleet.wait_ready(3)
    assert [fleet.get(target).status_code for target in targets] == [200] * 3
