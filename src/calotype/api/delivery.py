"""From (image, parameters, Accept) to an answer: what `/image` and `/i` share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from starlette.responses import Response
from starlette.types import Scope

from calotype.api import degrade, handover
from calotype.api.answer import Answer
from calotype.api.handover import File
from calotype.api.problems import Problem
from calotype.api.services import Services
from calotype.api.variants import token
from calotype.deliver import caching, disposition, negotiate
from calotype.deliver.verified import Stored
from calotype.errors import CalotypeError, NoImage, NoMatch, Overloaded
from calotype.model import Image, Rendition
from calotype.originals import read_original
from calotype.render import facts, geometry, pyramid, quality
from calotype.render.admission import Level
from calotype.render.encoders import CONTENT_TYPES
from calotype.render.engine import ENCODER_VERSION
from calotype.render.pool import Ticket
from calotype.render.sizing import sized_down
from calotype.render.spec import RenderSpec
from calotype.search import Hit, Query


def find(house: Services, id: str) -> Image:
    image = house.index.get(id)
    if image is None:
        raise NoImage(id)
    return image


def best(house: Services, query: Query, rank: int) -> tuple[Hit, tuple[str, ...]]:
    """The hit at `rank` (1 is the best), and the terms that the answer depends on."""
    with house.metrics.search_seconds.time():
        page = house.index.search(query, limit=rank)
    if len(page.hits) < rank:
        suggestions = [] if page.hits else house.index.suggest(query)
        raise NoMatch(query.canonical, suggestions, found=page.total, terms=page.terms)
    return page.hits[rank - 1], page.terms


def no_match(house: Services, error: NoMatch) -> Response:
    """A 404 that is an answer: tagged like one, so that an image that comes is noticed."""
    tags, complete = caching.cache_tags([], error.terms)
    headers = {
        "cache-control": caching.for_query(house.settings.deliver, complete),
        "cache-tag": tags,
    }
    return Problem(error, headers)


@dataclass(frozen=True, slots=True)
class Plan:
    """A rendition decided on, before any pixel is touched."""

    spec: RenderSpec
    format: str
    key: str
    accepted: str
    headers: tuple[tuple[str, str], ...]
    slow: bool = False
    zoom: bool = False
    """Whoever asked is a viewer, and will ask for other parts of the image."""
    free: bool = True
    """Nobody needs a signature for it."""

    @property
    def etag(self) -> str:
        return caching.weak_etag(self.key)

    def answer(
        self,
        route: str,
        found: Rendition | Stored | None,
        current: Callable[[], bool] | None = None,
        file: File | None = None,
    ) -> Answer:
        """The answer with the rendition, or without one what a 304 says."""
        pairs = [(name.encode(), value.encode()) for name, value in self.headers]
        if found is not None:
            pairs.append((b"content-type", found.content_type.encode()))
        body = found.body if isinstance(found, Rendition) else b""
        whole = found is not None
        return Answer(route, self.etag, tuple(pairs), body, whole, current=current, file=file)


def fitted(house: Services, image: Image, spec: RenderSpec) -> RenderSpec:
    """The spec, no larger than its format may be where nothing else will do for some client.

    Raises BadParameter where the spec does not fit the image.
    """
    render = house.settings.render
    return sized_down(spec, image, render.max_output_pixels, render.most_pixels(spec.format, spec))


def plan(
    house: Services,
    image: Image,
    spec: RenderSpec,
    accept: str,
    terms: tuple[str, ...] | None = None,
    saving: bool = False,
    expires: int | None = None,
) -> Plan:
    """Decide on format, ETag and lifetimes; `terms` are those of the query, if there was one.

    `saving`: the client sent `Save-Data: on`. `expires` is the request's, and that of the URL in
    `Content-Location`: nobody may get one that is good for longer. Raises BadParameter where the
    spec does not fit the image.
    """
    vary = ["Accept"] if spec.negotiated else []
    if reducible(spec):
        vary.append("Save-Data")
        if saving:
            spec = replace(spec, compress=True)
    accepted, format, spec = _negotiated(house, image, spec, token(accept))
    recipe = f"{ENCODER_VERSION}-{pyramid.VERSION}"
    key = caching.rendition_key(image.id, spec.pixels, format, recipe)
    key, slow = house.upgrades.current(key)
    tags, complete = caching.cache_tags([image.id], terms)
    immutable = terms is None
    lifetime = (
        caching.IMMUTABLE if immutable else caching.for_query(house.settings.deliver, complete)
    )
    headers = [("etag", caching.weak_etag(key)), ("cache-control", lifetime), ("cache-tag", tags)]
    if vary:
        headers.append(("vary", ", ".join(vary)))
    if not immutable:
        headers.append(("content-location", house.urls.spec(image.id, spec, expires)))
    if spec.download is not None:
        headers.append(("content-disposition", disposition.attachment(spec.download)))
    return Plan(spec, format, key, accepted, tuple(headers), slow)


def _negotiated(
    house: Services, image: Image, spec: RenderSpec, accepted: str
) -> tuple[str, str, RenderSpec]:
    """What counts as accepted, the format, and the spec at a size that the format may have.

    What is larger than an AVIF or a WebP may be is the next best: who leaves the choice to us is
    not refused. There is nothing after a GIF, so that is sized down.
    """
    format = negotiate.choose(accepted, image, spec)
    if not spec.negotiated:
        return accepted, format, spec
    render = house.settings.render
    size = geometry.plan(spec, image.width, image.height, image.orientation).held
    while format in accepted.split("-") and not render.holds(format, size, spec):
        accepted = negotiate.without(format, accepted)
        format = negotiate.choose(accepted, image, spec)
    if format == "gif":
        most = render.max_output_pixels, render.most_pixels(format, spec)
        spec = sized_down(spec, image, *most)
    return accepted, format, spec


def reducible(spec: RenderSpec) -> bool:
    """Whether the quality is ours to lower: nobody asked for one, and the format may have one."""
    asked = spec.quality or spec.compress or spec.lossless
    return not asked and (spec.negotiated or spec.format in quality.DEFAULT)


async def rendition(house: Services, image: Image, plan: Plan) -> tuple[Rendition, str]:
    """The planned rendition, from memory, disk or a render.

    Where there is no time to render, what stands in for it, and the reason; else Overloaded.
    `fm=json` is answered from the record: it waits for no render, and reads no file.
    """
    if plan.format == "json":
        return facts.of(image), ""
    try:
        return await _planned(house, image, plan, Level.DEGRADED), ""
    except Overloaded as error:
        if error.reason == "full":
            raise
        spare = await degrade.stand_in(house, image, plan)
        if spare is not None:
            house.metrics.admission.labels("degraded").inc()
            return spare, error.reason
        if error.reason == "late":
            raise
    return await _planned(house, image, plan, Level.FULL), ""


def file(house: Services, plan: Plan) -> File | None:
    """What nginx may be told to send, if there is nginx."""
    if not house.settings.server.accel or plan.format == "json":
        return None
    return File(plan.key, house.renditions)


def stored(house: Services, scope: Scope, image: Image, plan: Plan) -> Stored | None:
    """The planned rendition where nginx is to send it: no byte of it need be read here."""
    named = file(house, plan)
    if named is None:
        return None
    if handover.declined(scope):
        house.renditions.mislaid(plan.key)
        return None
    found = house.renditions.stored(plan.key, handover.LEAST)
    if found is not None:
        _taken(house, image, plan, found, "disk")
    return found


async def _planned(house: Services, image: Image, plan: Plan, below: Level) -> Rendition:
    ticket = Ticket()
    found, outcome = await house.renditions.get(
        plan.key,
        lambda: _render(house, image, plan, below, ticket),
        idle=lambda: not ticket.begun,
    )
    _taken(house, image, plan, found, outcome)
    return found


def _taken(
    house: Services, image: Image, plan: Plan, found: Rendition | Stored, outcome: str
) -> None:
    """Note that it was asked for, and where it came from."""
    house.metrics.rendition_cache.labels(outcome).inc()
    house.nearest.note(image.id, plan.key, plan.spec, plan.format, found, plan.free)
    if outcome in ("memory", "disk") and (hit := current(house, image, plan, found)):
        hit()


def current(
    house: Services, image: Image, plan: Plan, found: Rendition | Stored
) -> Callable[[], bool] | None:
    """To be called each time that the rendition is sent from a cache: it is counted, and False if
    a smaller one has taken its place. None where there is nothing to wait for.
    """
    if plan.slow or plan.format not in CONTENT_TYPES:
        return None
    size = (found.width, found.height)
    if not house.settings.render.may_be_slow(plan.format, size, plan.spec):
        return None
    slow = replace(plan, slow=True)
    produce = partial(_render, house, image, slow, Level.QUICK, Ticket())
    bytes_ = len(found.body) if isinstance(found, Rendition) else found.size
    return partial(house.upgrades.hit, plan.key, bytes_, produce)


async def _render(
    house: Services, image: Image, plan: Plan, below: Level, ticket: Ticket
) -> Rendition:
    outcome = "failed"
    try:
        found = await house.renderer.submit(
            lambda: read(house, image), image, plan.spec, plan.format, below, ticket, plan.slow,
            plan.zoom and not plan.slow,
        )  # fmt: skip
        outcome = "slow" if plan.slow else "ok"
    except CalotypeError as error:
        outcome = error.code
        raise
    except asyncio.CancelledError:
        outcome = "abandoned"
        raise
    finally:
        house.metrics.renders.labels(outcome).inc()
    return found


def read(house: Services, image: Image) -> bytes:
    """The original's bytes. Raises as `read_original` does."""
    return read_original(house.sources, image, house.settings.limits.max_bytes)
