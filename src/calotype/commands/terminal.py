"""How commands speak: results on stdout, everything else on stderr."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeRemainingColumn as Remaining
from rich.segment import Segment, Segments
from rich.table import Column, Table
from rich.text import Text

from calotype.errors import CalotypeError, NoMatch

out = Console()
err = Console(stderr=True)

GAP = 2
"""Spaces between columns."""
WIDEST = 10_000

STAGES = {
    "find": "Looking",
    "read": "Reading",
    "remove": "Removing",
    "analyse": "Looking at pixels",
    "index": "Indexing",
}

_JOINERS = "\u200c\u200d"
_LATE_CONTROLS = re.compile(r"[\x7f-\x9f]")

Note = Callable[[str, int, int, str], None]


def plain(text: str) -> str:
    """A name, title or message, safe to show: none of its characters steers the terminal.

    U+FFFD stands for what is a control or format character (Unicode's Cc and Cf), but for the
    joiners that Persian and emoji are written with.
    """
    return "".join("\ufffd" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf") and character not in _JOINERS


def print_json(document: object) -> None:
    """JSON on stdout. Controls that JSON allows unescaped (U+007F to U+009F) are escaped too."""
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    print(_LATE_CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def complain(error: CalotypeError) -> None:
    err.print(Text.assemble(("error: ", "bold red"), plain(str(error))))
    if isinstance(error, NoMatch) and error.suggestions:
        words = Text(", ").join(Text(plain(each), "bold") for each in error.suggestions)
        err.print(Text.assemble("       Try: ", words))


def table(*headings: str) -> Table:
    """A table without lines; a heading that begins with `>` has its column on the right."""
    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, GAP, 0, 0))
    for heading in headings:
        right = heading.startswith(">")
        made.add_column(heading.lstrip(">"), justify="right" if right else "left", overflow="fold")
    return made


def print_wide(rows: Table) -> None:
    """On stdout, no line broken, however wide it is."""
    options = out.options.update(width=WIDEST)
    for line in out.render_lines(rows, options, pad=False):
        out.print(Segments([*line, Segment.line()]), soft_wrap=True, end="")


@contextmanager
def progress(quiet: bool = False) -> Iterator[Note]:
    """A progress bar a stage, on stderr; nothing where that is no terminal."""
    rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<17}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        Remaining(),
        TextColumn("{task.fields[name]}", style="dim", markup=False, table_column=rest),
        console=err,
        expand=True,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    tasks: dict[str, int] = {}

    def note(stage: str, done: int, total: int, name: str) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(STAGES.get(stage, stage), total=total or None, name="")
        shown = plain(name) if done < total else ""
        bar.update(tasks[stage], completed=done, total=total or None, name=shown)  # type: ignore[arg-type]

    with bar:
        yield note
