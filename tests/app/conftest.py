"""One real service for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from .service import Service

HERE = Path(__file__).parent
SECRET = "the-content-of-a-file-that-nobody-may-read"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that starts processes shares one worker, and with it the one service."""
    for item in items:
        if HERE in item.path.parents and "service" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.server)
            item.add_marker(pytest.mark.xdist_group("service"))


def draw(path: Path, color: str = "red", size: tuple[int, int] = (120, 80)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over two pictures, with secrets in, beside and above their folder."""
    folder = tmp_path_factory.mktemp("service")
    draw(folder / "pictures" / "red hat.png")
    draw(folder / "pictures" / "blue hat.jpg", "blue")
    for place in (folder, folder / "pictures", folder / "data"):
        place.mkdir(exist_ok=True)
        (place / "secret.txt").write_text(SECRET)
    (folder / "pictures" / ".hidden").write_text(SECRET)
    with Service(folder / "pictures", folder, "--data", str(folder / "data")) as made:
        yield made
