"""A change of a few files in a large folder: only what it concerns is looked at."""

from __future__ import annotations

from collections.abc import Iterable

from calotype.blobs import Entry, FolderSource
from calotype.blobs.source import hidden
from calotype.catalog import Catalog
from calotype.errors import SourceUnavailable
from calotype.ingest.beside import SIDECARS, TABLES, images_of
from calotype.ingest.drives import recall
from calotype.ingest.pipeline import Run

MOST = 5_000
"""With more names than these, comparing all of the source costs less."""


def compare_touched(
    run: Run, catalog: Catalog, source: FolderSource, touched: Iterable[str]
) -> None:
    """Bring the catalog up to date with what lies at, and below, the names in `touched`.

    Raises `SourceUnavailable` if the source is not what it was when it was last ingested: the
    whole of it is then to be compared.
    """
    source.check()
    if recall(catalog, source)[0] != source.identity:
        raise SourceUnavailable(f"{source.key} is not the folder that it was.")
    names = {name for name in touched if name and not hidden(name)}
    folders = {_folder(name) for name in names}
    # A name that is no file may be a folder that came, or one that went.
    trees = {name for name in names if source.stat(name) is None}
    trees |= {_folder(name) for name in names if name.rpartition("/")[2] in TABLES}

    entries, closed = _list(source, folders, trees)
    for table in _tables_above(folders | trees):
        if (entry := source.stat(table)) is not None:
            entries[table] = entry
    told = [name for name in names if name.endswith(SIDECARS)]
    concerned = {name for name in entries if name in names or _below(name, trees)}
    for text in told:
        concerned.update(images_of(text, [n for n in entries if _folder(n) == _folder(text)]))
    known = catalog.known(source.key, sorted(names | concerned))
    known.update(catalog.known_below(source.key, sorted(trees)))
    run.close_absent_drives(entries, closed, known)
    run.compare(entries, closed, known, sorted(concerned))


def _list(
    source: FolderSource, folders: set[str], trees: set[str]
) -> tuple[dict[str, Entry], list[str]]:
    """What lies in the folders and below the trees; and what could not be looked into."""
    entries: dict[str, Entry] = {}
    closed: list[str] = []
    for listing in (*map(source.children, sorted(folders)), *map(source.walk, sorted(trees))):
        for entry in listing:
            if entry.problem is not None and entry.problem.folder:
                closed.append(entry.name)
            else:
                entries[entry.name] = entry
    return entries, closed


def _tables_above(folders: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        while folder:
            folder = _folder(folder)
            found.update(f"{folder}/{table}" if folder else table for table in TABLES)
    return found


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _below(name: str, trees: set[str]) -> bool:
    while name:
        name = _folder(name)
        if name in trees:
            return True
    return False
