"""The reader."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from calotype.errors import NotReady
from calotype.model import Change
from calotype.search import SearchConfig, SearchIndex, parse, terms_of
from calotype.search import index as index_module
from calotype.search.snapshot import Snapshot
from calotype.search.store import Store

from .library import CONFIG, Searching

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "products"


def test_a_search_looks_for_a_newer_index_now_and_then(at: Searching) -> None:
    now = [100.0]
    at.add("a.jpg", title="fox")
    at.commit()
    reader = SearchIndex(at.path, SearchConfig(refresh_ms=200), b"", lambda: now[0])
    at.add("b.jpg", title="fox")
    at.commit()
    assert reader.search(parse("fox")).total == 1
    now[0] += 0.2
    assert reader.search(parse("fox")).total == 2
    assert reader.generation == 2


def test_equal_pages_are_given_from_memory_until_the_index_changes(at: Searching) -> None:
    at.add("a.jpg", title="fox")
    at.commit()
    page = at.page("fox")
    assert at.page(" FOX ") is page
    at.add("b.jpg", title="fox")
    at.commit()
    assert at.page("fox").total == 2


def test_what_has_gone_counts_no_more_for_a_single_word(at: Searching) -> None:
    for name in "abc":
        at.add(f"{name}.jpg", title="fox")
    at.commit()
    assert at.page("fox", 1).total == 3
    at.library.remove("a.jpg")
    at.commit()
    assert at.page("fox", 1).total == 2


def test_more_caches_than_they_hold_are_no_trouble(tmp_path: Path) -> None:
    at = Searching(tmp_path, SearchConfig(image_cache=100, page_cache=2, refresh_ms=0))
    for number in range(150):
        at.add(f"{number}.jpg", title=f"fox n{number}")
    at.commit()
    for number in range(150):
        assert at.names(f"n{number}") == [f"{number}.jpg"]
    assert len({hit.image.id for hit in at.page("fox", 100).hits}) == 100
    at.indexer.close()


def unreadable(*_: object) -> None:
    raise ValueError("a block of the store cannot be read")


def test_a_reader_that_meets_damage_asks_for_a_rebuild(
    closet: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = closet.path / (closet.path / "current").read_text()
    flip_a_bit(next(build.glob("*.store")))
    with monkeypatch.context() as patch:
        patch.setattr(index_module, "page_of", unreadable)
        with pytest.raises(NotReady):
            closet.page("hoodie")
    closet.commit()
    assert closet.events[-1] == ("rebuild", "a reader found it damaged")
    assert closet.page("hoodie").total == 3


def test_a_bug_is_no_damage(closet: Searching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "page_of", unreadable)
    with pytest.raises(ValueError, match="block"):
        closet.page("hoodie")
    closet.commit()
    assert [name for name, _ in closet.events] == ["build"]


class PanicException(BaseException):
    """As PyO3 names it."""


@pytest.mark.parametrize("error", [ValueError, OSError, PanicException])
def test_a_commit_that_cannot_be_read_leaves_the_one_before(
    closet: Searching, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def broken(_: Snapshot) -> NoReturn:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_newest", broken)
        closet.add("red.jpg", title="red hoodie")
        closet.indexer.catch_up()
        assert not closet.index.refresh()
        assert closet.page("hoodie").total == 3
    assert closet.index.refresh()
    assert closet.page("hoodie").total == 4
    assert [name for name, _ in closet.events] == ["build"]


def test_a_commit_that_is_damaged_is_built_anew(
    closet: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Snapshot) -> NoReturn:
        raise ValueError

    closet.add("red.jpg", title="red hoodie")
    closet.indexer.catch_up()
    flip_a_bit(next((closet.path / (closet.path / "current").read_text()).glob("*.store")))
    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "_newest", broken)
        assert not closet.index.refresh()
    closet.commit()
    assert closet.events[-1] == ("rebuild", "a reader found it damaged")
    assert closet.page("hoodie").total == 4


@pytest.mark.parametrize("kind", ["idx", "pos", "term", "store", "fast", "fieldnorm"])
def test_a_flipped_bit_is_found_when_the_writer_starts(closet: Searching, kind: str) -> None:
    closet.indexer.close()
    build = closet.path / (closet.path / "current").read_text()
    flip_a_bit(next(build.glob(f"*.{kind}")))
    closet.indexer = closet.another_indexer()
    closet.commit()
    assert closet.events[-1] == ("rebuild", "it is damaged")
    assert closet.page("hoodie").total == 3


def flip_a_bit(file: Path) -> None:
    """The file is replaced, not written into: another reader has it mapped."""
    data = bytearray(file.read_bytes())
    data[len(data) // 8] ^= 1
    file.unlink()
    file.write_bytes(data)


def test_a_first_build_is_no_alarm(at: Searching, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="calotype.search"):
        at.commit()
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "the search index is being built: there is none yet")
    ]


def test_a_rebuild_is_said(closet: Searching, caplog: pytest.LogCaptureFixture) -> None:
    flip_a_bit(next((closet.path / (closet.path / "current").read_text()).glob("*.store")))
    closet.indexer.close()
    closet.indexer = closet.another_indexer()
    with caplog.at_level(logging.INFO, logger="calotype.search"):
        closet.commit()
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "the search index is being built anew: it is damaged")
    ]


def test_an_index_says_how_far_it_is_also_where_the_last_change_left_nothing(
    closet: Searching,
) -> None:
    def seq() -> int:
        assert closet.index.position is not None
        return closet.index.position.seq

    assert seq() == closet.library.seq
    closet.library.remove("tee.jpg")
    closet.commit()
    assert seq() == closet.library.seq
    closet.indexer.close()
    closet.indexer = closet.another_indexer()
    closet.commit()
    assert SearchIndex.open(closet.path, CONFIG).position == closet.index.position


def test_an_index_says_nothing_that_it_does_not_have_yet(
    closet: Searching, monkeypatch: pytest.MonkeyPatch
) -> None:
    closet.add("cap.jpg", title="Cap")
    seen: list[tuple[int, int]] = []
    note = Store.note_seq

    def noting(store: Store, build: Path, seq: int) -> None:
        for said in (False, True):
            if said:
                note(store, build, seq)
            closet.index.refresh()
            assert closet.index.position is not None
            seen.append((closet.index.position.seq, closet.index.count()))

    monkeypatch.setattr(Store, "note_seq", noting)
    closet.indexer.catch_up()
    assert seen == [(4, 5), (5, 5)]


def test_a_build_of_before_it_was_noted_says_at_least_what_it_shows(closet: Searching) -> None:
    closet.indexer.close()
    pointed = Store(closet.path, CONFIG).pointed()
    assert pointed is not None
    (pointed / "seq").unlink()
    assert SearchIndex.open(closet.path, CONFIG).position is None
    closet.indexer = closet.another_indexer()
    closet.commit()
    position = SearchIndex.open(closet.path, CONFIG).position
    assert position is not None
    assert position.seq == 4


def test_changes_are_heard_while_a_reader_knows_what_was_before(closet: Searching) -> None:
    heard: list[tuple[int, int, str]] = []

    def hear(after: int, changes: Sequence[Change]) -> None:
        closet.index.refresh()
        before = closet.index.get(changes[0].id)
        assert before is not None
        heard.append((after, changes[-1].seq, before.title))

    closet.indexer.heard = hear
    closet.add("tee.jpg", title="Fancy Tee")
    closet.commit()
    closet.commit()
    assert heard == [(4, 5, "Plain Tee")]


def test_the_terms_of_an_image_cover_what_queries_find_it_by(at: Searching) -> None:
    image = at.add("Sea/beach12.jpg", title="Foxes", tags=("Théâtre",), creator="Ansel Adams")
    at.commit()
    for text in ("fox", "sea", "beach12", "beach", "theatres", "ansel"):
        page = at.page(text)
        assert page.total == 1
        assert set(page.terms) <= terms_of(image, CONFIG)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of products is not beside the project")
def test_the_products_are_found(tmp_path: Path) -> None:
    from benchmarks import relevance

    figures = relevance.measure(CORPUS, tmp_path, seeds=3)
    assert figures["first_hit_relevant"] >= 0.99
    assert figures["precision_at_10"] >= 0.97
    assert figures["misspelt"]["first_hit_relevant_worst"] >= 0.85
