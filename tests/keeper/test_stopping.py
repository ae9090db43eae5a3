"""In which order a keeper stops, and what its edges still hear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calotype import keeper as module
from calotype.coherence import Cursors, Line, Purger
from tests.api.house import until
from tests.coherence.edges import FakeEdge, words

from .conftest import Gated, Keep, Kept


class Noted:
    """In a purger's place: notes what it finds when it is stopped."""

    def __init__(self) -> None:
        self.kept: Kept
        self.found: list[tuple[bool, bool]] = []

    def start(self) -> None: ...

    def visible(self, epoch: str, seq: int) -> None: ...

    def stop(self) -> None:
        indexing = self.kept.keeper._indexing
        assert indexing is not None
        self.found.append((indexing.is_alive(), self.kept.keeper.leads))


def leading(keep: Keep, purger: Any) -> Kept:
    kept = keep(purger=purger)
    kept.keeper.start()
    until(lambda: kept.keeper.leads, "the lease")
    return kept


def test_edges_are_told_after_the_index_has_ended_and_before_the_lease(keep: Keep) -> None:
    noted = Noted()
    noted.kept = leading(keep, noted)
    noted.kept.keeper.stop()
    assert noted.found == [(False, True)]
    assert not noted.kept.keeper.leads


def test_edges_are_told_although_a_source_hangs(
    keep: Keep, source: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP", 1.0)
    source.held = "a.png"
    noted = Noted()
    noted.kept = leading(keep, noted)
    until(lambda: noted.kept.keeper.progress.stage == "find", "a walk")
    noted.kept.keeper.stop()
    assert noted.found == [(False, True)]


def test_who_leads_sends_what_waits_for_an_edge_that_one_tells_for_all(
    keep: Keep, tmp_path: Path
) -> None:
    edge = FakeEdge()
    line = Line(edge, lambda outcome: None, pause=600, leads=lambda: kept.keeper.leads)
    cursors = Cursors(tmp_path / "purged.json")
    kept = keep()
    purger = Purger([line], kept.catalog, cursors, kept.index.get, words)
    kept.keeper._purger = purger
    kept.keeper.start()
    until(lambda: kept.keeper.leads and not kept.keeper.waiting_for, "readiness")
    until(lambda: line.oldest() is not None, "what it is told in the beginning")
    kept.keeper.stop()
    assert len(edge.taken) == 1
