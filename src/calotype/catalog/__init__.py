"""The catalog: one row an image, each change numbered by a growing `seq`."""

from calotype.catalog.keys import Key, Keys
from calotype.catalog.lease import Lease
from calotype.catalog.listener import Listener
from calotype.catalog.operations import (
    Applied,
    Drop,
    Edit,
    Known,
    Operation,
    Pixels,
    Put,
    Refuse,
    Release,
    Retext,
    Spoil,
    Withhold,
)
from calotype.catalog.repository import Catalog
from calotype.catalog.said import EDITABLE, FALLBACK
from calotype.catalog.words import Words

__all__ = [
    "EDITABLE",
    "FALLBACK",
    "Applied",
    "Catalog",
    "Drop",
    "Edit",
    "Key",
    "Keys",
    "Known",
    "Lease",
    "Listener",
    "Operation",
    "Pixels",
    "Put",
    "Refuse",
    "Release",
    "Retext",
    "Spoil",
    "Withhold",
    "Words",
]
