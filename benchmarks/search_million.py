"""Search over generated records: python -m benchmarks.search_million --records 1000000

The captions' words follow a Zipf–Mandelbrot law over 50,000 made-up words, so that a few are in
a third of the records and most in a handful. Every search goes through `parse` and
`SearchIndex.search` as a request does. Pages are not cached between repetitions unless said so.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import re
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tantivy

from benchmarks.machine import facts
from calotype.model import Change, Color, Image, Place
from calotype.search import Indexer, SearchConfig, SearchIndex, parse

RESULT = Path(__file__).parent / "results" / "search_million.json"
SEED = 20_260
VOCABULARY = 50_000
CAPTION = 8
"""Words of a caption; a tag and the file's number come beside them."""
COLORS = ("black", "gray", "white", "red", "orange", "yellow", "green", "blue", "purple", "brown")
LICENSES = ("CC0", "CC BY 4.0", "CC BY-SA 4.0")


def vocabulary(rng: np.random.Generator) -> list[str]:
    """Distinct, pronounceable made-up words of 3 to 15 letters, the most frequent first."""
    onsets = re.findall(r"\w+", "b c d f g h k l m n p r s t v w br ch cl dr fl gr sh sl st tr")
    vowels = ("a", "e", "i", "o", "u", "ai", "ea", "oo")
    codas = ("", "n", "r", "s", "t", "l", "ng")
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        parts = [
            onsets[rng.integers(len(onsets))] + vowels[rng.integers(len(vowels))]
            for _ in range(rng.integers(1, 4))
        ]
        word = "".join(parts) + codas[rng.integers(len(codas))]
        if len(word) >= 3:
            words.setdefault(word)
    return list(words)


def records(number: int, words: list[str]) -> Iterator[Image]:
    """`number` records, the same for the same number."""
    rng = np.random.default_rng(SEED)
    share = 1 / (np.arange(len(words)) + 2.7) ** 1.05
    upto = np.cumsum(share / share.sum())
    for start in range(0, number, 10_000):
        size = min(10_000, number - start)
        picks = np.searchsorted(upto, rng.random((size, CAPTION + 1))).clip(max=len(words) - 1)
        rolls = rng.integers(0, 1 << 30, (size, 4)).tolist()
        for at, (picked, roll) in enumerate(zip(picks.tolist(), rolls, strict=True)):
            yield _record(start + at + 1, [words[pick] for pick in picked], roll)


def _record(seq: int, words: list[str], roll: list[int]) -> Image:
    color = COLORS[roll[3] % len(COLORS)]
    return Image(
        id=f"{seq * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 160):040x}",
        format=("jpeg", "png", "webp")[roll[0] % 3],
        width=400 + roll[1] % 5000,
        height=400 + roll[2] % 4000,
        bytes=roll[0] % 5_000_000,
        places=(Place("/photos", f"{seq}.jpg", "1"),),
        seq=seq,
        born=seq,
        alt=" ".join(words[:CAPTION]),
        tags=(words[CAPTION],),
        license=LICENSES[roll[3] % 3],
        colors=(Color(color, "#808080", 0.6),),
        analysed=True,
    )


def questions(words: list[str], rng: np.random.Generator) -> dict[str, list[str]]:
    """Queries by kind, 200 of each; ranks are places in the vocabulary, 0 the most frequent."""

    def word(low: int, high: int) -> str:
        return words[int(rng.integers(low, high))]

    def typo() -> str:
        text = word(300, 5000)
        while len(text) < 5:
            text = word(300, 5000)
        at = int(rng.integers(1, len(text)))
        return text[:at] + "zxqj"[int(rng.integers(4))] + text[at + 1 :]

    kinds: dict[str, Callable[[], str]] = {
        "rare": lambda: word(10_000, 50_000),
        "middling": lambda: word(300, 3000),
        "common": lambda: word(0, 20),
        "two words": lambda: f"{word(100, 1000)} {word(100, 1000)}",
        "two common words": lambda: f"{word(0, 20)} {word(0, 20)}",
        "filtered": lambda: f"{word(50, 1000)} color:{COLORS[int(rng.integers(10))]} width:>=2000",
        "misspelt": typo,
    }
    return {kind: [make() for _ in range(200)] for kind, make in kinds.items()}


def timed(index: SearchIndex, texts: list[str], limit: int = 24) -> list[float]:
    """Milliseconds of each search, the records of its hits read whole."""
    took = []
    for text in texts:
        start = time.perf_counter()
        index.search(parse(text), limit)
        took.append((time.perf_counter() - start) * 1000)
    return took


