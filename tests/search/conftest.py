"""A small index for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .library import Searching


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Searching]:
    """An empty library with its index."""
    made = Searching(tmp_path / "index")
    yield made
    made.indexer.close()


@pytest.fixture
def closet(at: Searching) -> Searching:
    """Some clothes."""
    at.add("black.jpg", title="Hero Hoodie", tags=("Hoodies & Sweatshirts", "Black"))
    at.add("gray.jpg", title="Hero Hoodie", tags=("Hoodies & Sweatshirts", "Gray"))
    at.add("tee.jpg", title="Plain Tee", tags=("Tees", "Black"), description="fits any hoodie")
    at.add("pants.jpg", title="Running Pants", tags=("Pants", "Gray"), creator="Ansel Adams")
    at.commit()
    return at
