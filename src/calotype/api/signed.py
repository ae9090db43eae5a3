"""The one place where a request is held to its signature."""

from __future__ import annotations

from starlette.requests import Request

from calotype.api.answer import EXPIRES
from calotype.api.params import pairs
from calotype.api.services import services


def check(request: Request, wanted: str) -> int | None:
    """Until when (Unix time) the URL is good, None if there is no end to it. To be called before
    anything is looked up, by every route that answers with an image; `wanted` as in `Gate.admit`.

    The path is the decoded one, by which the route was chosen. Raises BadSignature,
    ExpiredSignature, BadParameter.
    """
    gate, expires = services(request).gate, None
    if not gate.open:
        expires = gate.admit(request.scope["path"], pairs(request), wanted)
    request.scope[EXPIRES] = expires
    return expires
