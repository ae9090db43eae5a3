"""What every source keeps to: a folder, and buckets in several stores."""

from __future__ import annotations

import pytest

from calotype.blobs import Source
from calotype.errors import NotFound, Refused

from .conftest import Fill

FILES = {"a.jpg": b"one", "sub/b.jpg": b"three", "sub/deep/ü ä.jpg": b"", ".hidden": b"x",
         "sub/.secret/c.jpg": b"x"}  # fmt: skip


@pytest.fixture
def source(fill: Fill) -> Source:
    return fill(FILES)


def test_is_a_source(source: Source) -> None:
    assert isinstance(source, Source)


def test_check_passes_where_it_can_be_listed(source: Source) -> None:
    source.check()


def test_walk_gives_all_but_the_hidden(source: Source) -> None:
    assert {entry.name for entry in source.walk()} == {"a.jpg", "sub/b.jpg", "sub/deep/ü ä.jpg"}


def test_walk_gives_sizes(source: Source) -> None:
    assert {entry.name: entry.size for entry in source.walk()}["sub/b.jpg"] == 5


def test_walk_below_a_folder(source: Source) -> None:
    assert {entry.name for entry in source.walk("sub")} == {"sub/b.jpg", "sub/deep/ü ä.jpg"}


def test_walk_below_a_file_is_that_file(source: Source) -> None:
    assert [entry.name for entry in source.walk("a.jpg")] == ["a.jpg"]


def test_walk_below_nothing_is_empty(source: Source) -> None:
    assert list(source.walk("nothing")) == []


def test_read_gives_the_content(source: Source) -> None:
    assert source.read("sub/b.jpg", 5) == b"three"


def test_read_of_an_empty_file(source: Source) -> None:
    assert source.read("sub/deep/ü ä.jpg", 5) == b""


def test_read_refuses_what_is_too_large(source: Source) -> None:
    with pytest.raises(Refused) as caught:
        source.read("sub/b.jpg", 4)
    assert caught.value.reason == "too-large"


def test_read_of_what_is_not_there(source: Source) -> None:
    with pytest.raises(NotFound):
        source.read("sub/none.jpg", 5)


def test_what_is_opened_is_read_in_parts(source: Source) -> None:
    file = source.open("sub/b.jpg")
    assert file.entry == source.stat("sub/b.jpg")
    assert [file.read(0, 5), file.read(1, 3), file.read(4, 5), file.read(5, 5)] == [
        b"three", b"hr", b"e", b"",
    ]  # fmt: skip
    file.close()
    file.close()


def test_an_empty_file_can_be_opened(source: Source) -> None:
    file = source.open("sub/deep/ü ä.jpg")
    assert (file.entry.size, file.read(0, 0)) == (0, b"")
    file.close()


def test_opening_what_is_not_there(source: Source) -> None:
    with pytest.raises(NotFound):
        source.open("sub/none.jpg")


@pytest.mark.parametrize("name", ["../a.jpg", "sub/../../a.jpg", "/etc/hostname", "a\0b"])
def test_opening_never_leaves_the_source(source: Source, name: str) -> None:
    with pytest.raises((Refused, NotFound)):
        source.open(name)


def test_another_version_is_never_read_from_what_was_opened(fill: Fill) -> None:
    file = fill({"a.jpg": b"first"}).open("a.jpg")
    assert file.read(0, 2) == b"fi"
    fill({"a.jpg": b"other, and longer"})
    with pytest.raises(NotFound):
        file.read(2, 5)
    file.close()


def test_the_seal_changes_with_the_content(fill: Fill) -> None:
    before = fill({"a.jpg": b"one"}).open("a.jpg")
    after = fill({"a.jpg": b"other"}).open("a.jpg")
    assert before.seal != after.seal
    before.close()
    after.close()


@pytest.mark.parametrize("name", ["../a.jpg", "sub/../../a.jpg", "/etc/hostname", "a\0b"])
def test_read_never_leaves_the_source(source: Source, name: str) -> None:
    with pytest.raises((Refused, NotFound)):
        source.read(name, 100)


def test_stat_is_what_walk_said(source: Source) -> None:
    for entry in source.walk():
        assert source.stat(entry.name) == entry


def test_stat_of_what_is_not_there(source: Source) -> None:
    assert source.stat("none.jpg") is None
    assert source.stat("sub") is None


def test_version_changes_with_the_content(fill: Fill) -> None:
    before = fill({"a.jpg": b"one"}).stat("a.jpg")
    after = fill({"a.jpg": b"other"}).stat("a.jpg")
    assert before is not None
    assert after is not None
    assert before.version != after.version


def test_version_stays_while_nothing_changes(source: Source) -> None:
    assert list(source.walk()) == list(source.walk())
