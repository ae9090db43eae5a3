"""Images a second from files to the catalog and the index: python -m benchmarks.ingest

The header pass (hash, header, embedded texts, `metadata.jsonl`) and the pixel pass (colours,
placeholder) over the 400 product photographs; the header pass again when nothing has changed; and
10,000 photographs, each with a hash of its own, from the first look at the folder until the last
of them can be found. The files are in the page cache: the disk is not what is measured.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import facts
from benchmarks.relevance import CORPUS
from calotype.blobs import FolderSource
from calotype.catalog import Catalog
from calotype.ingest import Ingest, IngestConfig
from calotype.search import Indexer, SearchConfig, SearchIndex, parse

RESULT = Path(__file__).parent / "results" / "ingest.json"
ROUNDS = 3
PHOTOS = 10_000
TARGETS = {"header_pass_images_per_second": 200, "photos_searchable_seconds": 60}


@contextmanager
def library() -> Iterator[tuple[Ingest, Indexer, SearchIndex]]:
    """An empty catalog and an empty index, both on disk."""
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        catalog = Catalog.open(f"sqlite:///{folder}/catalog.sqlite")
        indexer = Indexer(Path(folder, "index"), SearchConfig(), catalog.changes)
        index = SearchIndex.open(Path(folder, "index"), SearchConfig())
        yield Ingest(catalog, IngestConfig()), indexer, index
        indexer.close()
        catalog.close()


def seconds(since: float) -> float:
    return time.perf_counter() - since


def products(corpus: Path) -> dict[str, float]:
    """Images a second of each pass, over a catalog that was empty before."""
    source = FolderSource(corpus)
    with library() as (ingest, _, _):
        start = time.perf_counter()
        added = ingest.run(source).added
        headers = added / seconds(start)
        start = time.perf_counter()
        unchanged = ingest.run(source).unchanged
        again = unchanged / seconds(start)
        start = time.perf_counter()
        analysed = ingest.analyse([source]).analysed
        pixels = analysed / seconds(start)
    return {"header_pass": headers, "unchanged": again, "pixel_pass": pixels}


def photos(corpus: Path, number: int, folder: Path) -> None:
    """Copies of the products, each with a comment (JPEG's COM segment) that no other one has."""
    lines = (corpus / "metadata.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    with (folder / "metadata.jsonl").open("w") as table:
        for at in range(number):
            row = rows[at % len(rows)]
            comment = f"copy {at}".encode()
            segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
            data = (corpus / row["file_name"]).read_bytes()
            name = f"{at // 1000:02}/{at:05}.jpg"
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data[:2] + segment + data[2:])
            table.write(json.dumps({**row, "file_name": name}) + "\n")


def searchable(folder: Path, number: int) -> dict[str, float]:
    """Seconds until all photographs of a folder are in the catalog, and until in the index."""
    with library() as (ingest, indexer, index):
        start = time.perf_counter()
        ingest.run(FolderSource(folder))
        in_catalog = seconds(start)
        indexer.catch_up()
        index.refresh()
        in_index = seconds(start)
        found = index.search(parse("")).total
        if found != number:
            raise RuntimeError(f"{found} of {number} photographs can be found")
    return {"in_catalog": round(in_catalog, 2), "searchable": round(in_index, 2)}


def run(corpus: Path = CORPUS, number: int = PHOTOS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Every figure: images a second (the median of the rounds), and seconds for the folder."""
    logging.disable(logging.WARNING)
    products(corpus)  # the page cache and imports
    passes = [products(corpus) for _ in range(rounds)]
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        photos(corpus, number, Path(folder))
        took = searchable(Path(folder), number)
    return {
        "machine": facts(),
        "targets": TARGETS,
        "images": sum(1 for _ in (corpus / "images").iterdir()),
        "images_per_second": {
            name: round(statistics.median(each[name] for each in passes)) for name in passes[0]
        },
        "photos": number,
        "photos_seconds": took,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--photos", type=int, default=PHOTOS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    if not given.corpus.is_dir():
        options.exit(2, f"no corpus at {given.corpus}; name it with --corpus\n")
    figures = run(given.corpus, given.photos, given.rounds)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
