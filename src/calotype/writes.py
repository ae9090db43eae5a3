"""What changes the library from outside: an image comes, is described anew, or goes.

All of it blocks, on the catalog and on the place where uploads are kept. Blob first, row second: a
process that dies between leaves a file that the next ingest finds, and nothing that was promised
is lost. On the way out the row goes first, so that nobody is led to what is not there; the blob
goes while nobody can write to the catalog, and only if the image was not brought back meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import IO

from calotype.blobs import Uploads
from calotype.catalog import Applied, Catalog, Edit, Withhold
from calotype.decode import Limits
from calotype.errors import NotFound, Refused, SourceUnavailable, TooLarge
from calotype.ingest.pipeline import no_event
from calotype.ingest.summary import OnEvent
from calotype.ingest.upload import Examined, Patch, examine, operations
from calotype.model import Image

KEPT_AGAIN = 3
"""How often an upload is kept that others delete at the same time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that somebody sent, what it was called, and what was said of it. Close the file."""

    file: IO[bytes]
    name: str
    words: Patch


@dataclass(frozen=True, slots=True)
class Added:
    """`new`: readers did not see the image before."""

    image: Image
    new: bool


class Writes:
    """May be used from many threads. Every method raises `CatalogUnavailable`, and calls `wake`
    when something has changed.
    """

    def __init__(
        self,
        catalog: Catalog,
        uploads: Uploads,
        limits: Limits,
        wake: Callable[[], None],
        on_event: OnEvent = no_event,
    ) -> None:
        """`on_event` is told what ingest's is."""
        self.catalog, self.uploads, self._limits, self._wake = catalog, uploads, limits, wake
        self._on_event = on_event

    def add(self, sent: Sent) -> Added:
        """Take a file in, and close it. The same bytes again are the same image.

        Raises Refused for what is no image that is taken, TooLarge, Overloaded, and
        SourceUnavailable where it cannot be kept.
        """
        with sent.file as file:
            found = self._examined(file)
            applied = self._keep(found, sent, file)
        self._wake()
        image = self._found(found.image.id)
        new = image.id in applied.added
        self._on_event("ingested", "added" if new else "unchanged")
        return Added(image, new)

    def edit(self, id: str, words: Patch, expected: Collection[int] | None) -> Image:
        """The image as it is after the change. Raises NotFound, PreconditionFailed."""
        self.catalog.apply([Edit(id, words, expected)])
        self._wake()
        return self._found(id)

    def remove(self, id: str, expected: Collection[int] | None) -> None:
        """Raises NotFound, PreconditionFailed, and SourceUnavailable where the image has gone but
        the file of it that we keep is still there: to try again tries that.
        """
        try:
            self.catalog.apply([Withhold(id, self.uploads.source.key, expected)])
        except NotFound:
            if not self._delete(id):
                raise
        else:
            self._wake()
            self._delete(id)

    def _delete(self, id: str) -> int:
        """Delete what is kept of an image that is withheld; how many files that was.

        Whoever brings it back keeps its file first and releases it then. That cannot come between
        here; a file that was found there before and is deleted now is kept anew by `_keep`.
        """
        with self.catalog.withholding(id) as withheld:
            return self.uploads.remove(id) if withheld else 0

    def _examined(self, file: IO[bytes]) -> Examined:
        most = self._limits.max_bytes
        try:
            file.seek(0)
            data = file.read(most + 1)
        except OSError as error:
            log.error("what was sent cannot be read again: %s", error)
            raise SourceUnavailable("Uploads cannot be taken at the moment.") from error
        if len(data) > most:
            raise TooLarge(f"A file has at most {most:,} bytes.", most)
        try:
            return examine(data, self._limits)
        except Refused as refused:
            self._on_event("refused", refused.reason)
            raise

    def _keep(self, found: Examined, sent: Sent, file: IO[bytes]) -> Applied:
        """Also what lies in a source already: its owner may take it away, and what was acknowledged
        stays.
        """
        uploads, id, applied = self.uploads, found.image.id, Applied()
        for _ in range(KEPT_AGAIN):
            entry = uploads.keep(id, found.image.format, file)
            told = operations(found, uploads.source.key, entry, sent.name, sent.words)
            last = self.catalog.apply(told)
            last.added = applied.added or last.added
            applied = last
            # Deleted after it was found there: since it is released, nobody does so any more but
            # who deletes the image anew.
            if uploads.source.stat(entry.name) is not None:
                return applied
        raise SourceUnavailable("It is being deleted by somebody else. Try again.")

    def _found(self, id: str) -> Image:
        image = self.catalog.get(id)
        if image is None:
            raise NotFound("Somebody else has deleted the image at the same time.")
        return image
