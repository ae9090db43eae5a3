"""Snapshots of the index: a new instance begins with one, if it is sound and of this catalog."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calotype.blobs import Derived
from calotype.errors import CatalogUnavailable
from calotype.model import Change
from calotype.search import Archive, Indexer, SearchConfig, SearchIndex, parse
from calotype.search import archive as module
from calotype.search.frozen import LABEL, Frozen, Label, thaw
from calotype.search.schema import fingerprint
from calotype.search.store import Store, Unusable

from .library import CONFIG, Library

COUNT = 30


class Instance:
    """An index of its own over a library that others have too."""

    def __init__(self, path: Path, library: Library, derived: Path, **how: Any) -> None:
        self.path, self.library = path, library
        self.read: list[Change] = []
        self.events: list[str] = []
        self.epoch: str | None = "e1"
        config = how.get("config", CONFIG)
        self.archive = Archive(Derived.open(derived), config, lambda: self.now)
        self.now = 0.0
        self.indexer = Indexer(
            path,
            config,
            self._feed,
            lambda event, _: self.events.append(event),
            self._head,
            self.archive,
        )
        self.config = config

    def _head(self) -> tuple[str, int]:
        if self.epoch is None:
            raise CatalogUnavailable("down")
        return self.epoch, self.library.seq

    def _feed(self, after: int, limit: int) -> list[Change]:
        found = self.library.feed(after, limit)
        self.read += found
        return found

    def publish(self) -> None:
        self.indexer.catch_up()
        frozen = self.indexer.freeze()
        assert frozen is not None
        with frozen:
            assert self.archive.publish(frozen)

    def names(self) -> list[str]:
        hits = SearchIndex.open(self.path, self.config).search(parse(""), 100).hits
        return sorted(hit.image.name for hit in hits)


Start = Callable[..., Instance]


@pytest.fixture
def derived(tmp_path: Path) -> Path:
    return tmp_path / "derived"


@pytest.fixture
def library() -> Library:
    library = Library()
    for number in range(COUNT):
        library.add(f"{number:02}.jpg", title=f"fox {number}")
    return library


@pytest.fixture
def start(tmp_path: Path, library: Library, derived: Path) -> Iterator[Start]:
    """`start("name")`: a new instance."""
    started: list[Instance] = []

    def make(name: str, **how: Any) -> Instance:
        started.append(Instance(tmp_path / name, library, derived, **how))
        return started[-1]

    yield make
    for each in started:
        each.indexer.close()


def snapshots(derived: Path) -> list[Path]:
    return sorted(derived.rglob("*.tar"))


def assert_built_from_the_catalog(instance: Instance) -> None:
    instance.indexer.catch_up()
    assert "snapshot" not in instance.events
    assert len(instance.read) == COUNT
    assert len(instance.names()) == COUNT


def test_a_new_instance_begins_with_it_and_follows_the_feed_from_there(
    start: Start, library: Library
) -> None:
    start("old").publish()
    library.add("new.jpg", title="fox")
    library.remove("00.jpg")
    new = start("new")
    assert new.indexer.catch_up() == 2
    assert new.events == ["build", "snapshot"]
    assert [change.seq for change in new.read] == [COUNT + 1, COUNT + 2]
    assert new.names() == sorted([*(f"{n:02}.jpg" for n in range(1, COUNT)), "new.jpg"])


def test_it_says_how_much_of_it_has_come(start: Start, derived: Path) -> None:
    start("old").publish()
    size = snapshots(derived)[0].stat().st_size
    archive, seen = Archive(Derived.open(derived), CONFIG), [(0, 0)]
    store = Store(derived.parent / "new", CONFIG)
    assert archive.fetch(store, None, None, lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (size, size)


def test_nothing_is_taken_where_there_is_a_sound_index(start: Start) -> None:
    old = start("old")
    old.publish()
    old.indexer.close()
    again = start("old")
    again.indexer.catch_up()
    assert again.events == []


def test_a_damaged_index_is_replaced_by_it(start: Start) -> None:
    old = start("old")
    old.publish()
    Store(old.path, CONFIG).note_damage()
    old.indexer.catch_up()
    assert old.events[-2:] == ["rebuild", "snapshot"]
    assert len(old.names()) == COUNT


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_one_that_was_cut_short_is_ignored(start: Start, derived: Path, share: float) -> None:
    start("old").publish()
    (snapshot,) = snapshots(derived)
    os.truncate(snapshot, int(snapshot.stat().st_size * share))
    assert_built_from_the_catalog(start("new"))


def test_one_that_was_cut_short_between_two_files_is_ignored(start: Start, derived: Path) -> None:
    start("old").publish()
    (snapshot,) = snapshots(derived)
    with tarfile.open(snapshot) as tar:
        last = max(member.offset for member in tar)
    os.truncate(snapshot, last)
    assert_built_from_the_catalog(start("new"))


def test_one_with_a_flipped_bit_is_ignored(start: Start, derived: Path) -> None:
    start("old").publish()
    (snapshot,) = snapshots(derived)
    with tarfile.open(snapshot) as tar:
        store = next(member for member in tar if member.name.endswith(".store"))
    data = bytearray(snapshot.read_bytes())
    data[store.offset_data + 3] ^= 1
    snapshot.write_bytes(data)
    assert_built_from_the_catalog(start("new"))


def test_one_of_another_catalog_is_ignored(start: Start) -> None:
    start("old").publish()
    new = start("new")
    new.epoch = "e2"
    assert_built_from_the_catalog(new)


def test_one_that_was_renamed_is_ignored(start: Start, derived: Path) -> None:
    start("old").publish()
    (snapshot,) = snapshots(derived)
    (snapshot.parent.with_name("e2")).mkdir()
    snapshot.rename(snapshot.parent.with_name("e2") / snapshot.name)
    new = start("new")
    new.epoch = "e2"
    assert_built_from_the_catalog(new)


def test_one_with_other_settings_is_ignored(start: Start) -> None:
    start("old").publish()
    assert_built_from_the_catalog(start("new", config=SearchConfig(language="none", refresh_ms=0)))


def test_one_that_is_ahead_of_the_catalog_is_ignored(start: Start, library: Library) -> None:
    library.add("later.jpg")
    start("old").publish()
    last = library.rows.popitem()[1]
    library.seq = last.seq - 1
    assert_built_from_the_catalog(start("new"))


def test_the_older_one_serves_where_the_newest_is_damaged(
    start: Start, library: Library, derived: Path
) -> None:
    old = start("old")
    old.publish()
    library.add("new.jpg")
    old.publish()
    snapshots(derived)[-1].write_bytes(b"damaged")
    new = start("new")
    assert new.indexer.catch_up() == 1
    assert new.events == ["build", "snapshot"]


def test_with_the_catalog_down_it_is_what_is_served(start: Start) -> None:
    start("old").publish()
    new = start("new")
    new.epoch = None
    with pytest.raises(CatalogUnavailable):
        new.indexer.catch_up()
    assert len(new.names()) == COUNT
    new.epoch = "e1"
    assert new.indexer.catch_up() == 0


def test_with_the_catalog_down_and_snapshots_of_two_none_is_guessed(start: Start) -> None:
    start("old").publish()
    other = start("other")
    other.epoch = "e2"
    other.publish()
    new = start("new")
    new.epoch = None
    with pytest.raises(CatalogUnavailable):
        new.indexer.catch_up()
    assert not SearchIndex.open(new.path, CONFIG).ready


def test_two_are_kept(start: Start, library: Library, derived: Path) -> None:
    old = start("old")
    for number in range(4):
        library.add(f"new{number}.jpg")
        old.publish()
    names = [snapshot.name for snapshot in snapshots(derived)]
    assert names == [f"{seq:016}.tar" for seq in (COUNT + 3, COUNT + 4)]


def test_what_others_left_goes_after_a_week(start: Start, derived: Path) -> None:
    other = start("other")
    other.epoch = "e2"
    other.publish()
    old = start("old")
    week = module.FORGOTTEN.total_seconds()
    (left,) = snapshots(derived)
    old.now = left.stat().st_mtime + week - 60
    old.publish()
    assert left.exists()
    old.now += 120
    old.publish()
    assert not left.exists()


def test_it_is_due_when_there_is_none_and_later_when_enough_has_changed(
    start: Start, derived: Path
) -> None:
    old = start("old")
    assert not old.archive.due("e1", 0)
    assert old.archive.due("e1", COUNT)
    old.publish()
    (published,) = snapshots(derived)
    written, many = published.stat().st_mtime, module.MANY
    soon, late = module.SOON.total_seconds() + 1, module.LATE.total_seconds() + 1
    due = {}
    for age in (0.0, soon, late):
        old.now = written + age
        due[age] = [old.archive.due("e1", COUNT + changes) for changes in (0, 1, many)]
    assert due == {
        0.0: [False, False, False],
        soon: [False, False, True],
        late: [False, True, True],
    }


def test_stopping_leaves_none(start: Start, derived: Path) -> None:
    old = start("old")
    old.indexer.catch_up()
    frozen = old.indexer.freeze()
    assert frozen is not None
    with frozen:
        assert not old.archive.publish(frozen, lambda: True)
    assert snapshots(derived) == []


def test_the_index_may_go_on_while_it_is_published(start: Start, library: Library) -> None:
    old = start("old")
    old.indexer.catch_up()
    frozen = old.indexer.freeze()
    assert frozen is not None
    for number in range(20):  # enough for segments to be merged and removed
        library.add(f"new{number}.jpg")
        old.indexer.catch_up()
    with frozen:
        old.archive.publish(frozen)
    new = start("new")
    assert new.indexer.catch_up() == 20
    assert len(new.names()) == COUNT + 20


def test_what_was_merged_away_is_removed_after_it_too(start: Start, library: Library) -> None:
    start("old").publish()
    new = start("new")
    new.indexer.catch_up()
    build = Store(new.path, CONFIG).current()
    first = {file.name for file in build.glob("*.store")}
    for number in range(COUNT):
        library.add(f"{number:02}.jpg", title="changed")
    new.indexer.catch_up()
    new.indexer.close()  # waits for nothing; a new writer clears away
    library.add("last.jpg")
    new.indexer.catch_up()
    assert not first & {file.name for file in build.glob("*.store")}


# What a store may hold that is no snapshot --------------------------------------------------------


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> Iterator[bytes]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, data in members:
            info.size = len(data) if info.isreg() else 0
            tar.addfile(info, io.BytesIO(data))
    return iter([buffer.getvalue()])


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "info",
    [
        tarfile.TarInfo("../evil"),
        tarfile.TarInfo("/tmp/evil"),
        tarfile.TarInfo(f"{'a' * 32}.store/../../evil"),
        tarfile.TarInfo("current"),
        link("meta.json", tarfile.SYMTYPE),
        link("meta.json", tarfile.LNKTYPE),
        link("epoch", tarfile.FIFOTYPE),
        link(f"{'a' * 32}.store", tarfile.DIRTYPE),
    ],
    ids=lambda info: f"{info.name[-12:]}-{info.type.decode()}",
)
def test_only_files_of_an_index_are_unpacked(tmp_path: Path, info: tarfile.TarInfo) -> None:
    build = tmp_path / "index" / "build"
    build.mkdir(parents=True)
    with pytest.raises(Unusable, match="a file that no index has"):
        thaw(tar_of((info, b"x")), build, Label("f", "e", 1), 1 << 20)
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []


def test_no_more_is_unpacked_than_it_may_be(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="larger"):
        thaw(tar_of((tarfile.TarInfo(LABEL), b"x" * 2000)), tmp_path, Label("f", "e", 1), 1999)
    assert not (tmp_path / LABEL).exists()


def test_the_label_has_to_fit(start: Start, tmp_path: Path) -> None:
    old = start("old")
    old.indexer.catch_up()
    label = Label(fingerprint(CONFIG), "e1", COUNT)
    (tmp_path / "build").mkdir()
    with (
        Frozen(Store(old.path, CONFIG).current(), label) as frozen,
        pytest.raises(Unusable, match="of another index"),
    ):
        thaw(frozen.stream(), tmp_path / "build", replace(label, seq=COUNT + 1), 1 << 30)
