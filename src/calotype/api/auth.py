"""Who may change something: `Authorization: Bearer ck_…`. No cookies, so nothing to forge across
sites.

What is known of a key is remembered for some seconds, so that not every request asks the catalog,
and no longer: a key that was revoked is refused by every instance after that. A catalog that does
not answer makes no key a bad one.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.requests import Request

from calotype.api.answer import header
from calotype.catalog import Key
from calotype.catalog.keys import parse
from calotype.errors import Forbidden, Overloaded, Unauthorized

REMEMBERED_SECONDS = 10.0
MOST_REMEMBERED = 1_000
MOST_LOOKUPS = 16
"""Look-ups under way at once: whoever tries keys at random must not keep the catalog busy."""

LookUp = Callable[[str], Awaitable[Key | None]]


class Doorkeeper:
    """Belongs to one event loop. `look_up` raises CatalogUnavailable."""

    def __init__(self, look_up: LookUp, clock: Callable[[], float] = time.monotonic) -> None:
        self._look_up, self._clock = look_up, clock
        self._known: OrderedDict[str, tuple[Key, float]] = OrderedDict()
        self._looking = 0

    async def admit(self, request: Request, scope: str | None) -> Key:
        """The key that came with a request. Raises Unauthorized; Forbidden if `scope` is not one
        of its own; Overloaded, CatalogUnavailable.
        """
        given = header(request.scope, b"authorization").decode("latin-1")
        if not given:
            raise Unauthorized("This needs a key: Authorization: Bearer ck_…", given=False)
        kind, _, written = given.partition(" ")
        parsed = parse(written.strip()) if kind.lower() == "bearer" else None
        key = None if parsed is None else await self._find(parsed[0])
        if parsed is None or key is None or not key.opens(parsed[1]):
            raise Unauthorized("This key is not known here.", given=True)
        if not key.good(datetime.now(UTC)):
            raise Unauthorized("This key was revoked or is out of date.", given=True)
        if scope is not None and scope not in key.scopes:
            raise Forbidden(f"This needs a key with the scope {scope!r}.")
        return key

    async def _find(self, id: str) -> Key | None:
        known = self._known.get(id)
        if known is not None and self._clock() < known[1]:
            return known[0]
        if self._looking >= MOST_LOOKUPS:
            raise Overloaded("Too many keys are being looked up. Try again.")
        self._looking += 1
        try:
            key = await self._look_up(id)
        finally:
            self._looking -= 1
        self._known.pop(id, None)
        if key is not None:
            # Ids that nobody was given are not remembered: they would push out those in use.
            self._known[id] = key, self._clock() + REMEMBERED_SECONDS
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        return key
