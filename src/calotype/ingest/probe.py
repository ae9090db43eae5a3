"""One look into a file: its hash, its header, and the texts embedded in it. No pixels."""

from __future__ import annotations

import hashlib
import logging
import posixpath
import re
from dataclasses import dataclass

from msgspec.structs import replace

from calotype.blobs import Entry, Source
from calotype.catalog import Refuse, Words
from calotype.decode import Limits, header
from calotype.errors import NotFound, Refused, SourceUnavailable, Unfinished
from calotype.ingest.embedded import embedded_in
from calotype.ingest.patience import MOST_TRIES, OF_THE_MACHINE
from calotype.model import Image, Place

ID_DIGITS = 40

_log = logging.getLogger(__name__)

SKIPPED = "skipped"
"""The reason of files that nothing says to be images: remembered, but no refusal."""

IMAGE_NAMES = frozenset(
    re.findall(
        r"\S+",
        ".jpg .jpeg .jpe .jfif .png .apng .webp .avif .gif .tif .tiff .svg .heic .heif .hif "
        ".bmp .dib .ico .jxl .jp2 .j2k .jpf .jpx .psd .psb .tga .pcx .exr .hdr .xcf .svgz .eps "
        ".dng .cr2 .cr3 .nef .nrw .arw .orf .raf .rw2 .pef .srw .3fr",
    )
)
"""Endings that claim an image, of formats that we do not read too: their users want to know."""

UNFINISHED = "unfinished"
"""Reading the header took more time or memory than it is given."""

TRANSIENT = frozenset({"unreadable", UNFINISHED, "no-resources"})
"""Refusals that say nothing of the content: permissions change without a trace in size or mtime,
and a machine has more room at another time. So these files are tried again at every run."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A file that is an image."""

    place: Place
    image: Image
    embedded: Words


def content_id(data: bytes) -> str:
    """The id of an image: the first 40 hex digits of the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()[:ID_DIGITS]


def probe(source: Source, entry: Entry, limits: Limits) -> Probed | Refuse | None:
    """What a file is; None if it has gone. Raises `SourceUnavailable` only.

    The version that is remembered is the one from before the reading, so that a file which
    changes meanwhile is read again by the next run.
    """
    place = Place(source.key, entry.name, entry.version)
    try:
        return _probe(source, place, entry.size, limits)
    except NotFound:
        return None
    except Refused as refused:
        return refusal(place, _unless_other(place.name, refused))
    except Unfinished as error:
        return refusal(place, Refused(UNFINISHED, str(error)))
    except SourceUnavailable:
        raise
    except OF_THE_MACHINE:
        message = "There was no memory or process left to read it with; the next run tries again."
        return refusal(place, Refused("no-resources", message))
    except Exception as error:  # a parser may raise anything; one file must not stop the rest
        _log.warning("cannot read %r: %s", place.name, type(error).__name__)
        return Refuse(place, "corrupt", "Its header or its texts cannot be read.")


def refusal(place: Place, refused: Refused) -> Refuse:
    """The refusal as the catalog remembers it: until the file changes, or not at all."""
    version = "" if refused.reason in TRANSIENT else place.version
    return Refuse(replace(place, version=version), refused.reason, str(refused))


def given_up(refuse: Refuse, version: str) -> Refuse:
    """The last refusal of a file that was tried often enough: it stays until the file changes."""
    place = replace(refuse.place, version=version)
    return Refuse(place, refuse.reason, tried_out(refuse.message))


def tried_out(message: str) -> str:
    return f"{message} It was tried {MOST_TRIES} times."


def _unless_other(name: str, refused: Refused) -> Refused:
    """The same, unless neither content nor name says that this is an image: then it is skipped."""
    ending = posixpath.splitext(name)[1].lower()
    if refused.reason not in ("not-an-image", "empty", "too-large") or ending in IMAGE_NAMES:
        return refused
    return Refused(SKIPPED, "Neither its content nor its name says that it is an image.")


def _probe(source: Source, place: Place, size: int, limits: Limits) -> Probed:
    if size > limits.max_bytes:
        raise Refused("too-large", f"It has {size:,} bytes; the limit is {limits.max_bytes:,}.")
    return probed(source.read(place.name, limits.max_bytes), place, limits)


def probed(data: bytes, place: Place, limits: Limits) -> Probed:
    """What some bytes are. Raises what `decode.header` does, and whatever a parser may."""
    found = header(data, limits)
    facts = embedded_in(found, data)
    image = Image(
        id=content_id(data),
        format=found.format,
        width=found.width,
        height=found.height,
        bytes=len(data),
        places=(place,),
        camera=facts.camera,
        orientation=found.orientation,
        frames=found.frames,
        alpha=found.alpha,
    )
    return Probed(place, image, facts.words)
