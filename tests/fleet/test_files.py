"""The configuration of the fleet's programs is found wherever Calotype is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from calotype.fleet import files

ROOT = Path(__file__).parents[2]


def test_a_checkout_has_its_own() -> None:
    assert files.deploy() == ROOT / "deploy"


def test_without_it_the_mend_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install again"):
        files.deploy(tmp_path / "lib" / "site-packages" / "calotype")


WHERE = """
import sys
from calotype.fleet import files
assert files.__file__.startswith(sys.argv[1]), files.__file__
print(files.deploy(), files.WEB, sep="\\n")
"""


@pytest.mark.server
def test_a_wheel_holds_it(tmp_path: Path) -> None:
    wheels, site = tmp_path / "wheels", tmp_path / "site"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = wheels.glob("calotype-*.whl")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, site], check=True)
    command = [sys.executable, "-c", WHERE, str(site)]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(site)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    deploy, web = map(Path, done.stdout.split())
    for name in ("edge/default.vcl", "lb/haproxy.cfg", "instance/nginx.conf"):
        assert (deploy / name).read_bytes() == (ROOT / "deploy" / name).read_bytes()
    assert deploy.is_relative_to(site)
    assert (web / "index.html").is_file()
