"""`calotype search`, `get` and `url`: the same answers as over HTTP."""

from __future__ import annotations

import asyncio
import difflib
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from pydantic import ValidationError
from rich.text import Text

from calotype import search as searching
from calotype.api import delivery
from calotype.api.services import Services
from calotype.api.shape import Shapes
from calotype.app import build_services
from calotype.commands.terminal import GAP, err, out, plain, print_json, print_wide, table
from calotype.deliver.signing import EXPIRES, SIGNATURE
from calotype.deliver.urls import Urls
from calotype.errors import BadParameter, NoMatch, Unusable
from calotype.model import Image, Rendition
from calotype.parts import Parts, open_parts
from calotype.render.parameters import ALIASES, ORDER, known
from calotype.render.spec import RenderSpec
from calotype.search import Page
from calotype.settings import ServerConfig, Settings

PATHS = ("/image/", "/i/", "/iiif/", "/search")
"""What `url` takes for an address of the service, not for words."""
HAS_PARAMETERS = re.compile(r"\?[A-Za-z0-9-]+=")
ID = re.compile(r"[0-9a-f]{40}")
BY_SUFFIX = {".jpg": "jpg", ".jpeg": "jpg", ".png": "png", ".webp": "webp", ".avif": "avif",
             ".gif": "gif"}  # fmt: skip
LASTING = re.compile(r"([0-9]{1,9})([smhd]?)", re.ASCII)
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = 3650 * UNITS["d"]
SHORTEST_TITLE = 12
MATCH_STYLES = {"exact": "green", "words": "", "near": "yellow", "some": "dim"}


def search(settings: Settings, text: str, limit: int, as_json: bool) -> None:
    """Print the hits, best first. Raises NoMatch."""
    with _up_to_date(settings) as parts:
        query = searching.parse(text, config=settings.search)
        page = parts.index.search(query, limit=limit)
        suggestions = [] if page.hits else parts.index.suggest(query)
    if as_json:
        shapes = Shapes(Urls(settings.server.base_url, settings.signing.signer))
        results = [
            {**shapes.document(hit.image), "score": round(hit.score, 4), "match": hit.match}
            for hit in page.hits
        ]
        document = {"query": text, "total": page.total, "results": results,
                    "suggestions": suggestions}  # fmt: skip
        print_json(document)
    if not page.hits:
        raise NoMatch(text, suggestions)
    if not as_json:
        _show(page, ranked=query.ranked)


def _show(page: Page, *, ranked: bool) -> None:
    """A line a hit, which is never broken: on a terminal a long title is shortened."""
    sizes = [f"{hit.image.width}×{hit.image.height}" for hit in page.hits]
    names = [Text(plain(hit.image.name), "cyan") for hit in page.hits]
    titles = [Text(plain(hit.image.title) or "–", "bold") for hit in page.hits]
    if out.is_terminal:
        taken = _widest(names) + max(map(len, sizes)) + len("nn") + len("match") + 4 * GAP
        for title in titles:
            title.truncate(max(SHORTEST_TITLE, out.width - taken), overflow="ellipsis")
    rows = table(">n", "title", ">size", "match", "file")
    for number, hit in enumerate(page.hits, 1):
        rows.add_row(
            Text(str(number), "dim"),
            titles[number - 1],
            sizes[number - 1],
            Text(hit.match, MATCH_STYLES[hit.match]) if ranked else "",
            names[number - 1],
        )
    print_wide(rows)
    shown = len(page.hits)
    if shown < page.total:
        out.print(Text(f"{shown} of {page.total:,}; --limit shows more", "dim"))


def _widest(texts: list[Text]) -> int:
    return max(text.cell_len for text in texts)


def get(settings: Settings, text: str, output: Path, given: dict[str, str]) -> None:
    """Write the best match to a file; its suffix says the format where none is given.

    Raises NoMatch, BadParameter where the service would, and Unusable if it cannot be written.
    """
    rank = int(given.pop("n", "1"))
    if not 1 <= rank <= settings.search.max_limit:
        raise BadParameter("-n", f"a whole number from 1 to {settings.search.max_limit}", rank)
    if "fm" not in given and str(output) != "-":
        given["fm"] = _format(output)
    spec = RenderSpec.parse(given)
    with _up_to_date(settings) as parts:
        house = build_services(settings, parts)
        if ID.fullmatch(text):
            image = delivery.find(house, text)
        else:
            query = searching.parse(text, config=settings.search)
            image = delivery.best(house, query, rank)[0].image
        found = asyncio.run(_render(house, image, spec))
    if str(output) == "-":
        sys.stdout.buffer.write(found.body)
        return
    try:
        output.write_bytes(found.body)
    except OSError as error:
        reason = error.strerror or "not a path"
        raise Unusable(f"{output} cannot be written ({reason}). Choose another with -o.") from None
    size = f"{found.width}×{found.height}, {len(found.body):,} bytes"
    line = Text.assemble(
        (plain(image.title or image.name), "bold"), f" → {plain(str(output))}  ", (size, "dim")
    )
    err.print(line, soft_wrap=True)


