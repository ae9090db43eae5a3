"""`calotype serve` and `calotype demo`."""

from __future__ import annotations

import logging
import sys
import threading

from rich.text import Text

from calotype import server
from calotype.api.services import Services
from calotype.app import build_app
from calotype.commands.places import remember, remembered
from calotype.commands.terminal import err, progress
from calotype.settings import Settings


def serve(settings: Settings, host: str | None, port: int | None) -> None:
    """Serve until a signal; the ingest goes on in the background and shows how far it is."""
    given = {"host": host, "port": port}
    changes = {name: value for name, value in given.items() if value is not None}
    settings = settings.model_copy(update={"server": settings.server.model_copy(update=changes)})
    if not settings.source and not settings.data:
        settings = settings.model_copy(update={"data": remembered()})
    logging.getLogger("calotype").setLevel(settings.log_level.upper())
    bound = server.listen_on(settings.server)
    app = build_app(settings)
    house: Services = app.state.services
    remember(house.data)

    def started() -> None:
        shown = "localhost" if settings.server.host in ("0.0.0.0", "::") else settings.server.host  # noqa: S104
        shown = f"[{shown}]" if ":" in shown else shown
        _say(house, f"http://{shown}:{bound}")
        if err.is_terminal:
            threading.Thread(target=_show, args=(house,), daemon=True).start()

    server.run(app, settings.server, bound, started)


def _say(house: Services, address: str) -> None:
    for key in house.sources:
        err.print(Text.assemble(("Calotype ", "bold"), "serves ", (key, "cyan")))
    err.print(Text.assemble("at ", (address, "bold underline"), "  (Ctrl-C stops it)"))
    err.print(Text(f'curl "{address}/image/…?w=800" -o best.jpg', style="dim"))
    sys.stderr.flush()


def _show(house: Services) -> None:
    """The progress bar of the first ingest."""
    with progress() as note:
        while not house.keeper.settled.wait(0.2):
            now = house.keeper.progress
            if now.stage:
                note(now.stage, now.done, now.total, now.name)
    err.print(f"[green]{house.index.count():,} images are indexed.[/]")
