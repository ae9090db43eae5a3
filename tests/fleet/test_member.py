"""What an instance is said to be while it is put in its place and taken out at the same time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import AsyncMock, Mock, create_autospec

import pytest

from calotype.fleet import asking, programs
from calotype.fleet.balancer import Balancer
from calotype.fleet.events import Events
from calotype.fleet.member import Member

from .topologies import topology


def test_what_it_held_can_be_forgotten_but_for_its_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "located", str)
    (tmp_path / "i1" / "data" / "renditions").mkdir(parents=True)
    (tmp_path / "i1" / "app.log").touch()
    balancer: Mock = create_autospec(Balancer, instance=True)
    Member("i1", topology(tmp_path), 9, balancer, Events().say).forget()
    assert [path.name for path in (tmp_path / "i1").iterdir()] == ["app.log"]


def test_one_that_is_taken_out_while_it_is_put_in_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "located", str)
    monkeypatch.setattr(asking, "get", AsyncMock(return_value=(200, b"{}")))
    balancer: Mock = create_autospec(Balancer, instance=True)
    events = Events()
    member = Member("i1", topology(tmp_path), 9, balancer, events.say)
    (tmp_path / "i1").mkdir()
    (tmp_path / "i1" / "app.sock").touch()
    balancer.put.side_effect = lambda *_: member.leave()
    asyncio.run(member.look())
    assert member.state == "draining"
    assert events.after(0) == []
