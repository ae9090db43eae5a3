"""The sources of images, opened when an image of theirs is first asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock

from calotype.blobs import Source, open_source

MOST = 256
"""Sources that are kept open; the least recently used is opened anew when it is asked for."""


class Sources(Mapping[str, Source]):
    """Sources by key. Another instance may have ingested one that we have not heard of: any key
    that the catalog names is opened at first sight, and whether anything is there is seen when it
    is read. Raises SourceUnavailable for a key that nothing can be. Iterates over those open now.
    """

    def __init__(self, given: Iterable[Source] = ()) -> None:
        """`given` are kept for good."""
        self._given = {source.key: source for source in given}
        self._opened: OrderedDict[str, Source] = OrderedDict()
        self._lock = Lock()

    def __getitem__(self, key: str) -> Source:
        if (source := self._given.get(key)) is not None:
            return source
        with self._lock:
            if key not in self._opened:
                self._opened[key] = open_source(key)
                if len(self._opened) > MOST:
                    self._opened.popitem(last=False)
            self._opened.move_to_end(key)
            return self._opened[key]

    def __contains__(self, key: object) -> bool:
        return key in self._given or key in self._opened

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter([*self._given, *self._opened])

    def __len__(self) -> int:
        return len(self._given) + len(self._opened)
