"""Names and URLs of whoever made them: nothing steers the terminal, no password is repeated."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from calotype.commands.terminal import plain

from .terminal import Terminal

BAD_NAMES = ("a\x1b]0;owned\x07.png", "b\nc.png", "d\x7f.png")


def test_names_with_control_characters_are_refused_with_the_mend(
    terminal: Terminal, pictures: Path
) -> None:
    for name in BAD_NAMES:
        (pictures / name).write_bytes(b"")
    (pictures / os.fsdecode(b"e\xff.png")).write_bytes(b"")
    summary = terminal("add", pictures, "--json").json
    assert [each["reason"] for each in summary["refused"]] == ["bad-name"] * 4
    assert all(each["message"].endswith("Rename it.") for each in summary["refused"])
    assert summary["added"] == 3


def test_no_name_steers_the_terminal(terminal: Terminal, pictures: Path) -> None:
    for name in (*BAD_NAMES, "c1 \x9b31m.png", "turned \u202egnp.exe.png"):
        (pictures / name).write_bytes(b"")
    done = terminal("add", pictures)
    assert "5 refused" in done.out
    assert not {"\x1b", "\x07", "\x7f", "\x9b", "\u202e"} & set(done.out)
    json = terminal("add", pictures, "--json")
    assert "\x9b" not in json.out
    assert "c1 \x9b31m.png" in {each["name"] for each in json.json["refused"]}


def test_no_error_steers_the_terminal(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("add", tmp_path / "no\x1b[31mwhere\x9b")
    assert done.code == 3
    assert not {"\x1b", "\x9b"} & set(done.err)


def test_what_is_written_with_joiners_stays() -> None:
    assert plain("می\u200cخواهم 👩\u200d🚀\n") == "می\u200cخواهم 👩\u200d🚀\ufffd"


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@example.org/",
        "https://user:a/secret@example.org/",
        "s3://user:secret@bucket/x?sig=secret",
        "s3://bucket/x?sig=secret",
        "nonsense://user:secret@bucket/",
    ],
)
def test_no_password_in_a_url_is_repeated(terminal: Terminal, url: str) -> None:
    done = terminal("add", url)
    assert done.code == 3
    assert "secret" not in done.out + done.err
    assert "Give " in done.said
