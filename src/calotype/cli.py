"""The command `calotype`: what can be typed. What is done is in `commands`.

Modules are imported by the command that needs them, so that `--help` is there at once.
"""

from __future__ import annotations

import logging
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from calotype import __version__
from calotype.commands.exits import EPILOG, run
from calotype.render.parameters import FITS, FORMATS
from calotype.settings import DOCUMENTED, Settings, unknown_variables

log = logging.getLogger(__name__)

app = typer.Typer(
    name="calotype",
    help="Ask for an image by what it shows; get it rendered for the device that asks.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Query = Annotated[
    str,
    typer.Argument(metavar="QUERY", help='Words, "phrases", -not, and filters: color:blue …'),
]
LAST = "[default: that of --data, else the one added or served last]"
WHICH = f"Which source. {LAST}"
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Folder for all that is derived from the source."),
]
Host = Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Port; 0 for any free one. [default: 8080]"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for scripts.")]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", metavar="SOURCE", help=WHICH),
]
Width = Annotated[int | None, typer.Option("-w", "--width", help="Width in pixels.")]
Height = Annotated[int | None, typer.Option("--height", help="Height in pixels.")]
Fit = Annotated[str | None, typer.Option(help=f"{', '.join(FITS)}.")]
Format = Annotated[str | None, typer.Option("--fm", help=f"{', '.join(FORMATS)}.")]
Quality = Annotated[int | None, typer.Option("-q", "--quality", help="1 to 100.")]
Dpr = Annotated[float | None, typer.Option(help="Device pixel ratio.")]
Param = Annotated[
    list[str] | None,
    typer.Option(
        "-p", "--param", metavar="NAME=VALUE", help="Any rendering parameter: blur=40. Repeatable."
    ),
]


@app.command()
def serve(
    source: Annotated[
        str | None,
        typer.Argument(metavar="[SOURCE]", help=f"Folder or bucket URL. {LAST}"),
    ] = None,
    data: Data = None,
    host: Host = None,
    port: Port = None,
) -> None:
    """Ingest SOURCE in the background, and serve it."""
    from calotype.commands import serving

    serving.serve(Settings.load(source=source, data=data), host, port)


@app.command()
def demo(host: Host = None, port: Port = None, data: Data = None) -> None:
    """Serve the gallery that comes with Calotype."""
    from calotype.commands import serving

    with as_file(files("calotype.demo") / "gallery") as gallery:
        serving.serve(Settings.load(source=str(gallery), data=data), host, port)


@app.command()
def add(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE…", help="Folders or bucket URLs.")
    ],
    data: Data = None,
    json: Json = False,
    allow_empty: Annotated[
        bool,
        typer.Option(help="Believe a source that is suddenly empty, and remove its images."),
    ] = False,
) -> None:
    """Ingest SOURCES now, and say what was added, changed, removed and refused."""
    from calotype.commands import adding

    code = adding.add(sources, data, as_json=json, allow_empty=allow_empty)
    raise typer.Exit(code)


@app.command()
def search(
    query: Query,
    source: SourceOption = None,
    data: Data = None,
    limit: Annotated[int, typer.Option(help="Hits to show.")] = 10,
    json: Json = False,
) -> None:
    """Search from the terminal."""
    from calotype.commands import asking

    asking.search(_known(source, data), query, limit, json)


@app.command()
def get(
    query: Query,
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
    param: Param = None,
) -> None:
    """Write what the service would answer to QUERY into a file."""
    from calotype.commands import asking

    given = _params(param, n=n, w=width, h=height, fit=fit, fm=fm, q=quality, dpr=dpr)
    asking.get(_known(source, data), query, output, given)


@app.command()
def url(
    query: Annotated[
        str,
        typer.Argument(
            metavar="QUERY-or-ID",
            help="Words, an id, or a path to sign: /i/…/original, /iiif/3/…, /image/hat?w=80.",
        ),
    ],
    base: Annotated[
        str, typer.Option(metavar="ORIGIN", help="Put before the path: https://example.org.")
    ] = "",
    n: Annotated[int | None, typer.Option("-n", help="2 for the second best match …")] = None,
    width: Width = None,
    height: Height = None,
    fit: Fit = None,
    fm: Format = None,
    quality: Quality = None,
    dpr: Dpr = None,
    param: Param = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="How long a signed URL is good: 90s, 15m, 12h, 30d."),
    ] = None,
    key_id: Annotated[
        str | None, typer.Option(metavar="NAME", help="Key to sign with. [default: the first]")
    ] = None,
) -> None:
    """Build the URL for a query, or for the id of an image; signed, if there is a key."""
    from calotype.commands import asking

    given = _params(param, n=n, w=width, h=height, fit=fit, fm=fm, q=quality, dpr=dpr)
    asking.url(Settings.load(), query, base, given, expires, key_id)


