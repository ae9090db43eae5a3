"""What is sent while there is no time to render: something larger that shows the same.

It is never kept under the name of what was asked for: not among the renditions, not in the warm
memory, and at the edge for seconds only. It has no validator, so that whoever has it asks for the
real one as soon as its short life is over.

Where URLs are signed, only what needs no signature stands in for what needs none: who may ask for a
thumbnail may not wait for a busy hour to get what only others may ask for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from calotype.deliver import caching, negotiate
from calotype.deliver.config import DeliverConfig
from calotype.deliver.gate import IIIF
from calotype.deliver.nearest import look
from calotype.model import Image, Rendition
from calotype.render import stored
from calotype.render.geometry import output_size
from calotype.render.spec import RenderSpec

if TYPE_CHECKING:
    from calotype.api.delivery import Plan
    from calotype.api.services import Services

REASONS = {"busy": "overloaded", "late": "deadline"}
"""`Overloaded.reason` as `X-Degraded` says it."""

_REPLACED = frozenset({"etag", "cache-control", "content-location"})


class Degraded(Response):
    """The stand-in, marked as one and short-lived. Nothing remembers it: it is no `Ready`."""

    def __init__(self, stand_in: Rendition, plan: Plan, reason: str, config: DeliverConfig) -> None:
        headers = {name: value for name, value in plan.headers if name not in _REPLACED}
        headers["cache-control"] = caching.for_degraded(config)
        headers["x-degraded"] = REASONS[reason]
        super().__init__(stand_in.body, headers=headers, media_type=stand_in.content_type)


async def stand_in(house: Services, image: Image, plan: Plan) -> Rendition | None:
    """The nearest larger rendition that is kept, else a level of the pyramid, else None.

    It is sent as it is: to scale it down would be to render, and what waits for that waits in the
    queue. Browsers scale it; `width` and `height` in their markup see to that already.
    """
    size = output_size(plan.spec, image.width, image.height, image.orientation)
    formats = negotiate.acceptable(plan.accepted, image, plan.spec)
    for key in house.nearest.larger(image.id, plan.spec, size, formats, plan.free):
        found = await house.renditions.find(key)
        if found is not None:
            return found
        house.nearest.forget(image.id, key)
    if house.stored_levels is None or look(plan.spec) != RenderSpec():
        return None  # a level shows the whole image, and nothing done to it
    if plan.free and not house.gate.free(IIIF):
        return None  # with IIIF it could be asked for at that size; with presets it could not
    if formats.isdisjoint(stored.FORMATS):
        return None
    found = await house.stored_levels.find(image, size)
    if found is None or found.content_type.removeprefix("image/") not in formats:
        return None
    return found
