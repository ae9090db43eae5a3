"""The consortium's own validator, against a real service."""

from __future__ import annotations

import ctypes.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .service import Service

VALIDATE = Path(sys.executable).with_name("iiif-validate.py")


@pytest.mark.server
@pytest.mark.skipif(
    ctypes.util.find_library("magic") is None,
    reason="the validator needs libmagic: apt-get install libmagic1",
)
def test_every_check_of_level_2_passes(tmp_path: Path) -> None:
    from . import squares  # importing the validator is what needs libmagic

    squares.draw(tmp_path / "pictures" / "squares.png")
    with Service(tmp_path / "pictures", tmp_path, "--data", str(tmp_path / "data")) as service:
        id = service.get("/search?q=").json()["results"][0]["id"]
        server = service.url.removeprefix("http://")
        options = ["-s", server, "-p", "iiif/3", "-i", id, "--version=3.0", "--level=2"]
        done = subprocess.run(
            [sys.executable, str(VALIDATE), *options], capture_output=True, text=True, timeout=120
        )
    assert "FAIL" not in done.stderr, done.stderr
    summary = re.search(r"Done \(([0-9]+) tests, 0 failures\)", done.stderr)
    assert summary, done.stderr
    assert int(summary[1]) >= 33  # as many as version 1.0.5 has for level 2
    assert done.returncode == 0
