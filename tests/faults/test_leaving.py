"""Instances that go as planned, and a load balancer that is told anew: nobody notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.postgres import Server
from tests.fleet.programs import until

from .conftest import small, variables
from .fleet import Fleet
from .load import Ask, Asks, Load
from .pictures import Mix

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]


def replace(fleet: Fleet, name: str) -> None:
    """Drain it, and wait until another process is in its place."""
    pid = fleet.instance(name).pid
    fleet.drain(name)
    until(lambda: pid not in {each.pid for each in fleet.instances()}, f"{name} gone")
    fleet.wait_ready(3)


def test_an_instance_is_drained(fleet: Fleet, people: Asks) -> None:
    with Load(fleet.url, people) as load:
        load.reach(300)
        replace(fleet, fleet.instances("ready")[0].name)
        load.reach(300)
    assert load.none_failed(), load.failed


def test_the_balancer_is_reloaded_five_times(fleet: Fleet, people: Asks) -> None:
    with Load(fleet.url, people) as load:
        for _ in range(5):
            load.reach(200)
            fleet.reload_balancer()
        load.reach(200)
        fleet.wait_ready(3)
    assert load.none_failed(), load.failed


@pytest.mark.faults
def test_instances_restart_one_after_another(fleet: Fleet, people: Asks, downloads: Asks) -> None:
    """With large bodies under way, too."""
    with (
        Load(fleet.url, people, clients=40, rate=150) as load,
        Load(fleet.url, downloads, clients=5, rate=4) as bodies,
    ):
        for instance in fleet.instances("ready"):
            load.reach(200)
            replace(fleet, instance.name)
        load.reach(max(1, 2000 - load.done))
    assert load.none_failed(), load.failed
    assert bodies.none_failed(), bodies.failed


@pytest.mark.faults
def test_the_fleet_grows_with_the_load_and_shrinks_after_it(
    pictures: Path, postgres: Server
) -> None:
    """While it grows some may be refused; while it shrinks nobody is."""
    quick = {
        "CALOTYPE_SCALING_PERIOD_SECONDS": "1",
        "CALOTYPE_SCALING_SCALE_IN_DATAPOINTS": "5",
        "CALOTYPE_SCALING_SCALE_IN_COOLDOWN_SECONDS": "2",
        "CALOTYPE_SCALING_SCALE_OUT_COOLDOWN_SECONDS": "2",
        "CALOTYPE_SCALING_WARMUP_SECONDS": "2",
    }
    renders, looks = Mix(small(pictures), again=0, anew=1), Mix(small(pictures), anew=0)
    with Fleet.start(pictures, {**variables(postgres), **quick}, least=1, most=2) as fleet:
        with Load(fleet.url, lambda chance: Ask(renders.target(chance)), rate=400):
            fleet.wait_ready(2)
        with Load(fleet.url, lambda chance: Ask(looks.target(chance)), rate=40) as load:
            fleet.wait_ready(1)
            load.reach(200)
    assert load.none_failed(), load.failed
