"""Edges, a feed and a clock that tests are in command of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from calotype.coherence import Batch, Moment
from calotype.coherence.edge import EdgeError
from calotype.errors import CatalogUnavailable
from calotype.model import Change, Image, Place

PATIENCE = 30.0
EPOCH = "e1"


@dataclass
class Purge:
    soft: list[str]
    hard: list[str]
    moment: Moment


class FakeEdge:
    """Takes what it is sent, unless it is `down`."""

    def __init__(self, name: str = "edge") -> None:
        self.name, self.down, self.asked, self.closed = name, False, 0, False
        self.taken: list[Purge] = []
        self._changed = threading.Condition()

    def purge(self, soft: Sequence[str], hard: Sequence[str], moment: Moment) -> None:
        with self._changed:
            self.asked += 1
            self._changed.notify_all()
            if self.down:
                raise EdgeError("it is down")
            self.taken.append(Purge(list(soft), list(hard), moment))

    def close(self) -> None:
        self.closed = True

    def wait(self, condition: Callable[[FakeEdge], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), PATIENCE)

    def wait_for_seq(self, seq: int) -> Purge:
        self.wait(lambda edge: any(p.moment.seq >= seq for p in edge.taken))
        return next(p for p in self.taken if p.moment.seq >= seq)


@dataclass
class FakeFeed:
    rows: list[Change] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    down: bool = False

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        self._check()
        return [row for row in self.rows if row.seq > after][:limit]

    def last_seq(self) -> int:
        self._check()
        return max((row.seq for row in self.rows), default=0)

    def counter(self, name: str) -> int | None:
        self._check()
        return self.counters.get(name)

    def advance(self, name: str, value: int) -> None:
        self._check()
        self.counters[name] = max(value, self.counters.get(name, 0))

    def _check(self) -> None:
        if self.down:
            raise CatalogUnavailable("it is down")


def image(id: str, seq: int, title: str = "", born: int | None = None) -> Image:
    place = Place("s", f"{id}.jpg", "1")
    return Image(id, "jpeg", 4, 3, 10, (place,), seq, seq if born is None else born, title=title)


def put(id: str, seq: int, title: str = "", born: int | None = None) -> Change:
    return Change(seq, id, image(id, seq, title, born))


def gone(id: str, seq: int) -> Change:
    return Change(seq, id, None)


def words(image: Image) -> list[str]:
    """Stands for `terms_of`."""
    return image.title.split()


def batch(after: int, seq: int, *terms: str) -> Batch:
    return Batch(EPOCH, after, seq, 0.0, terms=set(terms))
