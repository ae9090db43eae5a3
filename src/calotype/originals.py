"""One image's original, from wherever it still lies."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from calotype.blobs import Source
from calotype.errors import NotFound, SourceUnavailable, Unrenderable
from calotype.ingest import content_id
from calotype.model import Image

log = logging.getLogger(__name__)


def read_original(sources: Mapping[str, Source], image: Image, limit: int) -> bytes:
    """The bytes, from the first of the image's places that still holds them.

    Raises SourceUnavailable if a source cannot be asked, Unrenderable if the bytes are not those
    whose hash is the id though nothing else says so, NotFound if all places say that it has gone or
    changed: then the index is behind, and will say so itself in a moment.
    """
    down: SourceUnavailable | None = None
    damaged = False
    for place in image.places:
        source = sources.get(place.source)
        if source is None:
            continue
        try:
            entry = source.stat(place.name)
            if entry is not None and entry.version == place.version:
                data = source.read(place.name, limit)
                # Size and mtime may stay when the bytes do not, and the URL promises these bytes.
                if content_id(data) == image.id:
                    return data
                damaged = True
            # A file may be missing because all of its source is.
            source.check()
        except NotFound:
            continue
        except SourceUnavailable as error:
            down = error
    if down is not None:
        # Its message names folders and buckets: that is for the log, not for whoever asks.
        log.warning("%s", down)
        raise SourceUnavailable("The originals cannot be read at the moment.")
    if damaged:
        raise Unrenderable("The original is damaged: its bytes are not those that were indexed.")
    raise NotFound("The original is no longer where it was, or has changed; it is being re-read.")
