"""How commands speak: results on stdout, everything else on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeRemainingColumn as Remaining
from rich.table import Column, Table
from rich.text import Text

from calotype.errors import CalotypeError, NoMatch

out = Console()
err = Console(stderr=True)

STAGES = {
    "find": "Looking",
    "read": "Reading",
    "remove": "Removing",
    "analyse": "Looking at pixels",
    "index": "Indexing",
}

Note = Callable[[str, int, int, str], None]


def complain(error: CalotypeError) -> None:
    err.print(Text.assemble(("error: ", "bold red"), str(error)))
    if isinstance(error, NoMatch) and error.suggestions:
        words = Text(", ").join(Text(each, "bold") for each in error.suggestions)
        err.print(Text.assemble("       Try: ", words))


def table(*headings: str) -> Table:
    """A table without lines; a heading that begins with `>` has its column on the right."""
    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        right = heading.startswith(">")
        made.add_column(heading.lstrip(">"), justify="right" if right else "left", overflow="fold")
    return made


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
        shown = name if done < total else ""
        bar.update(tasks[stage], completed=done, total=total or None, name=shown)  # type: ignore[arg-type]

    with bar:
        yield note
