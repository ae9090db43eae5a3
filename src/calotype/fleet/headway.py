"""Whether an instance that is not ready yet comes any further, from what its `/readyz` says."""

from __future__ import annotations

import json

PARTS = ("ingest", "index")


class Headway:
    """The furthest that was seen of each stage. What fails and begins again, over and over, gets no
    further than it was."""

    def __init__(self) -> None:
        self._furthest: dict[tuple[str, str], int] = {}

    def made(self, body: bytes) -> bool:
        """Whether a stage has gone further than it was ever seen."""
        try:
            said = json.loads(body)
            now = {(part, str(said[part]["stage"])): int(said[part]["done"]) for part in PARTS}
        except (ValueError, TypeError, KeyError):
            return False
        further = {of: done for of, done in now.items() if done > self._furthest.get(of, 0)}
        self._furthest |= further
        return bool(further)

    def forget(self) -> None:
        """Whatever it does from now on is something new."""
        self._furthest.clear()
