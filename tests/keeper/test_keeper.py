"""When a service is ready, what it says of its progress, and what it goes on after."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Event
from typing import Any, NoReturn

import pytest

from calotype.catalog import Known
from calotype.decode import thumbnail
from calotype.ingest import patience
from calotype.keeper import PATIENCE
from calotype.search import parse
from calotype.search.snapshot import Snapshot
from tests.api.house import until
from tests.decode.pictures import png, sample

from .conftest import Gated, Keep, Kept

READING = "The source is being read for the first time."
DAMAGED = "The search index is damaged, and is being built anew from the catalog."
INDEXING = "The search index is being brought up to date."


def started(kept: Kept) -> Kept:
    kept.keeper.start()
    return kept


def settled(kept: Kept) -> Kept:
    """Started, and through with everything once."""
    started(kept)
    assert kept.keeper.settled.wait(20)
    until(lambda: not kept.keeper.waiting_for, "readiness")
    return kept


def test_not_ready_before_the_start(keep: Keep) -> None:
    assert keep().keeper.waiting_for == INDEXING


def test_ready_once_the_first_walk_is_indexed(keep: Keep) -> None:
    kept = settled(keep())
    assert kept.index.search(parse("")).total == 3


def test_not_ready_while_the_first_walk_goes_on(keep: Keep, source: Gated) -> None:
    source.held = "c.webp"
    kept = started(keep())
    until(lambda: kept.index.ready and kept.index.count() == 2, "two images")
    assert kept.keeper.waiting_for == READING
    source.gate.set()
    until(lambda: not kept.keeper.waiting_for, "readiness")
    assert kept.index.count() == 3


def test_a_long_first_walk_does_not_keep_what_is_there_from_being_served(
    keep: Keep, source: Gated
) -> None:
    source.held = "c.webp"
    kept = started(keep())
    until(lambda: kept.index.ready and kept.index.count() == 2, "two images")
    kept.clock.now += PATIENCE + 1
    assert kept.keeper.waiting_for == ""


def test_a_long_first_walk_that_found_nothing_yet_is_waited_for(keep: Keep, source: Gated) -> None:
    source.held = "a.png"
    kept = started(keep())
    until(lambda: kept.keeper.waiting_for == READING, "an index")
    kept.clock.now += PATIENCE + 1
    assert kept.keeper.waiting_for == READING


def test_a_later_start_is_ready_before_the_source_is_walked(keep: Keep, source: Gated) -> None:
    settled(keep()).keeper.stop()
    source.held = "d.gif"
    (source.root / "d.gif").write_bytes(sample("gif"))
    kept = started(keep())
    until(lambda: not kept.keeper.waiting_for, "readiness")
    assert kept.index.count() == 3
    source.gate.set()
    until(lambda: kept.index.count() == 4, "the new image")


def test_draining_is_not_ready(keep: Keep) -> None:
    kept = settled(keep())
    kept.keeper.draining = True
    assert kept.keeper.waiting_for == "The service is shutting down."


def test_progress_says_stage_and_numbers(keep: Keep, source: Gated) -> None:
    source.held = "c.webp"
    kept = started(keep())
    until(lambda: kept.keeper.progress.done == 2, "two files read")
    now = kept.keeper.progress
    assert (now.stage, now.total, now.name) == ("read", 3, "b.jpg")
    source.gate.set()
    assert kept.keeper.settled.wait(20)
    until(lambda: kept.keeper.progress.stage == "", "the end")


def test_pixels_follow_the_headers(keep: Keep) -> None:
    kept = settled(keep())
    assert kept.catalog.unanalysed_count() == 0
    until(lambda: all(hit.image.analysed for hit in kept.index.search(parse("")).hits), "colours")


def test_what_only_pixels_show_to_be_broken_is_counted_and_goes(keep: Keep, source: Gated) -> None:
    (source.root / "broken.png").write_bytes(png(400, 300))
    kept = settled(keep())
    until(lambda: kept.index.count() == 3, "the broken one gone")
    value = kept.metrics.registry.get_sample_value
    assert value("calotype_refused_total", {"reason": "corrupt"}) == 1


def test_a_source_that_is_not_there_is_told_and_tried_again(keep: Keep, source: Gated) -> None:
    away = source.root.with_name("away")
    source.root.rename(away)
    kept = started(keep())
    until(lambda: "does not exist" in kept.keeper.progress.problem, "the problem")
    until(lambda: kept.faults("ingest", "SourceUnavailable") >= 2, "another try")
    away.rename(source.root)
    until(lambda: not kept.keeper.waiting_for and kept.index.count() == 3, "three images")


def test_a_source_that_cannot_be_watched_is_walked_again_from_time_to_time(
    keep: Keep, source: Gated
) -> None:
    class Bucket:
        """Of another class, as a bucket is."""

        def __getattr__(self, name: str) -> object:
            return getattr(source, name)

    kept = keep(watch=True, rescan_seconds=0.02)
    kept.sources = (Bucket(),)  # type: ignore[assignment]
    settled(kept)
    (source.root / "d.gif").write_bytes(sample("gif"))
    until(lambda: kept.index.count() == 4, "the new image")


def test_stopping_in_the_middle_keeps_what_was_done(keep: Keep, source: Gated) -> None:
    source.held = "c.webp"
    kept = started(keep())
    until(lambda: kept.index.ready and kept.index.count() == 2, "two images")
    kept.keeper._stop.set()
    source.gate.set()
    kept.keeper.stop()
    assert not any(thread.is_alive() for thread in kept.keeper._threads)
    again = settled(keep())
    assert again.index.count() == 3


def test_metrics_say_how_many_images_there_are_and_how_far_behind_the_index_is(keep: Keep) -> None:
    kept = settled(keep())
    value = kept.metrics.registry.get_sample_value
    until(lambda: value("calotype_index_images") == 3, "three images")
    kept.keeper.stop()
    kept.clock.now += 7
    assert (value("calotype_index_lag_seconds") or 0) >= 7


def test_a_damaged_index_is_built_anew_behind_the_service(keep: Keep) -> None:
    kept = settled(keep())
    kept.keeper.stop()
    index = kept.source.root.parent / "index"
    for segment in index.rglob("*.store"):
        os.truncate(segment, segment.stat().st_size // 2)
    again = settled(keep())
    assert again.index.search(parse("")).total == 3


def test_a_start_does_not_load_every_place_to_know_that_there_is_one(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    loaded: list[str] = []
    known = kept.catalog.known

    def load(source: str, names: Sequence[str] | None = None) -> dict[str, Known]:
        loaded.append(source)
        return known(source, names)

    monkeypatch.setattr(kept.catalog, "known", load)
    settled(kept)
    assert len(loaded) == 1  # the walk's own, to compare with


def test_pixels_that_were_put_off_are_looked_at_without_anything_new(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.02)
    failed: list[bytes] = []

    def starved_once(data: bytes, *rest: Any) -> Any:
        if data not in failed:
            failed.append(data)
            raise MemoryError
        return thumbnail(data, *rest)

    monkeypatch.setattr("calotype.ingest.analyse.thumbnail", starved_once)
    kept = settled(keep())
    until(lambda: kept.catalog.unanalysed_count() == 0, "colours")
    assert (kept.catalog.count(), len(failed)) == (3, 3)


def test_the_index_goes_on_after_a_commit_that_cannot_be_read(
    keep: Keep, source: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = settled(keep(watch=True))
    refused, times = Event(), iter(range(100))

    def broken(_: Snapshot) -> NoReturn:
        if next(times) == 2:
            refused.set()
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_newest", broken)
        (source.root / "d.gif").write_bytes(sample("gif"))
        assert refused.wait(20)
        assert kept.index.count() == 3
    until(lambda: kept.index.count() == 4, "the new image")
    assert kept.keeper.waiting_for == ""


def test_not_ready_while_the_index_cannot_be_written(
    keep: Keep, source: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = settled(keep(watch=True))

    def full() -> NoReturn:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kept.keeper._indexer, "catch_up", full)
        until(lambda: "Is its disk full?" in kept.keeper.waiting_for, "the problem")
        assert kept.index.count() == 3
    until(lambda: not kept.keeper.waiting_for, "readiness")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_not_ready_when_one_of_its_threads_has_died(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = settled(keep())

    def die() -> NoReturn:
        raise SystemExit

    monkeypatch.setattr(kept.keeper._indexer, "catch_up", die)
    kept.keeper._wake.set()
    until(lambda: kept.keeper.waiting_for.startswith("A part of the service has stopped"), "word")


def test_not_ready_while_the_disk_is_full(keep: Keep) -> None:
    problems = ["The disk is full."]
    kept = started(keep(space=lambda: problems[-1]))
    until(lambda: kept.keeper.waiting_for == "The disk is full.", "the disk's problem")
    problems.append("")
    until(lambda: not kept.keeper.waiting_for, "readiness")


def test_not_ready_from_the_damage_of_its_index_to_its_rebuild(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = settled(keep())
    turn = kept.keeper._turn
    until(lambda: kept.keeper._finished > turn, "a look at how the files are")

    def down(epoch: str) -> NoReturn:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(kept.keeper._indexer, "_rebuild", down)
        with next(kept.index._store.current().glob("*.store")).open("r+b") as file:
            file.write(b"damaged")  # in its place: to cut short what is mapped is a SIGBUS
        kept.keeper._wake.set()
        until(lambda: kept.keeper.waiting_for == DAMAGED, "the damage being seen")
    kept.keeper._wake.set()
    until(lambda: not kept.keeper.waiting_for, "a rebuild")
    kept.index.refresh()
    assert kept.index.search(parse("")).total == 3


def test_it_says_which_change_it_has(keep: Keep) -> None:
    kept = settled(keep())
    until(lambda: kept.keeper.seq == kept.catalog.last_seq(), "the last change")


def test_what_is_committed_while_the_feed_goes_on_is_shown(
    keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep()
    shown: list[bool] = []
    monkeypatch.setattr(kept.index, "refresh", lambda: shown.append(True))
    kept.keeper._indexer.committed()
    assert shown == [True]
