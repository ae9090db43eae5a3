"""The command `calotype`.

Exit codes: 0 done; 1 nothing matches; 2 a wrong argument; 3 the source, the data folder or the
port cannot be used; 4 something of ours failed.
"""

from __future__ import annotations

import logging
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer

from calotype import __version__
from calotype.errors import BadParameter, CalotypeError, NotFound
from calotype.settings import Settings

app = typer.Typer(
    name="calotype",
    help="Ask for an image by what it shows; get it rendered for the device that asks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder for all that is derived from the source."),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="Port; 0 for any free one. [default: 8080]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", metavar="SOURCE", help="Which source. [default: the one used last]"),
]
Width = Annotated[int | None, typer.Option("-w", "--width", help="Width in pixels.")]
Height = Annotated[int | None, typer.Option("-h", "--height", help="Height in pixels.")]
Fit = Annotated[str | None, typer.Option(help="max, clip, crop, fill or scale.")]
Format = Annotated[str | None, typer.Option("--fm", help="jpg, png, webp, avif or gif.")]
Quality = Annotated[int | None, typer.Option("-q", "--quality", help="1 to 100.")]
Dpr = Annotated[float | None, typer.Option(help="Device pixel ratio.")]


@app.command()
def serve(
    source: Annotated[str | None, typer.Argument(help="Folder or bucket URL.")] = None,
    data: Data = None,
    host: Host = None,
    port: Port = None,
) -> None:
    """Ingest SOURCE in the background, and serve it."""
    from calotype.commands import serving

    serving.serve(_settings(source, data), host, port)


@app.command()
def demo(host: Host = None, port: Port = None, data: Data = None) -> None:
    """Serve the gallery that comes with Calotype."""
    from calotype.commands import serving

    with as_file(files("calotype.demo") / "gallery") as gallery:
        serving.serve(_settings(str(gallery), data), host, port)


@app.command()
def add(
    sources: Annotated[list[str], typer.Argument(help="Folders or bucket URLs.")],
    data: Data = None,
    json: Json = False,
    allow_empty: Annotated[
        bool,
        typer.Option(help="Believe a source that is suddenly empty, and remove its images."),
    ] = False,
) -> None:
    """Ingest SOURCES now, and say what was added, changed, removed and refused."""
    from calotype.commands import adding

    for source in sources:
        adding.add(_settings(source, data), as_json=json, allow_empty=allow_empty)


@app.command()
def search(
    query: str,
    source: SourceOption = None,
    data: Data = None,
    limit: Annotated[int, typer.Option(help="Hits to show.")] = 10,
    json: Json = False,
) -> None:
    """Search from the terminal."""
    from calotype.commands import asking

    asking.search(_settings(source, data, known=True), query, limit, json)


@app.command(context_settings={"help_option_names": ["--help"]})
def get(
    query: str,
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write; - for stdout.")],
    source: SourceOption = None,
    data: Data = None,
    n: Annotated[int | None, typer.Option("-n", help="2 for the second best match …")] = None,
    width: Width = None,
    height: Height = None,
    fit: Fit = None,
    fm: Format = None,
    quality: Quality = None,
    dpr: Dpr = None,
) -> None:
    """Write what the service would answer to QUERY into a file."""
    from calotype.commands import asking

    given = _params(n=n, w=width, h=height, fit=fit, fm=fm, q=quality, dpr=dpr)
    asking.get(_settings(source, data, known=True), query, output, given)


@app.command(context_settings={"help_option_names": ["--help"]})
def url(
    query: Annotated[str, typer.Argument(metavar="QUERY-or-ID")],
    base: Annotated[str, typer.Option(help="Origin to put before the path.")] = "",
    n: Annotated[int | None, typer.Option("-n", help="2 for the second best match …")] = None,
    width: Width = None,
    height: Height = None,
    fit: Fit = None,
    fm: Format = None,
    quality: Quality = None,
    dpr: Dpr = None,
) -> None:
    """Build the URL for a query, or for the id of an image."""
    from calotype.commands import asking

    given = _params(n=n, w=width, h=height, fit=fit, fm=fm, q=quality, dpr=dpr)
    asking.url(Settings.load(), query, base, given)


@app.command()
def doctor(source: SourceOption = None, data: Data = None, json: Json = False) -> None:
    """Say what is installed, what is missing, what is misconfigured, and the mend."""
    from calotype.commands import doctor as examining

    examining.examine(source, data, as_json=json)


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"calotype {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command; an error of ours is one line on stderr and an exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        app()
    except CalotypeError as error:
        from calotype.commands.terminal import complain

        complain(error)
        sys.exit(_exit_code(error))


def _exit_code(error: CalotypeError) -> int:
    if isinstance(error, NotFound):
        return 1
    if isinstance(error, BadParameter):
        return 2
    return 3 if error.status == 503 or error.code in ("port-taken", "bad-setting") else 4


def _settings(source: str | None, data: Path | None, known: bool = False) -> Settings:
    """The settings with what the command line gives; `known`: of a source that was used before."""
    from calotype.commands.places import remembered

    settings = Settings.load(source=source, data=data)
    if known and not settings.source and not settings.data:
        settings = settings.model_copy(update={"data": remembered()})
    return settings


def _params(**given: object) -> dict[str, str]:
    return {name: str(value) for name, value in given.items() if value is not None}
