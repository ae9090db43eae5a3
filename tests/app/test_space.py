"""Whether the disk takes what is written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calotype.space import Space
from tests.ingest.mounts import fill, mounted, without_privileges


def test_where_there_is_room_there_is_no_problem(tmp_path: Path) -> None:
    assert Space(tmp_path).problem() == ""
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_with_the_mend_until_there_is_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 8) as folder:
        space = Space(folder)
        assert space.problem() == ""
        filler = fill(folder)
        assert "is full (0.0 MiB free). Free some space" in space.problem()
        filler.unlink()
        assert space.problem() == ""


def test_after_a_full_disk_a_little_room_is_not_enough(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", 8) as folder:
        space, reserve = Space(folder), (8 << 20) // 50
        filler = fill(folder)
        assert space.problem()
        os.truncate(filler, filler.stat().st_size - int(1.5 * reserve))
        assert space.problem()
        assert Space(folder).problem() == "", "to one that never was full it is enough"
        os.truncate(filler, filler.stat().st_size - reserve)
        assert space.problem() == ""


def test_a_folder_that_has_gone_is_a_problem(tmp_path: Path) -> None:
    assert "cannot be written (No such file" in Space(tmp_path / "gone").problem()


TRIED = """
import sys
from pathlib import Path
from calotype.space import Space
print(Space(Path(sys.argv[1])).problem())
"""


def test_a_folder_that_may_not_be_written_is_a_problem(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    command = [*without_privileges(), sys.executable, "-c", TRIED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    tmp_path.chmod(0o700)
    assert "cannot be written (Permission denied)" in done.stdout


def test_it_is_tried_again_when_some_time_has_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, tries = 0.0, []
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: tries.append(path))
    space = Space(tmp_path, lambda: now)
    for now in (0.0, 4.0, 6.0, 7.0):  # noqa: B007 (the clock reads it)
        space.problem()
    assert len(tries) == 2
