"""`calotype keys create`, `list` and `revoke`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.text import Text

from calotype.blobs import open_source
from calotype.catalog import Catalog, Key
from calotype.catalog.keys import SCOPES
from calotype.commands.places import fleet_catalog, known, remembered
from calotype.commands.terminal import err, out, plain, print_json, table
from calotype.errors import BadParameter, NotFound
from calotype.settings import Settings

LONGEST_LABEL = 100


def create(settings: Settings, scopes: Sequence[str], label: str, days: int | None) -> None:
    """Print a new key on stdout, and nothing else there: it can be piped to where it is kept."""
    for scope in scopes:
        if scope not in SCOPES:
            raise BadParameter("--scope", f"one of {', '.join(SCOPES)}", scope)
    if len(label) > LONGEST_LABEL or plain(label) != label:
        raise BadParameter(
            "--label", f"one line of at most {LONGEST_LABEL} characters, without controls", label
        )
    with _catalog(settings, new=True) as catalog:
        key = catalog.keys.create(list(dict.fromkeys(scopes)), label, days)
    print(key, flush=True)
    if err.is_terminal:
        err.print(Text("Keep it: it is shown this once, and only its hash is stored.", "dim"))


def show(settings: Settings, as_json: bool) -> None:
    with _catalog(settings) as catalog:
        keys = catalog.keys.all()
    if as_json:
        print_json([_document(key) for key in keys])
        return
    rows = table("id", "label", "scopes", "created", "last used", "state")
    for key in keys:
        state = _state(key)
        rows.add_row(
            Text(key.id, "bold"),
            Text(plain(key.label)),
            " ".join(key.scopes),
            _day(key.created),
            _day(key.last_used),
            Text(state, "green" if state.startswith("good") else "yellow"),
        )
    out.print(rows)


def revoke(settings: Settings, id: str) -> None:
    """Raises NotFound for an id that no key in use has."""
    # Whoever pastes all of a key means it too.
    short = id.split("_")[1] if id.startswith("ck_") and id.count("_") > 1 else id
    with _catalog(settings) as catalog:
        if not catalog.keys.revoke(short):
            raise NotFound(
                f"No key in use has the id {short[:40]!r}. `calotype keys list` shows them all."
            )
    err.print(Text(f"{short} is revoked; running services refuse it within 10 seconds."))


@contextmanager
def _catalog(settings: Settings, new: bool = False) -> Iterator[Catalog]:
    """`new`: where a data folder was named there need be no catalog in it yet."""
    catalog = Catalog.open(_url(settings, new))
    try:
        yield catalog
    finally:
        catalog.close()


def _url(settings: Settings, new: bool) -> str:
    if settings.catalog:
        return settings.catalog
    key = open_source(settings.source).key if settings.source else ""
    data = settings.data_dir(key) if settings.source or settings.data else remembered()
    if url := fleet_catalog(data):
        return url
    if not (new and settings.data):
        data = known(settings).data_dir(key)
    return settings.catalog_url(data.absolute())


def _document(key: Key) -> dict[str, object]:
    moments = {
        name: None if at is None else at.isoformat()
        for name in ("created", "expires", "revoked", "last_used")
        for at in (getattr(key, name),)
    }
    return {"id": key.id, "label": key.label, "scopes": list(key.scopes), **moments}


def _state(key: Key) -> str:
    if key.revoked is not None:
        return f"revoked {_day(key.revoked)}"
    if not key.good(datetime.now(UTC)):
        return f"out of date since {_day(key.expires)}"
    return "good" if key.expires is None else f"good until {_day(key.expires)}"


def _day(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d}"
