"""How good the answers are, over the products' queries: python -m benchmarks.relevance

Each query has the files that are relevant to it. The first hit should be one of them, and so
should be the first ten (or as many as are relevant, where those are fewer). Then the same with
one letter of each word of four or more replaced by another, never the first, over several seeds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import string
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.machine import facts
from calotype.model import Change, Image, Place
from calotype.search import Indexer, Page, SearchConfig, SearchIndex, parse

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "products"
RESULT = Path(__file__).parent / "results" / "relevance.json"
SEEDS = 20


def records(corpus: Path) -> list[Change]:
    """The products as the catalog would hand them on, without looking at pixels."""
    changes = []
    lines = (corpus / "metadata.jsonl").read_text().splitlines()
    for seq, row in enumerate(map(json.loads, lines), 1):
        id = hashlib.sha256(row["file_name"].encode()).hexdigest()[:40]
        image = Image(
            id, "jpeg", 1274, 1580, 100_000, (Place("products", row["file_name"], "1"),), seq, seq,
            title=row["title"], description=row["description"], tags=tuple(row["tags"]),
        )  # fmt: skip
        changes.append(Change(seq, id, image))
    return changes


def queries(corpus: Path) -> list[tuple[str, set[str]]]:
    """The queries, and the names of the files relevant to each."""
    lines = (corpus / "queries.jsonl").read_text().splitlines()
    return [(row["query"], set(row["relevant"])) for row in map(json.loads, lines)]


def misspell(query: str, rng: random.Random) -> str:
    """One letter replaced in each word of four or more, not the first."""
    return " ".join(_replace(word, rng) if len(word) >= 4 else word for word in query.split())


def _replace(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word))
    other = rng.choice([letter for letter in string.ascii_lowercase if letter != word[at]])
    return word[:at] + other + word[at + 1 :]


def first_is_relevant(page: Page, relevant: set[str]) -> bool:
    return bool(page.hits) and page.hits[0].image.name in relevant


def precision(page: Page, relevant: set[str]) -> float:
    """Share of relevant hits among the first ten, or the first as many as there are."""
    most = min(10, len(relevant))
    return sum(hit.image.name in relevant for hit in page.hits[:most]) / most


def build(corpus: Path, path: Path) -> SearchIndex:
    """An index of the products in `path`."""
    changes, config = records(corpus), SearchConfig()
    indexer = Indexer(path, config, lambda after, limit: changes[after : after + limit])
    indexer.catch_up()
    indexer.close()
    return SearchIndex.open(path, config)


def measure(corpus: Path, path: Path, seeds: int = SEEDS) -> dict[str, Any]:
    """Every figure; shares from 0 to 1."""
    index, asked = build(corpus, path), queries(corpus)
    plain = [(index.search(parse(query), 10), relevant) for query, relevant in asked]
    shares = []
    for seed in range(seeds):
        rng = random.Random(seed)
        firsts = [
            first_is_relevant(index.search(parse(misspell(query, rng)), 10), relevant)
            for query, relevant in asked
        ]
        shares.append(statistics.mean(firsts))
    return {
        "queries": len(asked),
        "first_hit_relevant": statistics.mean(first_is_relevant(*each) for each in plain),
        "precision_at_10": statistics.mean(precision(*each) for each in plain),
        "misspelt": {
            "seeds": seeds,
            "first_hit_relevant_median": statistics.median(shares),
            "first_hit_relevant_worst": min(shares),
            "first_hit_relevant_best": max(shares),
        },
    }


def run(corpus: Path = CORPUS) -> dict[str, Any]:
    """The figures and what they were measured on."""
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        figures = measure(corpus, Path(folder))
    return {"machine": facts(), "tantivy": version("tantivy"), **figures}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    given = options.parse_args()
    if not given.corpus.is_dir():
        options.exit(2, f"no corpus at {given.corpus}; name it with --corpus\n")
    figures = run(given.corpus)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
