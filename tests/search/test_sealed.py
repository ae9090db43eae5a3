"""Files of the index that somebody else changed are noticed; a rebuild they cost only if broken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .library import Searching


def a_file(closet: Searching, suffix: str = ".store") -> Path:
    return next(file for file in closet.path.rglob("*") if file.suffix == suffix)


def flip(file: Path) -> None:
    """One bit of it, in place."""
    with file.open("r+b") as opened:
        first = opened.read(1)[0]
        opened.seek(0)
        opened.write(bytes([first ^ 1]))
    os.utime(file, (1, 1))


@pytest.mark.parametrize("suffix", [".store", ".term", ".idx", ".fast"])
def test_a_flipped_bit_is_damage_until_it_is_built_anew(closet: Searching, suffix: str) -> None:
    closet.index.examine()
    flip(a_file(closet, suffix))
    closet.index.examine()
    assert closet.index.damaged
    closet.commit()
    assert closet.events[-1] == ("rebuild", "a reader found it damaged")
    assert not closet.index.damaged
    assert len(closet.names("hoodie")) == 3


def test_a_file_that_has_gone_is_damage(closet: Searching) -> None:
    closet.index.examine()
    a_file(closet).unlink()
    closet.index.examine()
    assert closet.index.damaged


def test_a_file_that_was_only_touched_is_none(closet: Searching) -> None:
    closet.index.examine()
    os.utime(a_file(closet), (1, 1))
    closet.index.examine()
    assert not closet.index.damaged


def test_commits_deletions_and_merges_are_none(closet: Searching) -> None:
    for number in range(12):
        closet.add(f"{number}.jpg", title="Shirt")
        closet.library.remove(f"{number - 1}.jpg")
        closet.commit()
        closet.index.examine()
        assert not closet.index.damaged


def test_an_index_that_is_not_there_is_none(tmp_path: Path) -> None:
    made = Searching(tmp_path / "none")
    made.index.examine()
    assert not made.index.damaged
