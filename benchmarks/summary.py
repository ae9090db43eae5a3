"""The results beside what they are to reach, as the README shows them."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->"
MODULES = ["relevance", "search_million", "ingest", "render_small", "http"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: where it lies in a result, and the bound that it is to keep to."""

    what: str
    module: str
    path: str
    target: float | None = None
    at_most: bool = False
    unit: str = ""

    def value(self, results: dict[str, Any]) -> float | None:
        found: Any = results.get(self.module)
        for part in self.path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found if isinstance(found, int | float) else None

    def reached(self, value: float) -> bool:
        keeps: Callable[[float, float], bool] = operator.le if self.at_most else operator.ge
        return self.target is None or keeps(value, self.target)


FIGURES = [
    Figure("first hit relevant, 68 queries", "relevance", "first_hit_relevant", 0.99, unit="%"),
    Figure("precision at 10", "relevance", "precision_at_10", 0.97, unit="%"),
    Figure(
        "first hit relevant, each word misspelt (median of 20 seeds)",
        "relevance",
        "misspelt.first_hit_relevant_median",
        0.85,
        unit="%",
    ),
    Figure("search, a million images, p50", "search_million", "search.mix.p50_ms", 0.5, True, "ms"),
    Figure("search, a million images, p99", "search_million", "search.mix.p99_ms", 5, True, "ms"),
    Figure(
        "the same, ten hits a page instead of 24, p50",
        "search_million",
        "search.mix_ten_a_page.p50_ms",
        0.5,
        True,
        "ms",
    ),
    Figure("index build", "search_million", "build.records_per_second", 80_000, unit="records/s"),
    Figure(
        "tantivy alone, three fields, at the same time",
        "search_million",
        "bare_tantivy.records_per_second",
        unit="records/s",
    ),
    Figure("memory of the reader", "search_million", "search.reader_memory_mb", unit="MB"),
    Figure("`/search`, one process", "http", "search.rps", 3_000, unit="requests/s"),
    Figure("the same, not asked for before", "http", "search_anew.rps", unit="requests/s"),
    Figure("warm `/image/{query}?w=400`", "http", "warm_image.rps", 6_000, unit="requests/s"),
    Figure("the same, answered 304", "http", "not_modified.rps", 6_000, unit="requests/s"),
    Figure("ingest, header pass", "ingest", "images_per_second.header_pass", 200, unit="images/s"),
    Figure("10,000 photos searchable", "ingest", "photos_seconds.searchable", 60, True, "s"),
]


def rows() -> list[tuple[str, str, str]]:
    """What, what was seen, what was to be reached; a figure without a result is left out."""
    results = {
        name: json.loads(file.read_text())
        for name in MODULES
        if (file := FOLDER / f"{name}.json").exists()
    }
    found = []
    for figure in FIGURES:
        value = figure.value(results)
        if value is not None:
            seen = _shown(value, figure.unit)
            seen = seen if figure.reached(value) else f"**{seen}, missed**"
            found.append((figure.what, seen, _bound(figure)))
    return found


def table(lines: Sequence[tuple[str, str, str]]) -> str:
    """A Markdown table."""
    head = ("figure", "seen", "to reach")
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---",) * 3, *lines))


def with_figures(text: str) -> str:
    """The text with the table between the two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table(rows())}\n{END}{after}"


def _bound(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≤' if figure.at_most else '≥'} {_shown(figure.target, figure.unit)}"


def _shown(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value * 100:.1f} %"
    digits = 0 if value >= 100 else 2 if value % 1 else 0
    return f"{value:,.{digits}f} {unit}".strip()