class Defaulted(TyperGroup):
    """What does not begin with the name of one of its commands is for `start`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] and args[0] not in {*self.commands, "--help", "-h"}:
            args = ["start", *args]
        return super().parse_args(ctx, args)


fleet = typer.Typer(
    cls=Defaulted, no_args_is_help=True, help="The whole architecture on one machine."
)
app.add_typer(fleet, name="fleet")


@fleet.command()
def start(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Folder or bucket URL.")],
    least: Annotated[
        int | None, typer.Option("--min", min=1, help="Fewest instances. [default: 2]")
    ] = None,
    most: Annotated[
        int | None, typer.Option("--max", min=1, help="Most instances. [default: 6]")
    ] = None,
    host: Host = None,
    port: Port = None,
    admin_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the status, on loopback. [default: 8081]"),
    ] = None,
    data: Data = None,
    record: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append a sample a second, as JSON lines.")
    ] = None,
) -> None:
    """Start edge, load balancer, catalog and instances, and keep them (`calotype fleet SOURCE`)."""
    from calotype.commands import fleet as commanding

    commanding.run(
        Settings.load(source=source, data=data),
        least=least,
        most=most,
        host=host,
        port=port,
        admin_port=admin_port,
        record=record,
    )


@fleet.command()
def report(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What --record wrote.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Page to write. [default: FILE with .html]"),
    ] = None,
) -> None:
    """Draw a recording as one page."""
    from calotype.commands import fleet_report

    fleet_report.write(file, output or file.with_suffix(".html"))


@app.command()
def doctor(source: SourceOption = None, data: Data = None, json: Json = False) -> None:
    """Say what is installed, what is missing, what is misconfigured, and the mend."""
    from calotype.commands import doctor as examining

    examining.examine(source, data, as_json=json)


keys_app = typer.Typer(help="Create, list and revoke the keys of those who may change something.",
                       no_args_is_help=True)  # fmt: skip
app.add_typer(keys_app, name="keys")


@keys_app.command("create")
def keys_create(
    scope: Annotated[list[str], typer.Option(help="What it may: write.")],
    label: Annotated[str, typer.Option(help="Whose it is, or what for.")] = "",
    expires: Annotated[
        int | None, typer.Option(metavar="DAYS", min=1, max=3650, help="Days that it is good for.")
    ] = None,
    source: SourceOption = None,
    data: Data = None,
) -> None:
    """Make a key. It is printed once, and only its hash is kept."""
    from calotype.commands import keys

    keys.create(Settings.load(source=source, data=data), scope, label, expires)


@keys_app.command("list")
def keys_list(source: SourceOption = None, data: Data = None, json: Json = False) -> None:
    """Show all keys, but for their secrets."""
    from calotype.commands import keys

    keys.show(Settings.load(source=source, data=data), json)


@keys_app.command("revoke")
def keys_revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="As `calotype keys list` shows it.")],
    source: SourceOption = None,
    data: Data = None,
) -> None:
    """Make a key worthless, for good."""
    from calotype.commands import keys

    keys.revoke(Settings.load(source=source, data=data), id)


@app.callback(invoke_without_command=True)
def top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"calotype {__version__}")
        raise typer.Exit
    if context.invoked_subcommand == "doctor":  # which says it itself
        return
    for name, nearest in unknown_variables().items():
        hint = f"; did you mean {nearest}?" if nearest else ""
        log.warning("%s is no setting%s See %s.", name, hint or ".", DOCUMENTED)


def main() -> None:
    """Run the command; an error of ours is one line on stderr and an exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    sys.exit(run(app))


def _known(source: str | None, data: Path | None) -> Settings:
    """The settings of a source that was added before."""
    from calotype.commands.places import known

    return known(Settings.load(source=source, data=data))


def _params(pairs: list[str] | None, **given: object) -> dict[str, str]:
    """All that was given, by the parameter's name. Raises BadParameter."""
    from calotype.commands.asking import with_params

    named = {name: str(value) for name, value in given.items() if value is not None}
    return with_params(named, pairs or [])
