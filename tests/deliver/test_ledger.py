"""The file that says what was upgraded: appended to, bounded, and never an error."""

from __future__ import annotations

from pathlib import Path

from calotype.deliver.ledger import Ledger

from .shelf import key


def test_it_remembers_over_a_restart(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "upgraded")
    ledger.put(key(1), True)
    ledger.put(key(2), False)
    again = Ledger(tmp_path / "upgraded")
    assert [again.get(key(n)) for n in (1, 2, 3)] == [True, False, None]


def test_the_last_word_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "upgraded")
    ledger.put(key(1), False)
    ledger.put(key(1), True)
    assert Ledger(tmp_path / "upgraded").get(key(1)) is True


def test_half_a_line_is_skipped_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "upgraded"
    Ledger(path).put(key(1), True)
    with path.open("ab") as file:
        file.write(b"+" + key(2).encode()[:9])
    Ledger(path).put(key(3), True)
    again = Ledger(path)
    assert [again.get(key(n)) for n in (1, 2, 3)] == [True, None, True]


def test_the_oldest_are_forgotten_in_memory_and_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "upgraded"
    ledger = Ledger(path, most=2)
    for number in range(4):
        ledger.put(key(number), True)
    assert [ledger.get(key(n)) for n in range(4)] == [None, None, True, True]
    Ledger(path, most=2)
    assert len(path.read_bytes().splitlines()) == 2


def test_two_processes_may_write(tmp_path: Path) -> None:
    one, other = (Ledger(tmp_path / "upgraded") for _ in range(2))
    one.put(key(1), True)
    other.put(key(2), True)
    again = Ledger(tmp_path / "upgraded")
    assert (again.get(key(1)), again.get(key(2))) == (True, True)


def test_what_cannot_be_written_is_remembered_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = Ledger(tmp_path / "file" / "upgraded")
    ledger.put(key(1), True)
    assert ledger.get(key(1)) is True
