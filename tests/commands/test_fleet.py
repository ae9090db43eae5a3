"""`calotype fleet` where it cannot start, and its report. Started, it is in tests/fleet."""

from __future__ import annotations

from pathlib import Path

import pytest

from calotype.fleet import programs
from calotype.fleet.record import Recording

from .terminal import Terminal

SAMPLE = {
    "edge": {"requests_per_second": 1.0, "hit_ratio": None, "p95_ms": None},
    "instances": [],
    "scaling": {"desired": 1, "ready": 1},
    "events": [],
}


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing is installed."""
    monkeypatch.setattr(programs, "find", lambda program: None)
    monkeypatch.setattr(programs, "driver_missing", lambda: True)


@pytest.mark.usefixtures("bare")
def test_all_that_is_missing_is_named_at_once(terminal: Terminal, drawn: Path) -> None:
    done = terminal("fleet", drawn)
    assert done.code == 3
    packages = "varnish haproxy nginx-light postgresql varnish-modules"
    assert f"apt-get install {packages}; pip install 'psycopg[binary]'" in done.said


@pytest.mark.usefixtures("bare")
def test_an_external_catalog_needs_no_database_here(
    terminal: Terminal, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_CATALOG", "postgresql+psycopg://elsewhere/calotype")
    done = terminal("fleet", drawn)
    assert done.code == 3
    assert "haproxy" in done.said
    assert "postgresql" not in done.said


@pytest.mark.usefixtures("bare")
def test_doctor_names_what_a_fleet_needs(terminal: Terminal) -> None:
    (finding,) = [each for each in terminal("doctor", "--json").json if each["what"] == "fleet"]
    assert finding["state"] == "ok"  # nothing else needs it
    assert "apt-get install varnish haproxy nginx-light postgresql" in finding["mend"]


def test_bounds_the_wrong_way_round_are_refused(terminal: Terminal, drawn: Path) -> None:
    done = terminal("fleet", drawn, "--min", "3", "--max", "2")
    assert done.code == 2
    assert "--min must be at most --max, which is 2; got '3'" in done.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["elsewhere"], "Check the spelling"),
        ([".", "--data", "derived"], "lies inside the source"),
        ([".", "--record", "no/such/folder"], "choose another --record"),
    ],
    ids=["source", "inside", "record"],
)
def test_what_cannot_be_is_said_with_the_mend(
    terminal: Terminal, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    options: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(programs, "mends", lambda *, database: [])
    monkeypatch.chdir(drawn if "derived" in options else tmp_path)
    (tmp_path / "a.txt").touch()
    if "derived" not in options and "elsewhere" not in options:
        options = [str(drawn), *options[1:]]
    done = terminal("fleet", *options)
    assert done.code == 3
    assert said in done.said


def test_an_external_catalog_needs_a_secret(
    terminal: Terminal, drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "mends", lambda *, database: [])
    monkeypatch.setenv("CALOTYPE_CATALOG", "postgresql+psycopg://elsewhere/calotype")
    done = terminal("fleet", drawn, "--data", tmp_path)
    assert done.code == 3
    assert "CALOTYPE_SECRET" in done.said


def test_a_report_is_written_beside_its_recording(terminal: Terminal, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "fleet.jsonl")
    for at in (1.0, 2.0):
        recording.add({"at": at, **SAMPLE})
    recording.close()
    done = terminal("fleet", "report", tmp_path / "fleet.jsonl")
    assert (done.code, done.out.strip()) == (0, str(tmp_path / "fleet.html"))
    assert "</html>" in (tmp_path / "fleet.html").read_text()


def test_a_report_of_nothing_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("fleet", "report", tmp_path / "absent")
    assert done.code == 3
    assert "cannot be read" in done.said
