"""A folder and a catalog for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = Library(tmp_path / "source", tmp_path / "catalog.sqlite")
    yield made
    made.catalog.close()
