"""`calotype keys`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calotype.catalog import Catalog
from calotype.catalog.keys import parse

from .terminal import Terminal


def test_a_key_and_nothing_else_is_on_stdout(terminal: Terminal, mine: Path) -> None:
    done = terminal("keys", "create", "--scope", "write", "--label", "Ada's laptop")
    assert done.code == 0, done.err
    assert re.fullmatch(r"ck_[0-9a-f]{16}_[\w-]{43}\n", done.out)


def test_keys_are_listed_without_their_secrets(terminal: Terminal, mine: Path) -> None:
    key = terminal("keys", "create", "--scope", "write", "--label", "Ada's laptop").out.strip()
    id, secret = parse(key) or ("", "")
    shown = terminal("keys", "list").out
    assert id in shown
    assert "Ada's laptop" in shown
    (listed,) = terminal("keys", "list", "--json").json
    assert (listed["id"], listed["scopes"], listed["revoked"]) == (id, ["write"], None)
    assert secret not in shown + repr(listed)


@pytest.mark.parametrize("whole", [False, True])
def test_a_key_is_revoked_by_its_id_or_by_all_of_it(
    terminal: Terminal, mine: Path, whole: bool
) -> None:
    key = terminal("keys", "create", "--scope", "write").out.strip()
    assert terminal("keys", "revoke", key if whole else key[3:19]).code == 0
    (listed,) = terminal("keys", "list", "--json").json
    assert listed["revoked"]
    assert "revoked" in terminal("keys", "list").out


def test_an_unknown_id_is_an_error(terminal: Terminal, mine: Path) -> None:
    done = terminal("keys", "revoke", "0123456789abcdef")
    assert (done.code, done.out) == (1, "")
    assert "calotype keys list" in done.said


def test_an_unknown_scope_is_an_error_that_names_those_there_are(
    terminal: Terminal, mine: Path
) -> None:
    done = terminal("keys", "create", "--scope", "admin")
    assert (done.code, done.out) == (2, "")
    assert "write" in done.said


def test_a_label_cannot_steer_the_terminal(terminal: Terminal, mine: Path) -> None:
    assert terminal("keys", "create", "--scope", "write", "--label", "\x1b[31mred").code == 2


def test_a_key_may_come_before_all_else(terminal: Terminal, tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = terminal("keys", "create", "--scope", "write", "--expires", "9", "--data", data).out
    catalog = Catalog.open(f"sqlite:///{data}/catalog.sqlite")
    (found,) = catalog.keys.all()
    catalog.close()
    assert found.id == key[3:19]
    assert found.expires is not None


def test_without_a_library_it_says_how_to_begin(terminal: Terminal) -> None:
    for command in (["create", "--scope", "write"], ["list"], ["revoke", "x"]):
        done = terminal("keys", *command)
        assert done.code == 3
        assert "calotype add" in done.said


def test_a_catalog_on_a_server_needs_no_library(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_CATALOG", f"sqlite:///{tmp_path}/elsewhere.db")
    assert terminal("keys", "create", "--scope", "write").code == 0
    assert len(terminal("keys", "list", "--json").json) == 1
