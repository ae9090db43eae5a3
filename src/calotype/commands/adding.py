"""`calotype add`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import orjson
from rich.table import Table
from rich.text import Text

from calotype.app import Parts, open_parts
from calotype.commands.places import remember
from calotype.commands.terminal import out, progress
from calotype.ingest import SKIPPED, Analysis, RefusedFile, Summary
from calotype.settings import Settings

SHOWN = 20


def add(settings: Settings, *, as_json: bool, allow_empty: bool) -> None:
    """Walk, read, analyse and index one source, and print the summary."""
    parts = open_parts(settings)
    (source,) = parts.sources.values()
    with progress(quiet=as_json) as note:
        summary = parts.ingest.run(source, progress=note, allow_empty=allow_empty)
        analysis = parts.ingest.analyse([source], progress=note)
        note("index", 0, 0, "")
        parts.indexer.catch_up()
    remember(parts.data)
    summary = _with_spoiled(summary, analysis, parts, source.key)
    if as_json:
        _print_json(source.key, summary, parts)
    else:
        _print_table(source.key, summary)
    parts.indexer.close()
    parts.catalog.close()


def _with_spoiled(summary: Summary, analysis: Analysis, parts: Parts, source: str) -> Summary:
    """The summary with what only decoding showed to be broken."""
    named = {refused.name for refused in summary.refused}
    spoiled = [
        RefusedFile(name, known.reason, known.message)
        for name, known in parts.catalog.known(source).items()
        if known.reason not in ("", SKIPPED) and name not in named
    ]
    added = max(0, summary.added - analysis.spoiled)
    return replace(summary, added=added, refused=(*summary.refused, *spoiled))


def _print_json(source: str, summary: Summary, parts: Parts) -> None:
    document = {
        "source": source,
        "data": str(parts.data),
        "images": parts.catalog.count(),
        "added": summary.added,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
        "refused": [r._asdict() for r in summary.refused],
        "skipped": summary.skipped,
    }
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _print_table(source: str, summary: Summary) -> None:
    numbers = ", ".join(
        f"[bold]{number:,}[/] {name}"
        for name, number in (
            ("added", summary.added),
            ("changed", summary.changed),
            ("unchanged", summary.unchanged),
            ("removed", summary.removed),
            ("refused", len(summary.refused)),
        )
    )
    out.print(Text(source, style="dim"))
    if summary.skipped:
        numbers += f" [dim]({summary.skipped:,} other files)[/]"
    out.print(numbers)
    if not summary.refused:
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("file", "reason", "what is wrong"):
        table.add_column(heading, overflow="fold")
    for refused in summary.refused[:SHOWN]:
        table.add_row(Text(refused.name), Text(refused.reason, "yellow"), Text(refused.message))
    out.print(table)
    rest = Counter(r.reason for r in summary.refused[SHOWN:])
    if rest:
        more = ", ".join(f"{number} {reason}" for reason, number in rest.most_common())
        out.print(f"[dim]and {rest.total()} more: {more}; --json lists them all[/]")
