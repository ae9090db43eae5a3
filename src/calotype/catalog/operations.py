"""What can be asked of the catalog in one transaction, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from calotype.catalog.words import NOTHING, Words
from calotype.model import Color, Image, Place


@dataclass(frozen=True, slots=True)
class Put:
    """An image lies at a place.

    `image` has what its header says (its texts, places and pixel facts are not looked at),
    `embedded` what the file says of itself, `beside` what is written beside it.
    """

    place: Place
    image: Image
    embedded: Words = NOTHING
    beside: Words = NOTHING
    beside_version: str = ""


@dataclass(frozen=True, slots=True)
class Retext:
    """What is written beside the image at a place has changed; its bytes have not."""

    source: str
    name: str
    beside: Words
    beside_version: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The file at a place is not taken, for a short reason; what lay there before has gone."""

    place: Place
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Drop:
    """What lay at this place in this version has gone. If another lies there, that stays: whoever
    says so has looked earlier than who put it there.
    """

    source: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Pixels:
    """What the pixels of an image show."""

    id: str
    colors: tuple[Color, ...]
    thumbhash: str | None
    alpha: bool


@dataclass(frozen=True, slots=True)
class Spoil:
    """The pixels of an image cannot be decoded: all its places become refused files."""

    id: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Somebody says something of an image: it goes before all that is in and beside its files.

    `words`: by field (`said.EDITABLE`); None takes back what was said before. `expected`: the
    `seq`s that the image may have now, None for any. Where it has another, `PreconditionFailed`
    is raised and the whole transaction undone; `NotFound` where there is no such image.
    """

    id: str
    words: Mapping[str, str | Sequence[str] | None]
    expected: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Withhold:
    """An image goes, and does not come back with its files: they may lie where nobody may delete
    them. Its places in the source `uploads` are dropped; who gave it that key deletes what lies
    there. Raises as `Edit` does.
    """

    id: str
    uploads: str
    expected: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """An image is withheld no longer. It is to be put in the same transaction, as nothing is kept
    of what is withheld: else `NotFound` is raised.
    """

    id: str


Operation = Put | Retext | Refuse | Drop | Pixels | Spoil | Edit | Withhold | Release


class Known(NamedTuple):
    """What the catalog knows of a place: an image's id, or the reason of a refusal."""

    version: str
    image_id: str | None
    reason: str
    message: str
    beside_version: str


@dataclass(slots=True)
class Applied:
    """Ids of the images that one transaction added, changed and removed.

    A file whose content was replaced counts as one change, not as a removal and an addition.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    seq: int = 0
