"""A user with a data directory of their own, and a small library that was added to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from calotype.commands import adding

from .terminal import Terminal

TEXTS = """\
file_name,title,tags
red hat.png,Red hat,hat
blue hat.jpg,Blue hat,hat
[big] scarf.webp,A [bold]scarf[/bold],
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "home" / "calotype"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capfd)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    for name, color in (
        ("red hat.png", "red"),
        ("blue hat.jpg", "blue"),
        ("[big] scarf.webp", "green"),
    ):
        Image.new("RGB", (120, 80), color).save(folder / name)
    (folder / "metadata.csv").write_text(TEXTS)
    return folder


@pytest.fixture
def pictures(tmp_path: Path, drawn: Path) -> Path:
    """Three pictures that nothing was done with yet."""
    return Path(shutil.copytree(drawn, tmp_path / "pictures"))


@pytest.fixture(scope="session")
def library(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that `drawn` was added to."""
    folder = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        assert adding.add([str(drawn)], None, as_json=True, allow_empty=False) == 0
    return folder


@pytest.fixture
def added(drawn: Path, library: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The three pictures, added; for reading only."""
    monkeypatch.setenv("XDG_DATA_HOME", str(library))
    return drawn


@pytest.fixture
def mine(pictures: Path, terminal: Terminal) -> Path:
    """The same, to be changed at will."""
    assert terminal("add", pictures).code == 0
    return pictures
