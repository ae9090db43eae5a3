"""The catalog: one row an image, each change numbered by a growing `seq`."""

from calotype.catalog.lease import Lease
from calotype.catalog.listener import Listener
from calotype.catalog.operations import (
    Applied,
    Drop,
    Known,
    Operation,
    Pixels,
    Put,
    Refuse,
    Retext,
    Spoil,
)
from calotype.catalog.repository import Catalog
from calotype.catalog.words import Words

__all__ = [
    "Applied",
    "Catalog",
    "Drop",
    "Known",
    "Lease",
    "Listener",
    "Operation",
    "Pixels",
    "Put",
    "Refuse",
    "Retext",
    "Spoil",
    "Words",
]
