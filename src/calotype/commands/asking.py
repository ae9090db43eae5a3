"""`calotype search`, `get` and `url`: the same answers as over HTTP."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import orjson
from rich.table import Table
from rich.text import Text

from calotype import search as searching
from calotype.api import delivery
from calotype.app import Parts, build_services, open_parts
from calotype.commands.terminal import out
from calotype.deliver.urls import Urls
from calotype.errors import NoMatch, SourceUnavailable
from calotype.render.spec import RenderSpec
from calotype.settings import Settings

ID = re.compile(r"[0-9a-f]{40}")
BY_SUFFIX = {".jpg": "jpg", ".jpeg": "jpg", ".png": "png", ".webp": "webp", ".avif": "avif",
             ".gif": "gif"}  # fmt: skip


def search(settings: Settings, text: str, limit: int, as_json: bool) -> None:
    """Print the hits, best first. Raises NoMatch."""
    parts = _up_to_date(settings)
    query = searching.parse(text, config=settings.search)
    page = parts.index.search(query, limit=limit)
    if as_json:
        house = build_services(settings, parts)
        hits = [house.shapes.hit(hit) for hit in page.hits]
        document = {"query": text, "total": page.total, "results": hits}
        print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    if not page.hits:
        raise NoMatch(text, parts.index.suggest(query))
    if as_json:
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    table.add_column("title")
    table.add_column("size", justify="right")
    table.add_column("match")
    table.add_column("file", overflow="fold")
    table.add_column("id", no_wrap=True)
    for hit in page.hits:
        image = hit.image
        size = f"{image.width}×{image.height}"
        table.add_row(Text(image.title), size, hit.match, Text(image.name), image.id[:12])
    out.print(table)
    shown = len(page.hits)
    if shown < page.total:
        out.print(f"[dim]{shown} of {page.total:,}[/]")


def get(settings: Settings, text: str, output: Path, given: dict[str, str]) -> None:
    """Write the best match to a file; its suffix says the format where none is given."""
    parts = _up_to_date(settings)
    house = build_services(settings, parts)
    rank = int(given.pop("n", "1"))
    if "fm" not in given and (format := BY_SUFFIX.get(output.suffix.lower())):
        given["fm"] = format
    spec = RenderSpec.parse(given)
    query = searching.parse(text, config=settings.search)
    if ID.fullmatch(text):
        image = delivery.find(house, text)
    else:
        image = delivery.best(house, query, rank)[0].image
    plan = delivery.plan(house, image, spec, "")
    body = asyncio.run(delivery.rendition(house, image, plan)).body
    house.renditions.close()
    if str(output) == "-":
        sys.stdout.buffer.write(body)
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        raise SourceUnavailable(f"{output} cannot be written ({error.strerror}).") from None
    out.print(Text.assemble((image.title, "bold"), f" → {output} ({len(body):,} bytes)"))


def url(settings: Settings, text: str, base: str, given: dict[str, str]) -> None:
    """Print the URL. Raises BadParameter where the service would."""
    RenderSpec.parse(given)
    urls = Urls(base or settings.server.base_url)
    is_id = ID.fullmatch(text)
    print(urls.rendition(text, given) if is_id else urls.query(text, given))


def _up_to_date(settings: Settings) -> Parts:
    """The parts, with an index that has all that the catalog has."""
    parts = open_parts(settings)
    parts.indexer.catch_up()
    parts.index.refresh()
    return parts
