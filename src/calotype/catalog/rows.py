"""Rows of `images` and `places` while a transaction works on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, update

from calotype.catalog.tables import images, places
from calotype.catalog.words import NOTHING, Words

UPDATE_IMAGE = update(images).where(images.c.id == bindparam("at_id"))
UPDATE_PLACE = update(places).where(
    places.c.source_id == bindparam("at_source"), places.c.name == bindparam("at_name")
)


@dataclass(slots=True)
class Lying:
    """A row of `places` in the making."""

    version: str
    image_id: str | None
    reason: str | None = None
    message: str | None = None
    beside: Words = NOTHING
    beside_version: str = ""


@dataclass(slots=True)
class Held:
    """A row of `images` in the making. `stored` is the record as readers see it now."""

    embedded: Words
    facts: dict[str, Any]
    seq: int = 0
    born: int = 0
    stored: dict[str, Any] | None = None
    exists: bool = False


def same_to_readers(new: dict[str, Any] | None, old: dict[str, Any] | None) -> bool:
    """Whether readers see no difference: a file that was merely touched is no change."""
    if new is None or old is None:
        return new is old
    return {**new, "places": [p[:2] for p in new["places"]]} == {
        **old,
        "places": [p[:2] for p in old["places"]],
    }


def image_row(id_: str, held: Held, record: dict[str, Any] | None) -> dict[str, Any]:
    return {
        ("at_id" if held.exists else "id"): id_,
        "seq": held.seq,
        "born": held.born,
        "analysed": record is None or bool(record["analysed"]),
        "embedded": "{}" if record is None else held.embedded.to_json(),
        "record": None if record is None else orjson.dumps(record).decode(),
    }


def place_row(at: tuple[int, str], lying: Lying, exists: bool) -> dict[str, Any]:
    keys = ("at_source", "at_name") if exists else ("source_id", "name")
    return {
        **dict(zip(keys, at, strict=True)),
        "version": lying.version,
        "image_id": lying.image_id,
        "reason": lying.reason,
        "message": lying.message,
        "beside": lying.beside.to_json(),
        "beside_version": lying.beside_version,
    }
