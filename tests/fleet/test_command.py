"""What the command does beside the fleet."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from calotype.commands.fleet import told
from calotype.fleet.events import Events


def test_that_a_part_beside_the_fleet_has_ended_is_told() -> None:
    fleet: Any = SimpleNamespace(events=Events())

    async def ends() -> None:
        raise OSError("no such terminal")

    asyncio.run(told(fleet, "this view", ends()))
    (event,) = fleet.events.after(0)
    assert event.kind == "problem"
    assert "this view has ended: OSError: no such terminal" in event.text
