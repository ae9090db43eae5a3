"""libvips is made safe once, before any thread goes on to load something."""

from __future__ import annotations

import threading

import pytest
import pyvips  # type: ignore[import-untyped]

from calotype.decode import vips


def test_nobody_passes_while_the_loaders_are_being_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = threading.Event()

    def pass_too() -> None:
        vips.guard()
        passed.set()

    other = threading.Thread(target=pass_too)
    block, early = pyvips.operation_block_set, []

    def slowly(name: str, state: bool) -> None:
        if other.ident is None:
            other.start()
            early.append(passed.wait(0.1))
        block(name, state)

    monkeypatch.setattr(pyvips, "operation_block_set", slowly)
    vips._guard_once.cache_clear()
    vips.guard()
    other.join()
    assert early == [False]
    assert passed.is_set()
