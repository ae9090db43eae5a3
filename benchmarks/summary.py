"""The results beside what they are to reach, as the README shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.render import table as renditions

FOLDER = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->"
BESIDE_BEGIN, BESIDE_END = "<!-- renditions -->\n", "<!-- /renditions -->"
MODULES = ["relevance", "search_million", "ingest", "render_small", "http", "overload"]
RESULTS = [*MODULES, "render", "fleet"]
"""`render` is measured by `make bench-render`, apart from the rest: it installs other servers; and
`fleet` by `make bench-fleet`."""


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
    Figure("5 × what can be rendered, p99 of the images", "overload", "p99_ms", 2000, True, "ms"),
    Figure("the same, requests without an answer", "overload", "timeouts", 0, True),
    Figure("the same, 5xx but the marked 503s", "overload", "other_5xx", 0, True),
    Figure("the same, until all is as before", "overload", "recovery_seconds", 5, True, "s"),
    Figure("ingest, header pass", "ingest", "images_per_second.header_pass", 200, unit="images/s"),
    Figure("10,000 photos searchable", "ingest", "photos_seconds.searchable", 60, True, "s"),
    *renditions.FIGURES,
    Figure("fleet, an edge hit over bare Varnish", "fleet", "edge.ratio", 0.8, unit="×"),
    Figure(
        "fleet, hit ratio, Zipf(1.0) over 2,000 URLs", "fleet", "zipf.hit_ratio", 0.95, unit="%"
    ),
    Figure(
        "fleet, from 1 × to 4 × one instance's load: until p95 ≤ 300 ms again",
        "fleet",
        "step.restored_seconds",
        60,
        True,
        "s",
    ),
    Figure(
        "the same, until there are as few instances as before",
        "fleet",
        "step.to_minimum_seconds",
        unit="s",
    ),
    Figure(
        "fleet, a new instance answers, a million images",
        "fleet",
        "newcomer.seconds",
        10,
        True,
        "s",
    ),
]


def rows() -> list[tuple[str, str, str]]:
    """What, what was seen, what was to be reached. Where its module was measured and a figure was
    not, that is said, and if a server could not be had, which."""
    results = {
        name: json.loads(file.read_text())
        for name in RESULTS
        if (file := FOLDER / f"{name}.json").exists()
    }
    found = []
    for figure in FIGURES:
        value = figure.value(results)
        if value is not None:
            seen = _shown(value, figure.unit)
            seen = seen if figure.reached(value) else f"**{seen}, missed**"
            found.append((figure.what, seen, _bound(figure)))
        elif figure.module in results:
            absent = figure.absent(results)
            why = f": no {absent} here" if absent else ""
            found.append((figure.what, f"not measured{why}", _bound(figure)))
    return found


def table(lines: Sequence[tuple[str, str, str]]) -> str:
    """A Markdown table."""
    head = ("figure", "seen", "to reach")
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ("---",) * 3, *lines))


def with_figures(text: str) -> str:
    """The text with each table between its two marks."""
    text = _between(text, BEGIN, END, table(rows()))
    result = FOLDER / "render.json"
    if not result.exists():
        return text
    beside = renditions.beside(json.loads(result.read_text()))
    return _between(text, BESIDE_BEGIN, BESIDE_END, beside)


def _between(text: str, begin: str, end: str, part: str) -> str:
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{part}\n{end}{after}"


def _bound(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{'≤' if figure.at_most else '≥'} {_shown(figure.target, figure.unit)}"


def _shown(value: float, unit: str) -> str:
    if unit == "%":
        return f"{value * 100:.1f} %"
    digits = 0 if value >= 100 else 2 if value % 1 else 0
    return f"{value:,.{digits}f} {unit}".strip()
