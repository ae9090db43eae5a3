"""From what the index hears and shows to what the edges are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype.coherence import Cursors, Line, Purger
from calotype.coherence.purger import PURGED
from calotype.model import Image

from ..fleet.programs import until
from .edges import EPOCH, FakeEdge, FakeFeed, gone, image, put, words


class Telling:
    """A purger of one edge; `again` makes another with the same cursor and catalog."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.feed, self.known = folder, FakeFeed(), dict[str, Image]()
        self.running: list[Purger] = []

    def again(self) -> tuple[Purger, FakeEdge]:
        edge = FakeEdge()
        line = Line(edge, lambda outcome: None, pause=0.01)
        cursors = Cursors(self.folder / "purged.json")
        purger = Purger([line], self.feed, cursors, self.known.get, words)
        purger.start()
        self.running.append(purger)
        return purger, edge

    def stop(self) -> None:
        while self.running:
            self.running.pop().stop()


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Telling]:
    made = Telling(tmp_path)
    yield made
    made.stop()


def begin(telling: Telling, seq: int = 10) -> tuple[Purger, FakeEdge]:
    telling.feed.rows = [put("old", seq)]
    purger, edge = telling.again()
    purger.visible(EPOCH, seq)
    edge.wait_for_seq(seq)
    return purger, edge


def test_a_new_fleet_is_only_told_how_far_the_changes_are(telling: Telling) -> None:
    _, edge = begin(telling)
    (first,) = edge.taken
    assert (first.soft, first.hard, first.moment.epoch, first.moment.seq) == ([], [], EPOCH, 10)


def test_a_change_is_told_when_it_is_visible(telling: Telling) -> None:
    purger, edge = begin(telling)
    telling.known["ab"] = image("ab", 3, "red")
    purger.heard(10, [put("ab", 11, "blue", born=3)])
    assert purger.lag == 0.0
    telling.known.clear()  # it is committed
    purger.visible(EPOCH, 11)
    purge = edge.wait_for_seq(11)
    assert (purge.soft, purge.moment.after) == (["t-blue", "t-red", "img-ab"], 10)


def test_what_failed_to_be_committed_is_heard_twice_and_told_once(telling: Telling) -> None:
    purger, edge = begin(telling)
    purger.heard(10, [put("ab", 11, "red")])
    purger.heard(10, [put("ab", 11, "red"), put("cd", 12, "blue")])
    purger.visible(EPOCH, 12)
    assert edge.wait_for_seq(12).soft == ["t-blue", "t-red", "img-ab", "img-cd"]


def test_a_rebuild_tells_nothing_that_was_told(telling: Telling) -> None:
    purger, edge = begin(telling)
    purger.heard(0, [put("old", 10, "old"), put("ab", 11, "red")])
    purger.visible(EPOCH, 11)
    assert edge.wait_for_seq(11).soft == ["t-red", "img-ab"]


def test_what_another_process_indexed_is_read_from_the_feed(telling: Telling) -> None:
    purger, edge = begin(telling)
    telling.feed.rows += [put("ab", 11, "red"), gone("cd", 12), put("ef", 13)]
    purger.visible(EPOCH, 12)
    purge = edge.wait_for_seq(12)
    assert (purge.soft, purge.hard) == (["q", "img-ab"], ["img-cd"])


def test_a_restart_tells_what_was_not_told(telling: Telling) -> None:
    begin(telling)
    telling.stop()
    telling.feed.rows += [put("ab", 11, "red")]
    purger, edge = telling.again()
    purger.visible(EPOCH, 11)
    purge = edge.wait_for_seq(11)
    assert (purge.soft, purge.moment.after) == (["q", "img-ab"], 10)


def test_a_new_instance_begins_where_the_others_are(telling: Telling) -> None:
    begin(telling)
    telling.stop()
    assert telling.feed.counters == {PURGED: 10}
    (telling.folder / "purged.json").unlink()
    telling.feed.rows += [put("ab", 11, "red")]
    purger, edge = telling.again()
    purger.visible(EPOCH, 11)
    assert edge.wait_for_seq(11).moment.after == 10


def test_another_catalog_makes_everything_stale(telling: Telling) -> None:
    purger, edge = begin(telling)
    purger.heard(0, [put("ab", 900, "red")])
    purger.visible("e2", 900)
    purge = edge.wait_for_seq(900)
    assert (purge.soft, purge.moment.epoch, purge.moment.reset) == (["*"], "e2", False)
    assert Cursors(telling.folder / "purged.json").get(EPOCH, "edge") in (None, 10)


def test_a_catalog_that_was_restored_makes_everything_stale(telling: Telling) -> None:
    purger, edge = begin(telling)
    telling.feed.rows = [put("old", 7)]
    purger.visible(EPOCH, 7)
    edge.wait(lambda edge: len(edge.taken) == 2)
    assert (edge.taken[1].soft, edge.taken[1].moment.seq) == (["*"], 7)
    assert edge.taken[1].moment.reset


def test_an_older_index_of_the_same_catalog_tells_nothing(telling: Telling) -> None:
    purger, edge = begin(telling)
    purger.visible(EPOCH, 7)
    purger.heard(7, [put("old", 10), put("ab", 11, "red")])
    purger.visible(EPOCH, 11)
    assert edge.wait_for_seq(11).soft == ["t-red", "img-ab"]
    assert len(edge.taken) == 2


def test_an_image_that_cannot_be_read_keeps_the_index_from_nothing(telling: Telling) -> None:
    purger, edge = begin(telling)
    purger._look = lambda id: telling.known[id]  # raises
    purger.heard(10, [put("ab", 11, "red")])
    purger.visible(EPOCH, 11)
    assert edge.wait_for_seq(11).soft == ["q", "img-ab"]


def test_without_the_catalog_what_was_heard_is_told_all_the_same(telling: Telling) -> None:
    purger, edge = begin(telling)
    telling.feed.down = True
    purger.heard(10, [put("ab", 11, "red")])
    purger.visible(EPOCH, 11)
    assert edge.wait_for_seq(11).soft == ["t-red", "img-ab"]


def test_what_waits_has_an_age(telling: Telling) -> None:
    purger, edge = begin(telling)
    edge.down = True
    purger.heard(10, [put("ab", 11, "red")])
    purger.visible(EPOCH, 11)
    edge.wait(lambda edge: edge.asked >= 2)
    until(lambda: purger.lag > 0, "an age")
    edge.down = False
    edge.wait_for_seq(11)
    until(lambda: purger.lag == 0, "its end")
    assert edge.taken[-1].moment.seq == 11


def test_a_cursor_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    path = tmp_path / "purged.json"
    for text in ("", "{", "[]", '{"epoch": "e1"}', '{"epoch": "e1", "seqs": 3}'):
        path.write_text(text)
        assert Cursors(path).get(EPOCH, "edge") is None
