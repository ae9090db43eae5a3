"""Parts are closed whatever becomes of the others."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from threading import Event

import pytest

from calotype.app import build_app
from calotype.closing import closed
from calotype.settings import Settings


def test_what_fails_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    asyncio.run(closed("cache", broken))
    assert [r.getMessage() for r in caplog.records] == ["cache could not be closed"]


def test_what_hangs_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    gate = Event()
    with caplog.at_level(logging.WARNING):
        asyncio.run(closed("source", lambda: gate.wait(30), seconds=0.01))
    gate.set()
    assert caplog.records[0].getMessage() == "source could not be closed within 0.01 s"


def test_one_part_that_fails_keeps_no_other_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pictures").mkdir()
    settings = Settings.load(source=str(tmp_path / "pictures"), data=tmp_path / "data")
    app = build_app(settings)
    house = app.state.services

    def broken() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(house.renderer, "close", broken)
    monkeypatch.setattr(house.downloads, "close", broken)

    async def live() -> None:
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(live())
    assert house.keeper.draining
    with pytest.raises(RuntimeError):
        house.renditions._writer.submit(broken)
