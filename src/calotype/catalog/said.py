"""What people have said of images, while a transaction works on it: edits, and what is withheld.

It belongs to the content of an image. Whatever happens to the files that hold it, and however
often they are ingested again, it stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from calotype.catalog.tables import edits

EDITABLE = ("title", "description", "alt", "tags", "creator", "license")
"""The fields of a record that can be edited."""
FALLBACK = "fallback"
"""Among the words: a title made of the name that an uploaded file had."""

_UPDATE = update(edits).where(edits.c.image_id == bindparam("at_id"))


@dataclass(slots=True)
class Said:
    """A row of `edits` in the making. `words`: what was set, which may be empty, by field."""

    words: dict[str, Any] = field(default_factory=dict)
    withheld: bool = False
    exists: bool = False

    def over(self, record: dict[str, Any]) -> dict[str, Any] | None:
        """The record as readers see it; None if it is withheld."""
        if self.withheld:
            return None
        set_ = {name: self.words[name] for name in EDITABLE if name in self.words}
        title = record["title"] or self.words.get(FALLBACK, "")
        return {**record, "title": title, **set_}


class Sayings:
    """The rows of `edits` that a transaction has to do with."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._said: dict[str, Said] = {}
        self._dirty: dict[str, None] = {}

    def load(self, ids: Sequence[str]) -> None:
        for row in self._db.execute(select(edits).where(edits.c.image_id.in_(ids))):
            words = orjson.loads(row.words)
            self._said.setdefault(row.image_id, Said(words, row.withheld, exists=True))

    def of(self, id_: str) -> Said:
        return self._said.setdefault(id_, Said())

    def edit(self, id_: str, words: Mapping[str, str | Sequence[str] | None]) -> None:
        """Set each field; None takes back what was set. The first fallback stays: the same bytes
        under another name are the same image.
        """
        said = self.of(id_)
        for name, value in words.items():
            if name == FALLBACK:
                said.words.setdefault(name, value)
            elif value is None:
                said.words.pop(name, None)
            else:
                said.words[name] = value if isinstance(value, str) else list(value)
        self._dirty[id_] = None

    def withhold(self, id_: str) -> None:
        """What was said of it goes too: whoever brings it back begins anew."""
        said = self.of(id_)
        said.words, said.withheld = {}, True
        self._dirty[id_] = None

    def release(self, id_: str) -> None:
        self.of(id_).withheld = False
        self._dirty[id_] = None

    def write(self) -> None:
        rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        for id_ in self._dirty:
            said = self._said[id_]
            words = orjson.dumps(said.words).decode()
            if said.words or said.withheld:
                key = "at_id" if said.exists else "image_id"
                rows[said.exists].append({key: id_, "words": words, "withheld": said.withheld})
            elif said.exists:
                self._db.execute(delete(edits).where(edits.c.image_id == id_))
        if rows[False]:
            self._db.execute(insert(edits), rows[False])
        if rows[True]:
            self._db.execute(_UPDATE, rows[True])
