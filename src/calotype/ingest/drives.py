"""Drives that are not mounted: what lay on them has not gone, however empty the source looks.

A mount point without its drive is an empty folder, or no folder at all. So the catalog remembers,
with the identity of a source, at which folders below it another file system was mounted.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping

from calotype.blobs import Source
from calotype.catalog import Catalog, Known
from calotype.errors import Refused, SourceUnavailable
from calotype.ingest.probe import IMAGE_NAMES


def recall(catalog: Catalog, source: Source) -> tuple[str, list[str]]:
    """The identity of the source at its last ingest, and the drives that were below it."""
    identity, *drives = catalog.identity(source.key).split("\n")
    return identity, drives


def remember(catalog: Catalog, source: Source, drives: Collection[str]) -> None:
    """For `recall`. A line each: no name in a source has a line break in it."""
    catalog.remember_source(source.key, "\n".join([source.identity, *sorted(drives)]))


def mounted(source: Source, names: Iterable[str]) -> set[str]:
    """The drives below the source that one of the files lies on."""
    folders: set[str] = set()
    for name in names:
        folder = posixpath.dirname(name)
        while folder and folder not in folders:
            folders.add(folder)
            folder = posixpath.dirname(folder)
    return source.drives(folders)


def absent(
    source: Source, drives: Collection[str], known: Mapping[str, Known], entries: Collection[str]
) -> Iterator[tuple[str, Refused]]:
    """Those of the drives that are not mounted, and where nothing has taken their place."""
    for drive in sorted(set(drives) - source.drives(drives)):
        images = [n for n, was in known.items() if was.image_id and n.startswith(drive + "/")]
        if images and not any(name in entries for name in images):
            yield drive, Refused("not-mounted", (
                f"A drive with {len(images)} images was mounted here and is not now. Mount it. If "
                "they are really gone, run `calotype add --allow-empty`."))  # fmt: skip


def refuse_to_empty(
    catalog: Catalog,
    source: Source,
    known: Mapping[str, Known],
    entries: Collection[str],
    closed: Collection[str],
) -> None:
    """Raise `SourceUnavailable` where a source of images has none now, or is another folder.

    A README that lies under a mount point is no sign of life; an image under a new name is.
    """
    images = [name for name, was in known.items() if was.image_id]
    if not images:
        return
    left = sum(name in entries or below(name, closed) for name in images)
    before, _ = recall(catalog, source)
    swapped = bool(before) and before != source.identity
    lost = not left and not any(_claims_image(name) for name in entries)
    if not entries or lost or (swapped and left * 2 < len(images)):
        raise SourceUnavailable(
            f"{source.key} had {len(images)} images and now has {left} of them. If its "
            "drive is not mounted, mount it. If they are really gone, run "
            "`calotype add --allow-empty` on it. The catalog was kept as it is."
        )


def below(name: str, folders: Iterable[str]) -> bool:
    """Whether the name lies in one of the folders; all do in the folder without a name."""
    return any(not folder or name.startswith(folder + "/") for folder in folders)


def _claims_image(name: str) -> bool:
    return posixpath.splitext(name)[1].lower() in IMAGE_NAMES
