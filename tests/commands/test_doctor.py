"""`calotype doctor`."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from .terminal import Done, Terminal


@pytest.fixture(autouse=True)
def a_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SERVER_PORT", "0")


def finding(done: Done, what: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in done.json if each["what"] == what)
    return found


def test_all_is_well_here(terminal: Terminal, pictures: Path) -> None:
    done = terminal("doctor", "--source", pictures, "--json")
    assert done.code == 0, done.out
    assert {each["state"] for each in done.json} == {"ok"}


def test_it_fits_the_terminal(terminal: Terminal) -> None:
    done = terminal("doctor")
    assert done.code == 0
    assert all(len(line) <= 80 for line in done.out.splitlines())
    assert "✓ libvips" in done.out


def test_a_missing_source_is_a_failure_with_the_mend(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("doctor", "--source", tmp_path / "nowhere", "--json")
    assert done.code == 4
    found = finding(done, "source")
    assert found["state"] == "fail"
    assert "Check the spelling" in found["mend"]


def test_a_bad_setting_is_a_failure(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_WORKERS", "many")
    done = terminal("doctor", "--json")
    assert done.code == 4
    assert "CALOTYPE_RENDER_WORKERS must be a whole" in finding(done, "settings")["found"]


def test_a_misspelt_setting_is_a_warning(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_WORKER", "2")
    done = terminal("doctor", "--json")
    assert done.code == 0
    (warning,) = [each for each in done.json if each["state"] == "warn"]
    assert warning["mend"] == "Did you mean CALOTYPE_RENDER_WORKERS?"


def test_a_taken_port_is_a_warning(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("CALOTYPE_SERVER_PORT", str(taken.getsockname()[1]))
        done = terminal("doctor", "--json")
    assert done.code == 0
    assert finding(done, "port")["state"] == "warn"


def test_a_data_folder_that_cannot_be_written_is_a_failure(terminal: Terminal) -> None:
    done = terminal("doctor", "--data", "/proc/1/calotype", "--json")
    assert done.code == 4
    assert finding(done, "data")["state"] == "fail"
