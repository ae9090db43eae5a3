"""The index's fields."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from hashlib import blake2b

import orjson
import tantivy

from calotype.model import COLORS, FORMATS, ORIENTATIONS
from calotype.search.config import SearchConfig

VERSION = 5
"""Raised with every change to this module that makes an older index unreadable or wrong."""

CODES: dict[str, dict[str, int]] = {
    "color": {name: code for code, name in enumerate(COLORS)},
    "orientation": {name: code for code, name in enumerate(ORIENTATIONS, 64)},
    "format": {name: code for code, name in enumerate(FORMATS, 128)},
}
"""What has a fixed set of values: numbers in one field, which cost a tenth of texts to count."""

_PRIME = (1 << 61) - 1


def fingerprint(config: SearchConfig) -> str:
    """What an index must share with this code and these settings to be usable with them."""
    parts = (VERSION, config.language, config.weight_title, config.weight_tags,
             config.weight_alt, config.weight_name, config.weight_description)  # fmt: skip
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]


@lru_cache(maxsize=1)
def schema() -> tantivy.Schema:
    """The schema.

    `all` holds the stems of every text, a word repeated as often as its field weighs: BM25 over
    it is BM25F (Robertson, Zaragoza, Taylor 2004), at the price of one posting list for a word.
    `words` holds the same words as they are written, with positions: phrases, near-spellings and
    prefixes. `key` holds the digits of numbers made of the id and of the bare names of the files:
    all of a number's digits together find what a term of its own would, and a million terms that
    occur once cost a fifth of a build. `code` holds what `CODES` has numbers for. `born` and `seq`
    tell images apart, and their versions.
    """
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("all", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("key", indexed=True)
    for name in ("tag", "license", "creator"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_integer_field("code", indexed=True, fast=True)
    for name in ("seq", "born", "width", "height", "created"):
        builder.add_integer_field(name, fast=True)
    builder.add_bytes_field("record", stored=True)
    return builder.build()


def id_digits(id: str) -> list[int]:
    """The digits that `key` has for an id, taken modulo 2^61 - 1.

    Two ids share all of them once in 10^18, and whoever looks one up compares the whole.
    """
    number = int(id, 16) % _PRIME
    return [
        number & 0xFFFF,
        number >> 16 & 0xFFFF | 1 << 16,
        number >> 32 & 0xFFFF | 2 << 16,
        number >> 48 | 3 << 16,
    ]


def name_digits(name: str) -> list[int]:
    """The digits that `key` has for a bare name as `text.key` has it: 32 bits of a hash."""
    number = int.from_bytes(blake2b(name.encode(), digest_size=4).digest())
    return [number & 0xFFFF | 4 << 16, number >> 16 | 5 << 16]
