"""One service for all tests that only read; `fresh` makes others for those that change things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from . import library
from .house import House

Fresh = Callable[..., House]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    library.write(folder / "pictures")
    with House(folder / "pictures", folder / "data") as made:
        yield made.settle(library.COUNT)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    """`fresh(**settings)`: a service of its own over one red and one blue picture."""
    with ExitStack() as stack:

        def make(**settings: Any) -> House:
            pictures = tmp_path / "pictures"
            if not pictures.exists():
                library.save(pictures / "red.png", (400, 300), library.RED)
                library.save(pictures / "blue.jpg", (300, 400), library.BLUE)
            made = stack.enter_context(House(pictures, tmp_path / "data", **settings))
            return made.settle(2)

        yield make
