"""`calotype serve` and `calotype demo`."""

from __future__ import annotations

import logging
import shlex
import sys
import threading
from contextlib import suppress

from rich.text import Text

from calotype import __version__, server
from calotype.api.services import Services
from calotype.app import build_app
from calotype.blobs import FolderSource, open_source
from calotype.commands.places import known, remember
from calotype.commands.terminal import err, plain, progress
from calotype.errors import CatalogUnavailable
from calotype.settings import Settings


def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve until a signal; the ingest goes on in the background and shows how far it is."""
    given = {"host": host, "port": port}
    changes = {name: value for name, value in given.items() if value is not None}
    settings = settings.model_copy(update={"server": settings.server.model_copy(update=changes)})
    if not settings.source:
        settings = known(settings, "SOURCE")
    logging.getLogger("calotype").setLevel(settings.log_level.upper())
    bound = server.listen_on(settings.server)
    # A bucket may be back in a moment; a folder that is not there was misspelt or not mounted, and
    # nothing is to be left behind for it.
    if settings.source and isinstance(folder := open_source(settings.source), FolderSource):
        folder.check()
    app = build_app(settings)
    house: Services = app.state.services
    with suppress(CatalogUnavailable):  # it serves from its index, and waits for the catalog
        for source in house.ingested():
            if isinstance(source, FolderSource):
                source.check()
    remember(house.data)

    def started() -> None:
        _say(house, *_address(settings, bound))
        if err.is_terminal:
            threading.Thread(target=_show, args=(house,), daemon=True).start()

    server.run(app, settings.server, bound, started)


def _address(settings: Settings, port: int) -> tuple[str, str]:
    """Where it listens, and how curl asks there."""
    path = settings.server.unix_socket
    if path is not None:
        return f"unix:{path}", f"--unix-socket {shlex.quote(str(path))} 'http://localhost"
    host = settings.server.host
    shown = "localhost" if host in ("0.0.0.0", "::") else host  # noqa: S104
    shown = f"[{shown}]" if ":" in shown else shown
    return f"http://{shown}:{port}", f"'http://{shown}:{port}"


def _say(house: Services, address: str, asked: str) -> None:
    err.print(Text.assemble(("Calotype ", "bold"), (__version__, "dim")))
    ours = house.writing.writes.uploads.source.key
    for key in (key for key in house.sources if key != ours):  # those that are known by now
        err.print(Text.assemble(("  serves   ", "dim"), plain(key)), soft_wrap=True)
    err.print(Text.assemble(("  at       ", "dim"), (address, "bold underline")), soft_wrap=True)
    example = f"curl -o best.jpg {asked}/image/…?w=800'"
    err.print(Text.assemble(("  answers  ", "dim"), example), soft_wrap=True)
    err.print(Text("  Ctrl-C stops it", "dim"))
    sys.stderr.flush()


def _show(house: Services) -> None:
    """The progress bar of the first ingest."""
    with progress() as note:
        while not house.keeper.settled.wait(0.2):
            now = house.keeper.progress
            if now.stage:
                note(now.stage, now.done, now.total, now.name)
    err.print(Text(f"  {house.index.count():,} images are indexed.", "green"))
