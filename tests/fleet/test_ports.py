"""Ports for the parts of a fleet, on the machine as it is."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from calotype.fleet import ports
from calotype.fleet.ports import Ports


def outgoing(folder: Path, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system say that outgoing connections begin there."""
    (folder / "range").write_text(f"{first}\t65535\n")
    monkeypatch.setattr(ports, "_RANGE", folder / "range")


def test_no_outgoing_connection_is_given_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing(tmp_path, 20_000, monkeypatch)
    given = Ports()
    assert all(1024 <= given.take() < 20_000 for _ in range(50))


def test_each_is_given_once_until_it_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing(tmp_path, 1034, monkeypatch)
    given = Ports()
    some = [given.take() for _ in range(5)]
    assert len(set(some)) == 5
    again = Ports(*range(1024, 1034))
    again.give_back(some[0])
    assert again.take() == some[0]


def test_one_that_somebody_listens_on_is_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", Ports().take()))
        other.listen()
        taken = other.getsockname()[1]
        outgoing(tmp_path, taken + 1, monkeypatch)
        monkeypatch.setattr(ports, "_MOST", 1)
        assert Ports().take() != taken


def test_where_all_may_be_outgoing_the_system_picks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing(tmp_path, 1024, monkeypatch)
    assert Ports().take() >= 1024
