"""A keeper with everything that it keeps, over a folder whose reading a test can hold up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from calotype import leading, report
from calotype.blobs import FolderSource, Source
from calotype.catalog import Catalog
from calotype.ingest import Ingest, IngestConfig
from calotype.keeper import Keeper
from calotype.metrics import Metrics
from calotype.search import Indexer, SearchConfig, SearchIndex, parse
from tests.decode.pictures import sample


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Gated(FolderSource):
    """A folder whose file `held` cannot be read until `gate` is opened."""

    held = ""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate, self.reached = Event(), Event()

    def read(self, name: str, limit: int) -> bytes:
        if name == self.held:
            self.reached.set()
            assert self.gate.wait(20)
        return super().read(name, limit)


class Kept:
    """A keeper that was not started, and its parts."""

    def __init__(
        self, source: Gated, data: Path, index: Path | None = None, **options: bool | float
    ) -> None:
        self.source, self.clock, self.metrics = source, Clock(), Metrics()
        self.sources: Sequence[Source] = (source,)
        self.catalog = Catalog.open(f"sqlite:///{data / 'catalog.sqlite'}")
        config = IngestConfig(batch=1, threads=1)
        index = index or data / "index"
        self.index = SearchIndex.open(index, SearchConfig())
        self.ingest = Ingest(self.catalog, config, on_event=self.metrics.ingested)
        self.keeper = Keeper(
            self.catalog,
            self.ingest,
            Indexer(index, SearchConfig(), self.catalog.changes, head=self.catalog.head),
            self.index,
            lambda: self.sources,
            self.metrics,
            clock=self.clock,
            **{"watch": False, **options},  # type: ignore[arg-type]
        )

    def names(self) -> list[str]:
        return sorted(hit.image.name for hit in self.index.search(parse("")).hits)

    def faults(self, part: str, what: str) -> float:
        labels = {"part": part, "what": what}
        return self.metrics.registry.get_sample_value("calotype_errors_total", labels) or 0.0


Keep = Callable[..., Kept]


@pytest.fixture
def source(tmp_path: Path) -> Gated:
    """Three images: a.png, b.jpg, c.webp."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, format in (("a.png", "png"), ("b.jpg", "jpeg"), ("c.webp", "webp")):
        (folder / name).write_bytes(sample(format))
    return Gated(folder)


@pytest.fixture
def keep(source: Gated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keep]:
    """`keep(**options)`: a keeper, stopped when the test is over; it tries again at once. All
    share a catalog; those with the same `index` share that too."""
    monkeypatch.setattr(report, "RETRY", 0.02)
    monkeypatch.setattr(leading, "CHECK", 0.02)
    made: list[Kept] = []

    def make(**options: Any) -> Kept:
        made.append(Kept(source, tmp_path, **options))
        return made[-1]

    yield make
    source.gate.set()
    for kept in made:
        kept.keeper.stop()
