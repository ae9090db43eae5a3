"""An instance that is not ready, and whether it comes any further."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from calotype.fleet import member as members
from calotype.fleet.headway import Headway
from calotype.fleet.member import Member

from .origin import Origin


def body(**done: int) -> bytes:
    """What `/readyz` says while an instance finds, reads, or builds."""
    now = {part: {"stage": "", "done": 0} for part in ("ingest", "index")}
    for stage, count in done.items():
        now["index" if stage == "build" else "ingest"] = {"stage": stage, "done": count}
    return json.dumps(now).encode()


def headway(*bodies: bytes) -> list[bool]:
    made = Headway()
    return [made.made(each) for each in bodies]


def test_what_grows_is_headway() -> None:
    assert headway(body(find=100), body(find=200), body(find=200)) == [True, True, False]


def test_each_stage_is_counted_by_itself() -> None:
    assert headway(body(find=100), body(read=1), body(read=1, build=1)) == [True, True, True]


def test_what_begins_again_makes_none_until_it_is_further() -> None:
    again = headway(body(build=5), body(build=1), body(build=5), body(build=6))
    assert again == [True, False, False, True]


@pytest.mark.parametrize("said", [b"", b"[]", b"no JSON", b"{}", b'{"ingest":1,"index":2}'])
def test_what_says_nothing_makes_none(said: bytes) -> None:
    assert headway(said) == [False]


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        origin.ready = 503
        yield origin


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(members, "time", clock)
    return clock


@pytest.fixture
def starting(origin: Origin, clock: Clock, tmp_path: Path) -> Member:
    """One that was started at 100, on the origin's port."""
    topology: Any = SimpleNamespace(
        folder=tmp_path,
        sockets=tmp_path,
        drain_seconds=35,
        instance_environment=lambda data: {},
    )
    balancer: Any = None
    member = Member("i1", topology, origin.port, balancer, lambda kind, text: None)
    (tmp_path / "i1").mkdir()
    (tmp_path / "i1" / "app.sock").touch()
    return member


def test_headway_gives_an_instance_its_time_again(
    starting: Member, origin: Origin, clock: Clock
) -> None:
    since = []
    for clock.now, done in ((110, 1), (120, 2), (130, 2)):
        origin.ready_body = body(read=done)
        asyncio.run(starting.look())
        since.append(starting.observed.since)
    assert since == [110, 120, 120]
    assert starting.observed.launched == 100
