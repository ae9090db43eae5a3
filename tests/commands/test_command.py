"""What holds for every command: help, exit codes, pipes, colours, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calotype.commands import asking, exits

from .terminal import Terminal

CALOTYPE = Path(sys.executable).with_name("calotype")
COMMANDS = ("serve", "demo", "add", "search", "get", "url", "doctor")


def test_help_lists_every_command(terminal: Terminal) -> None:
    done = terminal("--help")
    assert done.code == 0
    for command in COMMANDS:
        assert f" {command} " in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_that_fits_the_terminal(terminal: Terminal, command: str) -> None:
    done = terminal(command, "--help")
    assert done.code == 0
    assert all(len(line) <= 80 for line in done.out.splitlines())


def test_help_says_what_each_exit_code_means(terminal: Terminal) -> None:
    shown = " ".join(terminal("--help").out.split())
    for code, meaning in exits.MEANINGS.items():
        assert f"{code} {meaning}" in shown


def test_the_version(terminal: Terminal) -> None:
    assert terminal("--version").out.startswith("calotype 0.")


@pytest.mark.parametrize("arguments", [(), ("fly",), ("search",), ("get", "hat"), ("add", "--x")])
def test_what_is_no_command_is_a_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    assert terminal(*arguments).code == 2


def test_a_defect_is_one_line_and_a_4(
    terminal: Terminal, added: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("inner workings")

    monkeypatch.setattr(asking, "search", break_down)
    done = terminal("search", "hat")
    assert done.code == 4
    assert done.said == (
        "error: Something broke here (RuntimeError); CALOTYPE_LOG_LEVEL=debug shows where."
    )


def test_a_full_or_failing_disk_is_one_line_and_a_3(
    terminal: Terminal, added: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/data/secret")

    monkeypatch.setattr(asking, "search", break_down)
    done = terminal("search", "hat")
    assert (done.code, done.said) == (3, "error: /data/secret: No space left on device.")


def test_a_bad_setting_is_a_3(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_WORKERS", "many")
    done = terminal("search", "hat")
    assert done.code == 3
    assert "CALOTYPE_RENDER_WORKERS must be a whole number from 0 to 256" in done.said


def test_a_catalog_of_no_known_kind_is_a_3(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, added: Path
) -> None:
    monkeypatch.setenv("CALOTYPE_CATALOG", "oracle://x")
    done = terminal("search", "hat")
    assert done.code == 3
    assert "SQLite or PostgreSQL" in done.said


def test_a_misspelt_setting_is_said_and_harms_nothing(
    terminal: Terminal, added: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_WORKER", "2")
    assert terminal("search", "hat").code == 0


def piped(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CALOTYPE, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.server
def test_a_pipe_gets_no_colours_and_stdout_alone_the_results(added: Path) -> None:
    done = piped("search", "hat")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "red hat.png" in done.stdout
    assert done.stderr == ""


@pytest.mark.server
def test_no_color_is_respected_where_colours_are_forced(added: Path) -> None:
    forced = piped("search", "hat", FORCE_COLOR="1", TERM="xterm")
    plain = piped("search", "hat", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm")
    assert "\x1b[36m" in forced.stdout
    assert "\x1b[36m" not in plain.stdout


@pytest.mark.server
def test_an_image_can_be_piped(added: Path) -> None:
    done = subprocess.run(
        [CALOTYPE, "get", "hat", "-o", "-", "--fm", "png"],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.startswith(b"\x89PNG")


@pytest.mark.server
def test_a_reader_that_leaves_early_is_no_error(added: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as out:
        command = [str(CALOTYPE), "search", "hat", "--json"]
        done = subprocess.run(
            command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.stderr == ""


@pytest.mark.server
def test_serve_names_a_missing_source_and_does_not_start(tmp_path: Path) -> None:
    done = piped("serve", str(tmp_path / "nowhere"), "--port", "0")
    assert done.returncode == 3
    assert "does not exist" in " ".join(done.stderr.split())


@pytest.mark.server
def test_serve_without_a_source_says_how_to_begin() -> None:
    done = piped("serve", "--port", "0")
    assert done.returncode == 3
    assert "Begin with: calotype add FOLDER" in " ".join(done.stderr.split())