def _format(output: Path) -> str:
    format = BY_SUFFIX.get(output.suffix.lower())
    if format is None:
        known = ", ".join(BY_SUFFIX)
        raise BadParameter("-o", f"a name that ends in one of {known}, or go with --fm", output)
    return format


async def _render(house: Services, image: Image, spec: RenderSpec) -> Rendition:
    try:
        plan = delivery.plan(house, image, house.variants.settled(spec, image), "")
        found, _ = await delivery.rendition(house, image, plan)
        return found
    finally:
        house.renderer.close()
        house.renditions.close()


def url(
    settings: Settings,
    text: str,
    base: str,
    given: dict[str, str],
    lasting: str | None = None,
    key: str | None = None,
) -> None:
    """Print the URL of words, of an id, or of a path of the service; signed if there is a key: with
    the one named `key`, good for `lasting`.

    Raises BadParameter where the service would, and for an option that needs a key without one.
    """
    signer = settings.signing.signer
    for option, value in (("--expires", lasting), ("--key-id", key)):
        if value is not None and signer is None:
            raise BadParameter(option, "given with a key in CALOTYPE_SIGNING_KEYS", value)
    expires = None if lasting is None else int(time.time()) + _seconds(lasting)
    urls = Urls(_origin(base) if base else settings.server.base_url, signer, key)
    if text.startswith(PATHS):
        print(_of_path(urls, text, given, expires))
        return
    RenderSpec.parse(given)
    if ID.fullmatch(text):
        print(urls.rendition(text, given, expires))
        return
    if HAS_PARAMETERS.search(text):
        bound = "words only: parameters go with -p, as in -p w=300, or after a path, /image/…?w=300"
        raise BadParameter("QUERY", bound, text)
    if not searching.parse(text, config=settings.search).canonical:
        raise BadParameter("QUERY", "at least one word or filter", text)
    print(urls.query(text, given, expires))


def _of_path(urls: Urls, text: str, given: dict[str, str], expires: int | None) -> str:
    """The URL of a path of the service, with or without a query; signed anew."""
    path, _, query = text.partition("?")
    pairs = [
        pair
        for pair in parse_qsl(query, keep_blank_values=True)
        if pair[0] not in (SIGNATURE, EXPIRES)
    ]
    pairs += given.items()
    names = [known(name) or name for name, _ in pairs]
    for name in names:
        if known(name) and names.count(name) > 1:
            raise BadParameter(name, "given once", text)
    if path.startswith(("/image/", "/i/")):
        RenderSpec.parse(dict(pairs))
    return urls.of_path(unquote(path), pairs, expires)


def _origin(base: str) -> str:
    """`--base`, held to the rule of CALOTYPE_SERVER_BASE_URL. Raises BadParameter."""
    try:
        return ServerConfig(base_url=base).base_url
    except ValidationError:
        raise BadParameter("--base", "an origin such as https://images.example.org", base) from None


def with_params(given: dict[str, str], pairs: list[str]) -> dict[str, str]:
    """`given` and what `--param` added, each `NAME=VALUE`. Raises BadParameter."""
    found = dict(given)
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise BadParameter("--param", "NAME=VALUE, such as blur=40", pair)
        if known(name) is None:
            near = difflib.get_close_matches(name, (*ORDER, *ALIASES), 3, 0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; docs/http.md lists them"
            raise BadParameter("--param", f"a parameter of rendering{hint}", name)
        if name in found:
            raise BadParameter(name, "given once", f"{found[name]}, {value}")
        found[name] = value
    return found


def _seconds(lasting: str) -> int:
    """`90s`, `15m`, `12h`, `30d`; a number alone is seconds."""
    found = LASTING.fullmatch(lasting)
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if not 1 <= seconds <= LONGEST:
        raise BadParameter(
            "--expires",
            "a time from 1s to 3650d such as 90s, 15m, 12h, 30d (a number alone is seconds)",
            lasting,
        )
    return seconds


@contextmanager
def _up_to_date(settings: Settings) -> Iterator[Parts]:
    """The parts, with an index that has all that the catalog has."""
    parts = open_parts(settings)
    try:
        parts.indexer.catch_up()
        parts.index.refresh()
        yield parts
    finally:
        parts.indexer.close()
        parts.catalog.close()
