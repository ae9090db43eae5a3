"""One transaction on the catalog: operations in, changed records out, each with the next seq.

The caller holds the lock on the counter, so nothing that is read here changes under our hands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, tuple_, update

from calotype.catalog.operations import (
    Applied,
    Drop,
    Edit,
    Operation,
    Pixels,
    Put,
    Refuse,
    Release,
    Retext,
    Spoil,
    Withhold,
)
from calotype.catalog.rows import (
    UPDATE_IMAGE,
    UPDATE_PLACE,
    Held,
    Lying,
    image_row,
    place_row,
    same_to_readers,
)
from calotype.catalog.said import Sayings
from calotype.catalog.tables import counters, images, places, sources
from calotype.catalog.words import Words, merge
from calotype.errors import NotFound, PreconditionFailed

_IN = 500
"""Values in one IN clause: well under what SQLite and PostgreSQL take."""


class Writer:
    """Applies operations to what the transaction on `connection` sees."""

    def __init__(self, connection: Connection, seq: int, now: str) -> None:
        self._db, self._seq, self._now = connection, seq, now
        self._source_ids: dict[str, int] = {}
        self._places: dict[tuple[str, str], Lying | None] = {}
        self._before: dict[tuple[str, str], bool] = {}
        self._of_image: dict[str, set[tuple[str, str]]] = {}
        self._images: dict[str, Held] = {}
        self._touched: dict[str, None] = {}
        self._dirty: dict[tuple[str, str], None] = {}
        self._replaced: dict[str, str] = {}
        self._sayings = Sayings(connection)

    def apply(self, operations: Sequence[Operation]) -> Applied:
        self._load(operations)
        for operation in operations:
            self._take(operation)
        applied = self._settle()
        self._write_places()
        self._sayings.write()
        applied.seq = self._seq
        return applied

    # What is there already ---------------------------------------------------------------------

    def _load(self, operations: Sequence[Operation]) -> None:
        self._load_sources(operations)
        keys: dict[tuple[str, str], None] = {}
        ids: dict[str, None] = {}
        for operation in operations:
            match operation:
                case Put() | Refuse():
                    keys[operation.place.source, operation.place.name] = None
                case Retext() | Drop():
                    keys[operation.source, operation.name] = None
                case Pixels() | Spoil() | Edit() | Withhold() | Release():
                    ids[operation.id] = None
            if isinstance(operation, Put):
                ids[operation.image.id] = None
        pairs = [(self._source_ids[source], name) for source, name in keys]
        for some in _chunks(pairs):
            self._load_places(tuple_(places.c.source_id, places.c.name).in_(some))
        ids.update((lying.image_id, None) for lying in self._places.values()
                   if lying is not None and lying.image_id)  # fmt: skip
        for key in keys:
            self._places.setdefault(key, None)
        for chunk in _chunks(list(ids)):
            self._load_places(places.c.image_id.in_(chunk))
            self._load_images(chunk)
            self._sayings.load(chunk)

    def _load_sources(self, operations: Sequence[Operation]) -> None:
        wanted: dict[str, None] = {}
        for operation in operations:
            if isinstance(operation, Put | Refuse):
                wanted[operation.place.source] = None
            elif isinstance(operation, Retext | Drop):
                wanted[operation.source] = None
        known = {row.key: row.id for row in self._db.execute(select(sources.c.key, sources.c.id))}
        for key in wanted.keys() - known.keys():
            new = insert(sources).values(key=key, identity="").returning(sources.c.id)
            known[key] = self._db.execute(new).scalar_one()
        self._source_ids = known

    def _load_places(self, condition: Any) -> None:
        keys = {number: key for key, number in self._source_ids.items()}
        for row in self._db.execute(select(places).where(condition)):
            key = keys[row.source_id], row.name
            if key in self._places:
                continue
            beside = Words.from_json(row.beside)
            self._places[key] = Lying(row.version, row.image_id, row.reason, row.message,
                                       beside, row.beside_version)  # fmt: skip
            self._before[key] = True
            if row.image_id:
                self._of_image.setdefault(row.image_id, set()).add(key)

    def _load_images(self, ids: Sequence[str]) -> None:
        for row in self._db.execute(select(images).where(images.c.id.in_(ids))):
            stored = None if row.record is None else orjson.loads(row.record)
            self._images[row.id] = Held(Words.from_json(row.embedded), stored or {}, row.seq,
                                         row.born, stored, exists=True)  # fmt: skip

    # The operations ----------------------------------------------------------------------------

    def _take(self, operation: Operation) -> None:
        match operation:
            case Put():
                self._put(operation)
            case Refuse(place, reason, message):
                lying = Lying(place.version, None, reason, message)
                self._lay((place.source, place.name), lying)
            case Drop(source, name, version):
                old = self._places.get((source, name))
                if old is not None and old.version == version:
                    self._lay((source, name), None)
            case Retext(source, name, beside, version):
                old = self._places.get((source, name))
                if old is not None:
                    lying = replace(old, beside=beside, beside_version=version)
                    self._lay((source, name), lying)
            case Pixels(id_, colors, thumbhash, alpha):
                held = self._images.get(id_)
                if held is not None and held.facts:
                    shown = [[color.name, color.hex, color.share] for color in colors]
                    held.facts = {**held.facts, "colors": shown, "thumbhash": thumbhash,
                                  "alpha": alpha, "analysed": True}  # fmt: skip
                    self._touched[id_] = None
            case Spoil(id_, reason, message):
                for key in sorted(self._of_image.get(id_, ())):
                    lying = self._places[key] or Lying("", None)
                    self._lay(key, Lying(lying.version, None, reason, message))
            case Edit(id_, words, expected):
                self._check(id_, expected)
                self._sayings.edit(id_, words)
                self._touched[id_] = None
            case Withhold(id_, uploads, expected):
                self._check(id_, expected)
                self._sayings.withhold(id_)
                self._touched[id_] = None
                for key in sorted(self._of_image.get(id_, ())):
                    if key[0] == uploads:
                        self._lay(key, None)
            case Release(id_):
                self._check(id_, None)
                self._sayings.release(id_)
                self._touched[id_] = None

    def _check(self, id_: str, expected: Collection[int] | None) -> None:
        """Raise NotFound unless there is such an image, PreconditionFailed unless as expected."""
        held = self._images.get(id_)
        if held is None or not held.facts:
            raise NotFound(f"There is no image with the id {id_[:80]!r}.")
        if expected is not None and held.seq not in expected:
            raise PreconditionFailed(
                "The image was changed meanwhile. Get it again, and decide anew."
            )

    def _put(self, put: Put) -> None:
        key, id_ = (put.place.source, put.place.name), put.image.id
        old = self._places.get(key)
        if old is not None and old.image_id not in (None, id_):
            self._replaced[id_] = old.image_id or ""
        facts = put.image.to_dict()
        held = self._images.setdefault(id_, Held(put.embedded, {}))
        if held.facts.get("analysed"):
            # The same bytes show the same pixels.
            pixels = ("colors", "thumbhash", "alpha", "analysed")
            facts.update({name: held.facts[name] for name in pixels})
        facts["added"] = held.facts.get("added") or self._now
        held.facts, held.embedded = facts, put.embedded
        self._touched[id_] = None
        lying = Lying(put.place.version, id_, None, None, put.beside, put.beside_version)
        self._lay(key, lying)

    def _lay(self, key: tuple[str, str], lying: Lying | None) -> None:
        """Let `lying` be what is at a place, and keep the images' lists of places in step."""
        old = self._places.get(key)
        if old is not None and old.image_id:
            self._of_image[old.image_id].discard(key)
            self._touched[old.image_id] = None
        if lying is not None and lying.image_id:
            self._of_image.setdefault(lying.image_id, set()).add(key)
            self._touched[lying.image_id] = None
        self._places[key] = lying
        self._dirty[key] = None

    # The records -------------------------------------------------------------------------------

    def _settle(self) -> Applied:
        applied = Applied()
        rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        for id_ in self._touched:
            held = self._images.get(id_)
            if held is None:
                continue
            record = self._record(id_, held)
            if record == held.stored:
                continue
            if not same_to_readers(record, held.stored):
                self._seq += 1
                held.seq = self._seq
                outcome = applied.changed
                if held.stored is None:
                    held.born, outcome = self._seq, applied.added
                elif record is None:
                    outcome = applied.removed
                outcome.append(id_)
            rows[held.exists].append(image_row(id_, held, record))
        if rows[False]:
            self._db.execute(insert(images), rows[False])
        if rows[True]:
            self._db.execute(UPDATE_IMAGE, rows[True])
        if applied.added or applied.changed or applied.removed:
            counter = update(counters).where(counters.c.name == "seq")
            self._db.execute(counter.values(value=self._seq))
        return self._fold_replaced(applied)

    def _record(self, id_: str, held: Held) -> dict[str, Any] | None:
        # A copy among the uploads is called as its content is, which says nothing: names first.
        keys = sorted(self._of_image.get(id_, ()), key=lambda key: (id_ in key[1], key))
        lying = [(key, at) for key in keys if (at := self._places[key]) is not None]
        if not lying:
            return None
        beside = [at.beside for _, at in lying]
        # What is written beside a file beats what is in it; a name is the last resort.
        own = merge([*(replace(words, fallback="") for words in beside), held.embedded])
        fallback = next((words.fallback for words in beside if words.fallback), "")
        facts = {k: v for k, v in held.facts.items() if k not in ("seq", "born", "id")}
        record = {
            **facts,
            "places": [[*key, at.version] for key, at in lying],
            "title": own.title or fallback,
            "description": own.description,
            "alt": own.alt,
            "tags": list(own.tags),
            "creator": own.creator,
            "license": own.license,
            "created": own.created or None,
        }
        return self._sayings.of(id_).over(record)

    def _fold_replaced(self, applied: Applied) -> Applied:
        for new, old in self._replaced.items():
            if new in applied.added and old in applied.removed:
                applied.added.remove(new)
                applied.removed.remove(old)
                applied.changed.append(new)
        return applied

    def _write_places(self) -> None:
        gone: list[tuple[int, str]] = []
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for key in self._dirty:
            lying, at = self._places[key], (self._source_ids[key[0]], key[1])
            if lying is None:
                if key in self._before:
                    gone.append(at)
            else:
                exists = key in self._before
                (changed if exists else new).append(place_row(at, lying, exists))
        for some in _chunks(gone):
            self._db.execute(
                delete(places).where(tuple_(places.c.source_id, places.c.name).in_(some))
            )
        if new:
            self._db.execute(insert(places), new)
        if changed:
            self._db.execute(UPDATE_PLACE, changed)


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _IN):
        yield values[start : start + _IN]
