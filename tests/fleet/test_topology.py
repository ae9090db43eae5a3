"""Where the parts of a fleet are, on the machine as it is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from calotype.commands.fleet import _topology
from calotype.errors import Unusable
from calotype.fleet import ScalingPolicy, topology
from calotype.fleet.topology import Topology
from calotype.settings import Settings


def made(folder: Path) -> Topology:
    """As the command makes it, from the environment."""
    return _topology(Settings.load(), ScalingPolicy(), "/srv/pictures", folder, None, 0, 0)


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


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folders_are_those_that_were_meant_wherever_an_instance_works(elsewhere: Path) -> None:
    assert topology.absolute("uploads") == str(elsewhere / "uploads")
    assert topology.absolute("sqlite:///a.sqlite") == f"sqlite:///{elsewhere}/a.sqlite"
    for same in ("/srv/uploads", "s3://bucket/uploads", "postgresql+psycopg://u:p@host/name"):
        assert topology.absolute(same) == same


def test_what_instances_share_is_always_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CALOTYPE_UPLOADS", "CALOTYPE_DERIVED"):
        monkeypatch.setenv(name, "")
    top = made(tmp_path)
    told = top.instance_environment(tmp_path / "data")
    assert told["CALOTYPE_UPLOADS"] == str(tmp_path / "uploads")
    assert told["CALOTYPE_DERIVED"] == str(tmp_path / "derived")


def test_each_instance_has_a_part_of_the_disk_unless_it_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Settings.load().deliver.cache_bytes
    told = topology.instance_settings(Settings.load(), slots=8, share=0.5)
    assert told == {
        "CALOTYPE_RENDER_WORKERS": "1",
        "CALOTYPE_DELIVER_CACHE_BYTES": str(whole // 8),
    }
    monkeypatch.setenv("CALOTYPE_RENDER_WORKERS", "3")
    monkeypatch.setenv("CALOTYPE_DELIVER_CACHE_BYTES", "7")
    assert topology.instance_settings(Settings.load(), slots=8, share=0.5) == {}


def test_an_upload_under_way_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    assert topology.drain_seconds(Settings.load()) == Settings.load().upload.seconds
    monkeypatch.setenv("CALOTYPE_UPLOAD_SECONDS", "5")
    assert topology.drain_seconds(Settings.load()) == topology.DRAIN_SECONDS
    monkeypatch.setenv("CALOTYPE_SERVER_DRAIN_SECONDS", "7")
    assert topology.drain_seconds(Settings.load()) == 7


def test_instances_that_a_smaller_fleet_cannot_have_are_forgotten(tmp_path: Path) -> None:
    for name in ("i1", "i4", "i5", "i12", "images"):
        (tmp_path / name / "data").mkdir(parents=True)
    topology.forget_others(tmp_path, slots=4)
    kept = {path.parent.name for path in tmp_path.glob("*/data")}
    assert kept == {"i1", "i4", "images"}
