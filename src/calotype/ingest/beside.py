"""What is written beside the images: sidecar files and metadata files.

    x.jpg.json  x.json            an object with title, description, tags …
    x.jpg.xmp   x.xmp             an XMP packet
    x.jpg.txt   x.txt             a caption
    metadata.jsonl  metadata.csv  Hugging Face's ImageFolder, in the image's folder or above it

The order is that of precedence; sidecars named after the whole file come before those named after
its stem, near metadata files before far ones.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import orjson

from calotype.blobs import Entry, Source
from calotype.catalog import Words
from calotype.catalog.words import NOTHING, merge
from calotype.errors import CalotypeError, NotFound, Refused
from calotype.ingest.config import IngestConfig
from calotype.ingest.names import title_of
from calotype.ingest.tablefile import TableFile, read_csv, read_jsonl
from calotype.ingest.text import LONGEST, clean, words_from
from calotype.ingest.xmp import words_from_xmp

TABLES = {"metadata.jsonl": read_jsonl, "metadata.csv": read_csv}
SIDECARS = (".json", ".xmp", ".txt")
TEXT_REASONS = frozenset({"bad-metadata", "too-large"})
"""Why a text file may be refused, for what does not change unless the file does."""

RULES = "1"
"""Raise it when the same texts are to be read in another way: all are then read again."""

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Beside:
    """The texts beside the images of one source. Nothing is read before it is asked for."""

    def __init__(self, source: Source, entries: Mapping[str, Entry], config: IngestConfig) -> None:
        self._source, self._entries, self._config = source, entries, config
        self._tables: dict[str, TableFile] = {}
        self._stems = {_stem(name) for name in entries if not name.endswith(SIDECARS)}
        self.problems: dict[str, Refused] = {}
        """What was wrong in the files that were read so far, by name."""

    def is_text(self, name: str) -> bool:
        """Whether this file is about images rather than one."""
        if name.rpartition("/")[2] in TABLES:
            return True
        about, dot, ending = name.rpartition(".")
        return dot + ending in SIDECARS and (about in self._entries or about in self._stems)

    def version(self, name: str) -> str:
        """Changes whenever one of the files that say something of this image does."""
        origins = [*self._sidecars(name), *self._tables_over(name)]
        if not origins:
            return RULES
        told = "\0".join(f"{origin}\0{self._entries[origin].version}" for origin in origins)
        return f"{RULES}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def words(self, name: str) -> Words:
        """All that is written beside an image, and a title made of its name."""
        sidecars = [self._sidecar(sidecar) for sidecar in self._sidecars(name)]
        tables = [self._row(table, name) for table in self._tables_over(name)]
        return merge([*sidecars, *tables, Words(fallback=title_of(name))])

    def _sidecars(self, name: str) -> Iterator[str]:
        for ending in SIDECARS:
            for about in (name, _stem(name)):
                if about + ending in self._entries and about + ending != name:
                    yield about + ending

    def _tables_over(self, name: str) -> Iterator[str]:
        folder = name
        while folder:
            folder = folder.rpartition("/")[0]
            for table in TABLES:
                path = f"{folder}/{table}" if folder else table
                if path in self._entries:
                    yield path

    def _table(self, path: str) -> TableFile:
        if path not in self._tables:
            folder, _, file = path.rpartition("/")
            data = self._read(path, self._config.max_metadata_bytes)
            table = self._understood(path, lambda: TABLES[file](folder, data), TableFile(folder))
            self._tables[path] = table
            if table.bad_lines:
                self.problems[path] = table.problem()
        return self._tables[path]

    def _row(self, path: str, name: str) -> Words:
        return self._understood(path, lambda: self._table(path).words(name), NOTHING)

    def _sidecar(self, path: str) -> Words:
        data = self._read(path, self._config.max_sidecar_bytes)
        return self._understood(path, lambda: _words_of(path, data), NOTHING) if data else NOTHING

    def _understood(self, path: str, read: Callable[[], T], otherwise: T) -> T:
        """What `read` makes of a file; `otherwise`, and the problem noted, if it fails."""
        try:
            return read()
        except CalotypeError:
            raise
        except Exception as error:  # a parser may raise anything; one file must not stop the rest
            if not isinstance(error, ValueError):  # malformed JSON or XML, not UTF-8
                _log.warning("cannot read %r: %s", path, type(error).__name__)
            self.problems[path] = Refused("bad-metadata", f"{path} cannot be understood.")
            return otherwise

    def _read(self, path: str, limit: int) -> bytes:
        try:
            return self._source.read(path, limit)
        except NotFound:
            return b""
        except Refused as refused:
            self.problems[path] = refused
            return b""


def _words_of(path: str, data: bytes) -> Words:
    """The words in a sidecar. Raises ValueError for malformed JSON or XML, or what is not UTF-8."""
    if path.endswith(".xmp"):
        return words_from_xmp(data)
    if path.endswith(".json"):
        values = orjson.loads(data)
        return words_from(values if isinstance(values, dict) else {})
    return Words(description=clean(data.decode("utf-8-sig"), LONGEST["description"]))


def images_of(text: str, names: Iterable[str]) -> list[str]:
    """The names among `names` that a text file, at this path, may say something of."""
    folder, _, file = text.rpartition("/")
    if file in TABLES:
        return [name for name in names if not folder or name.startswith(folder + "/")]
    about = text.rpartition(".")[0]
    return [name for name in names if about in (name, _stem(name))]


def _stem(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    return folder + slash + (file.rpartition(".")[0] or file)