def spread(took: list[float]) -> dict[str, float]:
    points = np.percentile(took, [50, 90, 99])
    names = ("p50_ms", "p90_ms", "p99_ms")
    return {name: round(float(point), 3) for name, point in zip(names, points, strict=True)}


def middle(runs: list[list[float]]) -> dict[str, float]:
    """The median of each point over the runs."""
    points = [spread(run) for run in runs]
    return {name: round(statistics.median(p[name] for p in points), 3) for name in points[0]}


def build(number: int, words: list[str], path: Path) -> dict[str, float]:
    """Index the records; those are made beforehand, so that only our own work is timed."""
    changes = [Change(image.seq, image.id, image) for image in records(number, words)]
    gc.collect()
    gc.freeze()
    indexer = Indexer(path, SearchConfig(), lambda after, limit: changes[after : after + limit])
    before = resident()
    start = time.perf_counter()
    indexer.catch_up()
    took = time.perf_counter() - start
    grown = resident() - before
    indexer.close()
    gc.unfreeze()
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return {
        "seconds": round(took, 2),
        "records_per_second": round(number / took),
        "disk_mb": round(size / 1e6, 1),
        "indexer_grew_mb": round(grown, 1),
    }


def resident() -> float:
    """This process's resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def answer(path: Path, words: list[str], rounds: int) -> dict[str, Any]:
    """Latencies by kind and of the mix, without page cache and with it, and memory."""
    before = resident()
    start = time.perf_counter()
    index = SearchIndex.open(path, SearchConfig(page_cache=0))
    opened = time.perf_counter() - start
    kinds = questions(words, np.random.default_rng(SEED + 1))
    mixed = [text for several in zip(*kinds.values(), strict=True) for text in several]
    cold = timed(index, mixed)
    runs = [timed(index, mixed) for _ in range(rounds)]
    tens = [timed(index, mixed, 10) for _ in range(rounds)]
    cached = SearchIndex.open(path, SearchConfig(page_cache=10_000))
    timed(cached, mixed)
    figures = {
        "open_ms": round(opened * 1000, 1),
        "mix_first_time": spread(cold),
        "mix": middle(runs),
        "mix_ten_a_page": middle(tens),
        "mix_page_cache": spread(timed(cached, mixed)),
        "by_kind": {kind: spread(timed(index, several)) for kind, several in kinds.items()},
        "newest_first": spread(timed(index, [""] * 50)),
    }
    figures["reader_memory_mb"] = round(resident() - before, 1)
    return figures


def bare(number: int, words: list[str]) -> dict[str, float]:
    """The same records through tantivy alone, documents made beforehand: three stemmed text fields
    and the id, which is what was measured before the index was designed. It is what this machine
    could do at the time of this run."""
    builder = tantivy.SchemaBuilder()
    for name in ("title", "alt", "tags"):
        builder.add_text_field(name, tokenizer_name="en_stem")
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    documents = [
        json.dumps({"id": r.id, "title": r.name, "alt": r.alt, "tags": r.tags[0]})
        for r in records(number, words)
    ]
    with tempfile.TemporaryDirectory(prefix="calotype-bench-") as folder:
        config = SearchConfig()
        writer = tantivy.Index(builder.build(), folder).writer(config.bulk_memory_mb << 20, 2)
        start = time.perf_counter()
        for document in documents:
            writer.add_json(document)
        writer.commit()
        writer.wait_merging_threads()
        took = time.perf_counter() - start
    return {"seconds": round(took, 2), "records_per_second": round(number / took)}


def run(number: int = 1_000_000, rounds: int = 5, keep: Path | None = None) -> dict[str, Any]:
    """Every figure; with `keep` the index is built there, or measured where it is there already."""
    logging.disable(logging.WARNING)
    words = vocabulary(np.random.default_rng(SEED))
    path = keep or Path(tempfile.mkdtemp(prefix="calotype-bench-"))
    figures: dict[str, Any] = {"machine": facts(), "tantivy": version("tantivy")}
    figures |= {"records": number, "seed": SEED, "rounds": rounds}
    try:
        if not (path / "current").exists():
            figures["bare_tantivy"] = bare(number, words)
            figures["build"] = build(number, words, path)
        figures["search"] = answer(path, words, rounds)
    finally:
        logging.disable(logging.NOTSET)
        if keep is None:
            shutil.rmtree(path, ignore_errors=True)
    return figures


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--keep", type=Path, help="build here, or measure what is here already")
    given = options.parse_args()
    figures = run(given.records, given.rounds, given.keep)
    print(json.dumps(figures, indent=2))
    if "build" in figures:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
