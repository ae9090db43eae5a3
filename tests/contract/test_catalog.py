"""What every catalog keeps to, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from calotype.catalog import Catalog, Drop, Pixels, Put, Refuse, Retext, Spoil, Words
from calotype.catalog.words import NOTHING
from calotype.model import Color, Image, Place

A, B = "a" * 40, "b" * 40


def image(id: str) -> Image:
    return Image(id, "jpeg", 40, 30, 1000, ())


def put(
    id: str,
    name: str,
    version: str = "1",
    source: str = "/s",
    embedded: Words = NOTHING,
    beside: Words = NOTHING,
) -> Put:
    return Put(Place(source, name, version), image(id), embedded, beside)


def got(catalog: Catalog, id: str) -> Image:
    found = catalog.get(id)
    assert found is not None
    return found


def seqs(catalog: Catalog, after: int = 0) -> list[tuple[int, str, bool]]:
    return [(c.seq, c.id, c.image is not None) for c in catalog.changes(after)]


def test_empty_at_first(catalog: Catalog) -> None:
    assert (catalog.count(), catalog.last_seq(), catalog.changes(0)) == (0, 0, [])


def test_what_was_put_can_be_got(catalog: Catalog) -> None:
    catalog.apply([put(A, "x/a.jpg")])
    found = got(catalog, A)
    assert (found.id, found.width, found.name, found.seq, found.born) == (A, 40, "x/a.jpg", 1, 1)


def test_an_unknown_id_is_none(catalog: Catalog) -> None:
    assert catalog.get(A) is None


def test_what_was_put_meanwhile_is_not_dropped(catalog: Catalog) -> None:
    """Who says so late has looked before another put it there."""
    catalog.apply([put(A, "a.jpg", "1")])
    catalog.apply([put(A, "a.jpg", "2")])
    assert catalog.apply([Drop("/s", "a.jpg", "1")]).removed == []
    assert got(catalog, A).name == "a.jpg"


def test_a_counter_that_is_far_enough_waits_for_nobody_who_writes(url: str) -> None:
    catalog, other = Catalog.open(url, busy_seconds=0), Catalog.open(url, busy_seconds=0)
    catalog.advance("purged", 7)
    with other.withholding(A):
        catalog.advance("purged", 7)
    assert catalog.counter("purged") == 7
    catalog.close()
    other.close()


def test_each_image_gets_the_next_seq(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), put(B, "b.jpg")])
    assert seqs(catalog) == [(1, A, True), (2, B, True)]


def test_what_changes_nothing_gets_no_seq(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    catalog.apply([put(A, "a.jpg")])
    assert catalog.last_seq() == 1


def test_a_touched_file_gets_no_seq_but_its_version_is_known(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg", "1")])
    catalog.apply([put(A, "a.jpg", "2")])
    assert catalog.last_seq() == 1
    assert catalog.known("/s")["a.jpg"].version == "2"


def test_the_feed_goes_on_after_a_seq_and_is_limited(catalog: Catalog) -> None:
    catalog.apply([put(f"{i:040d}", f"{i}.jpg") for i in range(5)])
    assert [c.seq for c in catalog.changes(2, limit=2)] == [3, 4]


def test_an_image_is_in_the_feed_once(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    catalog.apply([put(A, "a.jpg", beside=Words(title="New"))])
    assert seqs(catalog) == [(2, A, True)]


def test_the_same_content_twice_is_one_image_with_two_places(catalog: Catalog) -> None:
    catalog.apply([put(A, "b.jpg"), put(A, "a.jpg")])
    assert [place.name for place in got(catalog, A).places] == ["a.jpg", "b.jpg"]
    assert catalog.count() == 1


def test_an_image_stays_until_its_last_place_goes(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), put(A, "b.jpg")])
    catalog.apply([Drop("/s", "a.jpg", "1")])
    assert got(catalog, A).name == "b.jpg"
    applied = catalog.apply([Drop("/s", "b.jpg", "1")])
    assert applied.removed == [A]
    assert catalog.get(A) is None


def test_what_goes_leaves_a_tombstone_in_the_feed(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    catalog.apply([Drop("/s", "a.jpg", "1")])
    assert seqs(catalog) == [(2, A, False)]
    assert catalog.count() == 0


def test_what_comes_back_is_born_again(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    catalog.apply([Drop("/s", "a.jpg", "1")])
    applied = catalog.apply([put(A, "a.jpg")])
    assert applied.added == [A]
    assert (got(catalog, A).seq, got(catalog, A).born) == (3, 3)


def test_a_moved_file_is_the_same_image(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    catalog.apply([Pixels(A, (Color("red", "#ff0000", 1.0),), "hash", False)])
    applied = catalog.apply([put(A, "moved.jpg"), Drop("/s", "a.jpg", "1")])
    found = got(catalog, A)
    assert (applied.added, applied.changed, applied.removed) == ([], [A], [])
    assert (found.name, found.born, found.analysed) == ("moved.jpg", 1, True)


def test_replaced_content_is_one_change(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg", "1")])
    applied = catalog.apply([put(B, "a.jpg", "2")])
    assert (applied.added, applied.changed, applied.removed) == ([], [B], [])
    assert seqs(catalog) == [(2, B, True), (3, A, False)] or seqs(catalog) == [
        (2, A, False),
        (3, B, True),
    ]


def test_what_comes_and_goes_in_one_transaction_leaves_no_trace(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), Drop("/s", "a.jpg", "1")])
    assert (catalog.last_seq(), catalog.known("/s")) == (0, {})


def test_a_text_beside_beats_one_embedded_and_both_beat_the_name(catalog: Catalog) -> None:
    embedded = Words(title="Embedded", description="Embedded", tags=("one",))
    beside = Words(title="Beside", tags=("two", "One"), fallback="Name")
    catalog.apply([put(A, "a.jpg", embedded=embedded, beside=beside)])
    found = got(catalog, A)
    assert (found.title, found.description) == ("Beside", "Embedded")
    assert found.tags == ("two", "One")


def test_without_any_title_the_name_is_one(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg", beside=Words(fallback="Red fox"))])
    assert got(catalog, A).title == "Red fox"


def test_texts_beside_change_without_the_file(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg", embedded=Words(creator="Ann"))])
    applied = catalog.apply([Retext("/s", "a.jpg", Words(title="New"), "v2")])
    assert applied.changed == [A]
    assert (got(catalog, A).title, got(catalog, A).creator) == ("New", "Ann")
    assert catalog.known("/s")["a.jpg"].beside_version == "v2"


def test_texts_of_all_places_are_merged_whatever_came_first(catalog: Catalog) -> None:
    catalog.apply([put(A, "z.jpg", beside=Words(title="Z", tags=("z",)))])
    catalog.apply([put(A, "a.jpg", beside=Words(title="A", tags=("a",)))])
    assert (got(catalog, A).title, got(catalog, A).tags) == ("A", ("a", "z"))


def test_a_refused_file_is_known_with_its_reason(catalog: Catalog) -> None:
    catalog.apply([Refuse(Place("/s", "bad.jpg", "1"), "empty", "The file is empty.")])
    known = catalog.known("/s")["bad.jpg"]
    assert (known.image_id, known.reason, known.message) == (None, "empty", "The file is empty.")
    assert catalog.last_seq() == 0


def test_an_image_whose_file_is_refused_goes(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    applied = catalog.apply([Refuse(Place("/s", "a.jpg", "2"), "truncated", "cut off")])
    assert applied.removed == [A]


def test_a_refused_file_that_was_mended_becomes_an_image(catalog: Catalog) -> None:
    catalog.apply([Refuse(Place("/s", "a.jpg", "1"), "truncated", "cut off")])
    catalog.apply([put(A, "a.jpg", "2")])
    assert catalog.known("/s")["a.jpg"].image_id == A


def test_pixels_are_kept_and_ask_no_second_look(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg")])
    assert [found.id for found in catalog.unanalysed(10)] == [A]
    catalog.apply([Pixels(A, (Color("red", "#ff0000", 0.5),), "hash", True)])
    found = got(catalog, A)
    assert (found.colors[0].name, found.thumbhash, found.alpha) == ("red", "hash", True)
    assert catalog.unanalysed(10) == []
    assert catalog.unanalysed_count() == 0


def test_unanalysed_goes_on_after_a_seq(catalog: Catalog) -> None:
    catalog.apply([put(f"{i:040d}", f"{i}.jpg") for i in range(5)])
    assert [found.seq for found in catalog.unanalysed(2, after=3)] == [4, 5]


def test_pixels_of_what_has_gone_are_dropped(catalog: Catalog) -> None:
    catalog.apply([Pixels(A, (), None, False)])
    assert catalog.last_seq() == 0


def test_a_spoiled_image_goes_and_all_its_places_are_refused(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg"), put(A, "b.jpg")])
    applied = catalog.apply([Spoil(A, "corrupt", "It cannot be decoded.")])
    assert applied.removed == [A]
    assert {name: k.reason for name, k in catalog.known("/s").items()} == {
        "a.jpg": "corrupt",
        "b.jpg": "corrupt",
    }


def test_sources_are_apart(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg", source="/one"), put(A, "a.jpg", source="/two")])
    catalog.apply([Drop("/one", "a.jpg", "1")])
    assert catalog.sources() == ["/one", "/two"]
    assert got(catalog, A).places[0].source == "/two"


def test_a_source_has_something_once_a_place_of_it_is_known(catalog: Catalog) -> None:
    catalog.remember_source("/one", "drive")
    catalog.apply([put(A, "a.jpg", source="/two")])
    assert (catalog.has("/one"), catalog.has("/two"), catalog.has("/three")) == (False, True, False)
    catalog.apply([Refuse(Place("/one", "b.jpg", "1"), "corrupt", "No.")])
    assert catalog.has("/one")


def test_a_place_of_another_source_survives_a_change_here(catalog: Catalog) -> None:
    catalog.apply([put(A, "a.jpg", source="/one")])
    catalog.apply([put(A, "b.jpg", source="/two")])
    assert len(got(catalog, A).places) == 2


def test_known_places_by_name_and_below_a_folder(catalog: Catalog) -> None:
    names = ["a.jpg", "f.jpg", "f/a.jpg", "f/g/b.jpg", "f0/c.jpg", "F/d.jpg", "f-/e.jpg"]
    catalog.apply([put(f"{i:040d}", name) for i, name in enumerate(names)])
    assert set(catalog.known("/s", ["a.jpg", "none"])) == {"a.jpg"}
    assert set(catalog.known_below("/s", ["f"])) == {"f/a.jpg", "f/g/b.jpg"}
    assert set(catalog.known_below("/s", [""])) == set(names)


def test_a_sources_identity_is_remembered(catalog: Catalog) -> None:
    assert catalog.identity("/s") == ""
    catalog.remember_source("/s", "1:2")
    catalog.remember_source("/s", "1:3")
    assert catalog.identity("/s") == "1:3"
    assert catalog.sources() == ["/s"]


@pytest.mark.parametrize("text", ["O'Brien; DROP TABLE images;--", "日本 🦊", "a\0b", "%_\\"])
def test_any_text_is_only_text(catalog: Catalog, text: str) -> None:
    name = text.replace("\0", "") + ".jpg"
    catalog.apply([put(A, name, beside=Words(title=text, tags=(text,)))])
    assert (got(catalog, A).title, got(catalog, A).tags) == (text, (text,))
    assert set(catalog.known("/s", [name])) == {name}


def test_more_operations_than_one_statement_takes(catalog: Catalog) -> None:
    catalog.apply([put(f"{i:040d}", f"{i}.jpg") for i in range(1200)])
    catalog.apply([Drop("/s", f"{i}.jpg", "1") for i in range(1200)])
    assert (catalog.count(), catalog.last_seq()) == (0, 2400)


def test_one_failing_operation_undoes_all(catalog: Catalog) -> None:
    broken = Put(Place("/s", "b.jpg", "1"), image("b" * 40), beside=Words(title="\ud800"))
    with pytest.raises(TypeError):
        catalog.apply([put(A, "a.jpg"), broken])
    assert (catalog.count(), catalog.last_seq(), catalog.known("/s")) == (0, 0, {})


def test_a_counter_only_ever_rises(catalog: Catalog) -> None:
    assert catalog.counter("purged") is None
    for value in (7, 5, 9):
        catalog.advance("purged", value)
    assert (catalog.counter("purged"), catalog.last_seq()) == (9, 0)


def test_writers_at_the_same_time_leave_no_gap_in_the_feed(catalog: Catalog, url: str) -> None:
    """And a reader that follows meanwhile is never overtaken: it sees each seq, in order."""
    writers, each = 4, 12

    def write(writer: int) -> None:
        other = Catalog.open(url)
        for i in range(each):
            other.apply([put(f"{writer:020d}{i:020d}", f"{writer}-{i}.jpg")])
        other.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while len(seen) < writers * each:
        seen += [change.seq for change in catalog.changes(seen[-1] if seen else 0)]
        if not any(thread.is_alive() for thread in threads) and catalog.last_seq() == len(seen):
            break
    for thread in threads:
        thread.join()
    assert seen == list(range(1, writers * each + 1))


def test_two_that_start_together_both_find_the_tables(url: str) -> None:
    start, failures = threading.Barrier(4), []

    def open_it() -> None:
        start.wait()
        try:
            Catalog.open(url).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    catalog = Catalog.open(url)
    assert catalog.count() == 0
    catalog.close()


def test_a_catalog_has_an_epoch_of_its_own(catalog: Catalog, tmp_path: Path) -> None:
    other = Catalog.open(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert catalog.epoch() == catalog.epoch() != other.epoch()
    other.close()
