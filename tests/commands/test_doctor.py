"""`calotype doctor`."""

from __future__ import annotations

import os
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


def test_bad_settings_hide_nothing_else(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_WORKERS", "many")
    monkeypatch.setenv("CALOTYPE_SIGNING_MODE", "required")
    monkeypatch.setenv("CALOTYPE_LOG_LEVEL", "debug")
    done = terminal("doctor", "--json")
    assert done.code == 4
    wrong = [each["found"] for each in done.json if each["state"] == "fail"]
    assert [each.split()[0] for each in wrong] == [
        "CALOTYPE_RENDER_WORKERS",
        "CALOTYPE_SIGNING_MODE",
    ]
    assert {"signing", "data", "port"} <= {each["what"] for each in done.json}
    assert "CALOTYPE_LOG_LEVEL" in done.out
    assert os.environ["CALOTYPE_RENDER_WORKERS"] == "many"


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


def test_signing_that_is_required_without_a_key_is_a_failure_with_the_mend(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_SIGNING_MODE", "required")
    done = terminal("doctor", "--json")
    assert done.code == 4
    found = finding(done, "settings")["found"]
    assert "CALOTYPE_SIGNING_MODE is required, but there is no key" in found
    assert "openssl rand -hex 32" in found


@pytest.mark.parametrize(
    ("mode", "presets", "state", "found"),
    [
        ("off", "", "ok", "signs with new; also taken: old; no signature is checked"),
        ("required", "", "ok", "required; signs with new; also taken: old"),
        ("presets", "w=320", "ok", "presets; signs with new; also taken: old"),
        ("presets", "", "warn", "presets, but there are none; signs with new; also taken: old"),
    ],
)
def test_it_names_the_keys_and_shows_none(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    presets: str,
    state: str,
    found: str,
) -> None:
    monkeypatch.setenv("CALOTYPE_SIGNING_KEYS", f"new:{'sesame' * 3},old:{'sesame' * 4}")
    monkeypatch.setenv("CALOTYPE_SIGNING_MODE", mode)
    monkeypatch.setenv("CALOTYPE_SIGNING_PRESETS", presets)
    done = terminal("doctor", "--json")
    signing = finding(done, "signing")
    assert (signing["state"], signing["found"]) == (state, found)
    assert "sesame" not in done.out + done.err


def test_a_shared_catalog_without_a_shared_secret_is_a_failure_with_the_mend(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_CATALOG", "postgresql+psycopg://nobody@/nothing")
    done = terminal("doctor", "--json")
    assert done.code == 4
    assert "openssl rand -hex 32" in finding(done, "secret")["found"]
