"""A folder with what ingest makes of it."""

from __future__ import annotations

from pathlib import Path

from calotype.blobs import FolderSource
from calotype.catalog import Catalog
from calotype.ingest import Ingest, IngestConfig, Summary
from calotype.model import Image


class Library:
    """`put` files, `run` the header pass, look at the `image` that lies at a name."""

    def __init__(self, folder: Path, catalog: Path) -> None:
        folder.mkdir()
        self.folder, self.source = folder, FolderSource(folder)
        self.catalog = Catalog.open(f"sqlite:///{catalog}")
        self.events: list[tuple[str, str]] = []
        self.ingest = Ingest(
            self.catalog,
            IngestConfig(),
            on_event=lambda event, what: self.events.append((event, what)),
        )

    def put(self, name: str, data: bytes | str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)

    def run(self) -> Summary:
        return self.ingest.run(self.source)

    def image(self, name: str) -> Image:
        """The image at a name, after a run of what was put so far."""
        summary = self.run()
        for change in self.catalog.changes(0, 10_000):
            if change.image and name in {place.name for place in change.image.places}:
                return change.image
        raise AssertionError(f"{name} is no image: {summary.refused}")

    def refused(self) -> dict[str, str]:
        return {refused.name: refused.reason for refused in self.run().refused}
