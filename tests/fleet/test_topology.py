"""Where the parts of a fleet are, on the machine as it is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from calotype.errors import Unusable
from calotype.fleet import topology


def test_sockets_are_in_the_folder(tmp_path: Path) -> None:
    assert topology.socket_folder(Path("/srv/fleet")) == Path("/srv/fleet")


def test_sockets_with_too_long_paths_are_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    long = Path("/srv") / ("x" * 100)
    found = topology.socket_folder(long)
    assert found.parent == tmp_path
    assert found.stat().st_mode & 0o777 == 0o700
    assert topology.socket_folder(long) == found
    found.chmod(0o777)
    with pytest.raises(Unusable, match="not ours alone"):
        topology.socket_folder(long)


def test_a_folder_that_all_may_reach_is_used(tmp_path: Path) -> None:
    open_to_all = Path("/usr/share")
    assert topology.public_folder(open_to_all) == open_to_all


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs as other users")
def test_root_puts_elsewhere_what_other_users_must_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "ELSEWHERE", tmp_path / "elsewhere")
    tmp_path.chmod(0o700)
    found = topology.public_folder(tmp_path)
    assert found.parent == tmp_path / "elsewhere"
    assert found.stat().st_mode & 0o777 == 0o755


def test_secrets_are_made_once_and_are_nobody_elses(tmp_path: Path) -> None:
    made = topology.kept_secrets(tmp_path)
    assert topology.kept_secrets(tmp_path) == made
    assert len(set(made.values())) == 3
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
