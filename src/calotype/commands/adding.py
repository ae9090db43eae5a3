"""`calotype add`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.text import Text

from calotype.blobs import FolderSource, open_source
from calotype.commands.exits import code_of
from calotype.commands.places import remember
from calotype.commands.terminal import complain, out, plain, print_json, progress, table
from calotype.errors import CalotypeError
from calotype.ingest import SKIPPED, Analysis, RefusedFile, Summary
from calotype.parts import Parts, open_parts
from calotype.settings import Settings

SHOWN = 20


def add(sources: Sequence[str], data: Path | None, *, as_json: bool, allow_empty: bool) -> int:
    """Ingest each source, and print what came of it; returns the exit code of the first to fail.

    As JSON: one object, and a list of them where there are several sources.
    """
    code, documents = 0, []
    for source in sources:
        try:
            settings = Settings.load(source=source, data=data)
            documents.append(_add(settings, quiet=as_json, allow_empty=allow_empty))
        except CalotypeError as error:
            complain(error)
            code = code or code_of(error)
    if as_json and documents:
        shown = documents if len(sources) > 1 else documents[0]
        print_json(shown)
    return code


def _add(settings: Settings, *, quiet: bool, allow_empty: bool) -> dict[str, Any]:
    """Walk, read, analyse and index one source."""
    given = open_source(settings.source)
    if isinstance(given, FolderSource):
        given.check()  # before anything is made for it
    parts = open_parts(settings)
    with ExitStack() as closing:
        closing.callback(parts.catalog.close)
        closing.callback(parts.indexer.close)
        parts.catalog.check()
        source = parts.sources[given.key]
        with progress(quiet=quiet) as note:
            summary = parts.ingest.run(source, progress=note, allow_empty=allow_empty)
            analysis = parts.ingest.analyse([source], progress=note)
            note("index", 0, 0, "")
            parts.indexer.catch_up()
        remember(parts.data)
        summary = _with_spoiled(summary, analysis, parts, source.key)
        images = parts.catalog.count()
        if not quiet:
            _show(source.key, summary, images)
        return _document(source.key, parts.data, summary, images)


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


def _document(source: str, data: Path, summary: Summary, images: int) -> dict[str, Any]:
    return {
        "source": source,
        "data": str(data),
        "images": images,
        "added": summary.added,
        "changed": summary.changed,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
        "refused": [r._asdict() for r in summary.refused],
        "skipped": summary.skipped,
    }


def _show(source: str, summary: Summary, images: int) -> None:
    out.print(Text(plain(source), "bold"), soft_wrap=True)
    numbers = (
        (summary.added, "added", "green"),
        (summary.changed, "changed", "green"),
        (summary.unchanged, "unchanged", ""),
        (summary.removed, "removed", "yellow"),
        (len(summary.refused), "refused", "yellow"),
    )
    line = Text("  ")
    for number, name, style in numbers:
        style = f"{style} bold".strip() if number else "dim"
        line.append(f"{number:,} {name}", style).append("   ")
    line.rstrip()
    out.print(line)
    kept = "1 image" if images == 1 else f"{images:,} images"
    others = (
        "1 other file is no image"
        if summary.skipped == 1
        else f"{summary.skipped:,} other files are no images"
    )
    out.print(Text(f"  {kept} in all" + (f"; {others}" if summary.skipped else ""), "dim"))
    if summary.refused:
        _show_refused(summary.refused)


def _show_refused(refused: Sequence[RefusedFile]) -> None:
    rows = table("refused", "why", "what is wrong")
    for each in refused[:SHOWN]:
        rows.add_row(Text(plain(each.name)), Text(each.reason, "yellow"), Text(plain(each.message)))
    out.print()
    out.print(rows)
    rest = Counter(each.reason for each in refused[SHOWN:])
    if rest:
        more = ", ".join(f"{number} {reason}" for reason, number in rest.most_common())
        out.print(Text(f"and {rest.total():,} more ({more}); --json lists them all", "dim"))
