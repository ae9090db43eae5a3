"""How commands speak: results on stdout, everything else on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeRemainingColumn as Remaining
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
        err.print(Text("Did you mean: " + ", ".join(error.suggestions) + "?"))


@contextmanager
def progress(quiet: bool = False) -> Iterator[Note]:
    """A progress bar a stage, on stderr; nothing where that is no terminal."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        Remaining(),
        TextColumn("[dim]{task.fields[name]}", markup=True),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    tasks: dict[str, int] = {}

    def note(stage: str, done: int, total: int, name: str) -> None:
        if stage not in tasks:
            tasks[stage] = bar.add_task(STAGES.get(stage, stage), total=total or None, name="")
        shown = name if len(name) <= 40 else "…" + name[-39:]
        bar.update(tasks[stage], completed=done, total=total or None, name=shown)  # type: ignore[arg-type]

    with bar:
        yield note
