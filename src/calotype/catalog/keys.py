"""The keys of those who may change something.

    ck_<id>_<secret>     id: 16 hex digits, public; secret: 256 random bits in base64url

The catalog has the SHA-256 of the secret: enough, as nobody guesses 256 bits, and as quick as it
must be. The secret is shown once, when the key is made.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from calotype.catalog.tables import keys

SCOPES = ("write",)
"""`write`: POST, PATCH and DELETE. To read needs no key."""

_WRITTEN = re.compile(r"ck_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)

Reading = Callable[[], AbstractContextManager[Connection]]
Writing = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key. Moments are in UTC; None where there is none."""

    id: str
    hash: str
    scopes: tuple[str, ...]
    label: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: datetime | None = None

    def opens(self, secret: str) -> bool:
        """Whether this is its secret; takes as long when it is not."""
        return hmac.compare_digest(self.hash, _hash(secret))

    def good(self, now: datetime) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


def parse(written: str) -> tuple[str, str] | None:
    """The id and the secret of what somebody gave as a key; None if it can be none."""
    found = _WRITTEN.fullmatch(written)
    return None if found is None else (found[1], found[2])


class Keys:
    """The keys in a catalog. Every method raises `CatalogUnavailable`."""

    def __init__(self, reading: Reading, writing: Writing, clock: Callable[[], datetime]) -> None:
        self._reading, self._writing, self._clock = reading, writing, clock

    def create(self, scopes: Sequence[str], label: str = "", days: int | None = None) -> str:
        """Make one, good for so many days; returns all of it. Nobody can be told again."""
        id_, secret, now = secrets.token_hex(8), secrets.token_urlsafe(32), self._clock()
        row = {
            "id": id_,
            "hash": _hash(secret),
            "scopes": " ".join(scopes),
            "label": label,
            "created": _moment(now),
            "expires": None if days is None else _moment(now + timedelta(days=days)),
        }
        with self._writing() as db:
            db.execute(insert(keys).values(row))
        return f"ck_{id_}_{secret}"

    def find(self, id: str) -> Key | None:
        with self._reading() as db:
            row = db.execute(select(keys).where(keys.c.id == id)).first()
        return None if row is None else _key(row)

    def all(self) -> list[Key]:
        """In the order in which they were made."""
        with self._reading() as db:
            return [_key(r) for r in db.execute(select(keys).order_by(keys.c.created, keys.c.id))]

    def revoke(self, id: str) -> bool:
        """From now on it opens nothing; False if there is none that did."""
        ours = (keys.c.id == id) & keys.c.revoked.is_(None)
        with self._writing() as db:
            revoked = update(keys).where(ours).values(revoked=_moment(self._clock()))
            return bool(db.execute(revoked).rowcount)

    def used(self, id: str) -> None:
        """Note that it was used just now."""
        with self._writing() as db:
            noted = update(keys).where(keys.c.id == id)
            db.execute(noted.values(last_used=_moment(self._clock())))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _key(row: Any) -> Key:
    created, *others = (
        None if text is None else datetime.fromisoformat(text)
        for text in (row.created, row.expires, row.revoked, row.last_used)
    )
    assert created is not None
    scopes = tuple(row.scopes.split())
    return Key(row.id, row.hash, scopes, row.label, created, *others)
