"""`kill -9` of one instance of three, under load."""

from __future__ import annotations

import itertools
import signal
import threading
import time

import pytest

from tests.fleet.programs import PATIENCE

from .fleet import Fleet, Instance, kill, tell
from .load import Asks, Load

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
REQUESTS = 2000
KILLS = 10
FLOW = 30_000
"""Bytes between two looks, some milliseconds apart, that are no small image."""


def test_an_app_is_killed(fleet: Fleet, people: Asks) -> None:
    """Its nginx stays and says 503 for it."""
    with Load(fleet.url, people) as load:
        load.reach(300)
        kill([fleet.instances("ready")[1].pid])
        load.reach(REQUESTS)
        fleet.wait_ready(3)
    assert load.none_failed(), load.failed


def test_an_instance_is_killed_with_all_its_processes(fleet: Fleet, people: Asks) -> None:
    with Load(fleet.url, people) as load:
        load.reach(300)
        fleet.instances("ready")[1].kill()
        load.reach(REQUESTS)
        fleet.wait_ready(3)
    assert load.none_failed(), load.failed


def test_an_instance_is_killed_in_the_middle_of_a_body(
    fleet: Fleet, people: Asks, downloads: Asks
) -> None:
    """Killed where it is sending, until the edge has seen one break off."""
    before = broken_off(fleet)
    with (
        Load(fleet.url, people, clients=40, rate=150) as load,
        Load(fleet.url, downloads, clients=5, rate=8) as bodies,
    ):
        bodies.reach(20)
        for _ in range(KILLS):
            killed = sending(fleet)
            # Another process is in its place: two at once are another fault.
            fleet.until(lambda k=killed: fleet.instance(k.name).pid not in (0, k.pid), "it back")  # type: ignore[misc]
            fleet.wait_ready(3)
            if broken_off(fleet) > before:
                break
        load.reach(max(1, REQUESTS - load.done))
    assert broken_off(fleet) > before
    assert load.none_failed(), load.failed
    assert bodies.none_failed(), bodies.failed


def sending(fleet: Fleet) -> Instance:
    """Kill an instance in the middle of a body: it is held still first, to see that it is."""
    families = [(each, each.family()) for each in fleet.wait_ready(3)]
    give_up, pause = time.monotonic() + PATIENCE, threading.Event()
    for instance, family in itertools.cycle(families):
        assert time.monotonic() < give_up, "no body under way"
        before = place(fleet, instance.name)["bout"]
        tell(family, signal.SIGSTOP)
        now = place(fleet, instance.name)
        if int(now["scur"]) > 0 and int(now["bout"]) - int(before) > FLOW:
            kill(family)
            return instance
        tell(family, signal.SIGCONT)
        pause.wait(0.005)
    raise AssertionError("there is no instance")


def place(fleet: Fleet, name: str) -> dict[str, str]:
    return next(row for row in fleet.servers() if row["svname"] == name)


def broken_off(fleet: Fleet) -> int:
    """Answers that the edge could not fetch as a whole at the first time."""
    return int(fleet.edge_counter("MAIN.fetch_failed"))
