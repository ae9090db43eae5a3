"""The writer: following the catalog, rebuilding, and surviving."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from calotype.errors import NotReady
from calotype.model import Change
from calotype.search import SearchConfig, SearchIndex, parse
from calotype.search.indexer import Indexer
from calotype.search.store import Store

from .library import CONFIG, Library, Searching, identify


def build(at: Searching) -> Path:
    return at.path / (at.path / "current").read_text()


def test_a_change_replaces_the_image(at: Searching) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    at.add("a.jpg", title="dog")
    at.commit()
    assert (at.names("fox"), at.names("dog"), at.index.count()) == ([], ["a.jpg"], 1)


def test_a_removal_removes(at: Searching) -> None:
    at.add("a.jpg", title="fox")
    at.add("b.jpg", title="fox")
    at.commit()
    at.library.remove("a.jpg")
    at.commit()
    assert at.names("") == ["b.jpg"]
    assert at.page("fox").total == 1
    assert at.index.get(identify("a.jpg")) is None


def test_the_record_comes_back_whole(at: Searching) -> None:
    image = at.add("é/ü.jpg", title="Füchse", tags=("a", "b"), thumbhash="AAA=", created="2024")
    at.commit()
    assert at.index.get(image.id) == image
    assert at.page("fuchse").hits[0].image == image


def test_nothing_to_do_commits_nothing(at: Searching) -> None:
    at.add("a.jpg")
    at.commit()
    generation = at.index.generation
    assert at.indexer.catch_up() == 0
    assert not at.index.refresh()
    assert at.index.generation == generation


def test_what_is_there_of_a_feed_that_does_not_end_is_shown(
    at: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.add("first.jpg", title="fox")
    at.commit()
    at.indexer.close()
    seconds = itertools.count()
    at.indexer = Indexer(at.path, CONFIG, at.library.feed, clock=lambda: float(next(seconds)))
    monkeypatch.setattr("calotype.search.indexer.BATCH", 1)
    seen: list[tuple[int, int]] = []

    def committed() -> None:
        at.index.refresh()
        seen.append((at.index.count(), at.indexer.last_seq))

    at.indexer.committed = committed
    for number in range(3):
        at.add(f"{number}.jpg", title="fox")
    assert at.indexer.catch_up() == 3
    assert seen == [(2, 2), (3, 3)]
    assert at.indexer.last_seq == 4


def test_a_new_indexer_goes_on_where_the_last_one_stopped(at: Searching) -> None:
    at.add("a.jpg")
    at.commit()
    at.indexer.close()
    at.add("b.jpg")
    at.indexer = at.another_indexer()
    assert at.indexer.catch_up() == 1
    assert at.events == [("build", "there is none yet")]


def test_an_image_that_changes_during_a_build_is_one_image(at: Searching) -> None:
    at.add("a.jpg", title="old")
    first = at.library.feed(0, 1)
    calls: list[int] = []

    def feed(after: int, limit: int) -> list[Change]:
        calls.append(after)
        if len(calls) == 1:
            return first
        if len(calls) == 2:
            at.add("a.jpg", title="new")
        return at.library.feed(after, limit)

    at.indexer = Indexer(at.path, CONFIG, feed)
    at.commit()
    assert (at.index.count(), at.names("new")) == (1, ["a.jpg"])


def test_one_writer_at_a_time(at: Searching) -> None:
    at.add("a.jpg")
    at.commit()
    other = at.another_indexer()
    at.add("b.jpg")
    assert other.catch_up() == 0
    at.indexer.close()
    assert other.catch_up() == 1
    other.close()


def test_a_missing_index_is_not_ready(tmp_path: Path) -> None:
    index = SearchIndex.open(tmp_path, CONFIG)
    assert not index.ready
    with pytest.raises(NotReady):
        index.search(parse("fox"))


def test_other_settings_rebuild_beside_the_old(at: Searching) -> None:
    at.add("a.jpg", title="foxes")
    at.commit()
    at.indexer.close()
    before = build(at)
    config = SearchConfig(language="none", refresh_ms=0)
    other = Indexer(at.path, config, at.library.feed, lambda *event: at.events.append(event))
    assert not SearchIndex.open(at.path, config).ready
    assert at.names("fox") == ["a.jpg"]
    other.catch_up()
    assert at.events[-1] == ("rebuild", "it was built by another version or with other settings")
    assert not before.exists()
    assert SearchIndex.open(at.path, config).search(parse("foxes", config=config)).total == 1
    assert at.names("fox") == ["a.jpg"], "a reader keeps what it has open"
    other.close()


@pytest.mark.parametrize("suffix", ["meta.json", ".idx", ".term", ".store", ".fast"])
def test_a_damaged_index_is_rebuilt(at: Searching, suffix: str) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    at.indexer.close()
    for file in build(at).iterdir():
        if file.name.endswith(suffix):
            file.unlink()  # not written into: the reader has it mapped
            file.write_bytes(b"\x00damaged")
    at.indexer = at.another_indexer()
    at.commit()
    assert at.events[-1] == ("rebuild", "it is damaged")
    assert SearchIndex.open(at.path, CONFIG).count() == 1


def test_a_missing_build_is_rebuilt(at: Searching) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    at.indexer.close()
    (at.path / "current").write_text("nowhere")
    at.indexer = at.another_indexer()
    at.commit()
    assert at.names("fox") == ["a.jpg"]


def test_what_a_reader_finds_damaged_the_writer_rebuilds(at: Searching) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    Store(at.path, CONFIG).note_damage()
    at.commit()
    assert at.events[-1] == ("rebuild", "a reader found it damaged")
    assert at.names("fox") == ["a.jpg"]


def test_a_write_that_fails_is_tried_again(at: Searching, monkeypatch: pytest.MonkeyPatch) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    at.add("b.jpg", title="fox")
    with monkeypatch.context() as patch:
        patch.setattr("calotype.search.indexer.id_key", _no_space)
        with pytest.raises(OSError, match="No space"):
            at.indexer.catch_up()
    assert at.events[-1] == ("failed", "OSError")
    assert at.names("fox") == ["a.jpg"]
    at.commit()
    assert at.page("fox").total == 2


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_index_of_another_catalog_is_built_anew(at: Searching) -> None:
    at.add("old.jpg", title="fox")
    at.commit()
    at.indexer.close()
    at.library = Library()
    at.add("new.jpg", title="owl")
    at.indexer = Indexer(at.path, CONFIG, at.library.feed, head=lambda: ("another", at.library.seq))
    at.commit()
    assert at.names("") == ["new.jpg"]


def test_a_catalog_that_goes_back_to_a_backup_is_indexed_anew(at: Searching) -> None:
    library = at.library
    at.indexer = Indexer(
        at.path,
        CONFIG,
        lambda after, limit: library.feed(after, limit),
        head=lambda: ("", library.seq),
    )
    at.add("kept.jpg")
    backup = dict(library.rows)
    at.add("lost.jpg")
    at.commit()
    library.rows, library.seq = backup, 1
    at.commit()
    assert at.names("") == ["kept.jpg"]


def test_a_catalog_that_is_replaced_while_it_is_followed_is_indexed_anew(at: Searching) -> None:
    epoch = ["one"]
    at.indexer = Indexer(at.path, CONFIG, at.library.feed, head=lambda: (epoch[0], at.library.seq))
    at.add("old.jpg")
    at.commit()
    at.library = Library()
    at.add("new.jpg")
    at.indexer._feed, epoch[0] = at.library.feed, "two"
    at.commit()
    assert at.names("") == ["new.jpg"]


def test_a_feed_without_news_is_not_read(at: Searching) -> None:
    reads: list[int] = []

    def feed(after: int, limit: int) -> list[Change]:
        reads.append(after)
        return at.library.feed(after, limit)

    at.indexer = Indexer(at.path, CONFIG, feed, head=lambda: ("", at.library.seq))
    at.add("a.jpg")
    at.commit()
    before = len(reads)
    at.commit()
    assert len(reads) == before


@pytest.mark.parametrize("how", ["overwritten", "gone"])
def test_an_index_that_is_damaged_while_it_is_followed_is_rebuilt(at: Searching, how: str) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    (segment,) = build(at).glob("*.store")
    segment.unlink()
    if how == "overwritten":
        segment.write_bytes(b"\x00damaged")
    at.commit()  # nothing has changed in the catalog
    assert at.events[-1] == ("rebuild", "it is damaged")
    assert at.names("fox") == ["a.jpg"]


def test_a_file_that_was_touched_and_is_sound_rebuilds_nothing(at: Searching) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    (segment,) = build(at).glob("*.store")
    segment.touch()
    at.commit()
    assert [event for event, _ in at.events] == ["build"]


def test_a_reader_that_met_damage_is_not_ready_until_it_is_mended(at: Searching) -> None:
    for number in range(50):
        at.add(f"{number}.jpg", title=f"fox {number}")
    at.commit()
    for segment in build(at).glob("*.store"):
        data = bytearray(segment.read_bytes())
        data[: len(data) // 2] = bytes(len(data) // 2)
        with segment.open("r+b") as file:  # in place: the reader has it mapped
            file.write(data)
    with pytest.raises(NotReady, match="is being rebuilt"):
        at.names("")
    assert not at.index.ready
    at.commit()
    assert at.index.ready
    assert len(at.names("", 100)) == 50


def test_what_a_killed_build_left_is_swept(at: Searching) -> None:
    at.add("a.jpg")
    at.commit()
    at.indexer.close()
    left = Store(at.path, CONFIG).create("")
    at.indexer = at.another_indexer()
    at.commit()
    assert not left.exists()
    assert at.index.count() == 1


def test_the_pointer_never_leads_out_of_the_folder(at: Searching) -> None:
    at.add("a.jpg")
    at.commit()
    at.indexer.close()
    name = (at.path / "current").read_text()
    (at.path / "current").write_text(f"{name}/../../elsewhere")
    assert not SearchIndex.open(at.path, CONFIG).ready


def test_meta_is_plain_json_so_that_a_commit_is_seen_by_its_stat(at: Searching) -> None:
    at.add("a.jpg")
    at.commit()
    assert json.loads((build(at) / "meta.json").read_text())["segments"]
    state = Store(at.path, CONFIG).state()
    at.add("b.jpg")
    at.commit()
    assert Store(at.path, CONFIG).state() != state
