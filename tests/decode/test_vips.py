"""libvips is made safe once, before any thread goes on to load something."""

from __future__ import annotations

import threading

import pytest
import pyvips  # type: ignore[import-untyped]

from calotype.decode import VipsError, VipsImage, vips


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


def test_an_error_that_quotes_bytes_of_no_encoding_is_a_vips_error() -> None:
    vips.guard()
    with pytest.raises(VipsError, match="\ufffd"):
        VipsImage.black(1, 1).get(b"\xff")
    with pytest.raises(VipsError) as next_one:
        VipsImage.black(1, 1).get("none")
    assert "\ufffd" not in str(next_one.value)
