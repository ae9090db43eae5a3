"""A file that somebody sent: looked at as ingest does, at once and as a whole.

Whoever sent it waits for the answer, so what only decoding shows to be broken is said now, and not
found out when it has been promised already.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from calotype.blobs import Entry
from calotype.catalog import FALLBACK, Edit, Operation, Pixels, Put, Release, Words
from calotype.decode import Limits
from calotype.errors import CalotypeError, Overloaded, Refused, Unfinished, Unrenderable
from calotype.ingest.analyse import shown
from calotype.ingest.beside import RULES
from calotype.ingest.names import title_of
from calotype.ingest.patience import OF_THE_MACHINE
from calotype.ingest.probe import Probed, probed
from calotype.ingest.text import clean
from calotype.model import Image, Place

LONGEST_NAME = 255

_NOWHERE = Place("", "", "")
_log = logging.getLogger(__name__)

Patch = Mapping[str, str | Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Examined:
    """An image that was sent. `pixels` is None if there was no time for them: they follow."""

    image: Image
    embedded: Words
    pixels: Pixels | None


def examine(data: bytes, limits: Limits) -> Examined:
    """What the bytes are. Their name and their declared type are not asked.

    Raises Refused if they are no image that is taken, Overloaded if the machine has no room.
    """
    try:
        found: Probed = probed(data, _NOWHERE, limits)
        return Examined(found.image, found.embedded, _pixels(found.image.id, data, limits))
    except (Refused, Overloaded):
        raise
    except Unfinished as error:
        raise Refused("unfinished", str(error)) from None
    except Unrenderable as error:
        raise Refused("corrupt", str(error)) from None
    except CalotypeError:
        raise
    except OF_THE_MACHINE:
        raise Overloaded("There is no memory or process left to read it with.") from None
    except Exception as error:  # a parser may raise anything
        _log.warning("cannot read an upload: %s", type(error).__name__)
        raise Refused("corrupt", "Its header, its texts or its pixels cannot be read.") from None


def _pixels(id: str, data: bytes, limits: Limits) -> Pixels | None:
    try:
        return shown(id, data, limits)
    except Unfinished:
        return None


def operations(
    found: Examined, source: str, entry: Entry, name: str, words: Patch
) -> list[Operation]:
    """What to tell the catalog of an image that is kept as `entry` of the source `source`.

    It is what ingest would find there, so that its next run changes nothing. `name` is that of the
    sender's file, `words` what was said of it.
    """
    place = Place(source, entry.name, entry.version)
    put = Put(place, replace(found.image, places=(place,)), found.embedded, beside_version=RULES)
    id, title = found.image.id, title_of(file_name(name))
    fallback = {FALLBACK: title} if title else {}
    said = [Edit(id, {**fallback, **words})] if fallback or words else []
    return [put, Release(id), *said, *([found.pixels] if found.pixels else [])]


def file_name(given: str) -> str:
    """The name of a file that was sent, for people: without a path, whatever system it is of."""
    name = given.replace("\\", "/").rpartition("/")[2]
    return clean(name, LONGEST_NAME).replace("\n", " ")
