"""The index's fields."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from hashlib import blake2b

import orjson
import tantivy

from calotype.model import COLORS, FORMATS, ORIENTATIONS, Image
from calotype.search.config import SearchConfig

VERSION = 7
"""Raised with every change to this module that makes an older index unreadable or wrong."""

CODES: dict[str, dict[str, int]] = {
    "color": {name: code for code, name in enumerate(COLORS)},
    "orientation": {name: code for code, name in enumerate(ORIENTATIONS, 64)},
    "format": {name: code for code, name in enumerate(FORMATS, 128)},
}
"""What has a fixed set of values: numbers in one field, which cost a tenth of texts to count."""


def fingerprint(config: SearchConfig) -> str:
    """What an index must share with this code and these settings to be usable with them."""
    weights = (config.weight_title, config.weight_tags, config.weight_alt, config.weight_name,
               config.weight_description)  # fmt: skip
    parts = (VERSION, Image.__struct_fields__, config.language, *weights)
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]


@lru_cache(maxsize=1)
def schema() -> tantivy.Schema:
    """The schema.

    `all` holds the stems of every text, a word repeated as often as its field weighs: BM25 over
    it is BM25F (Robertson, Zaragoza, Taylor 2004), at the price of one posting list for a word.
    `words` holds the same words as they are written, with positions: phrases, near-spellings and
    prefixes. `key` holds hashes of the id and of the bare names of the files: numbers cost a third
    of what texts do that every image has its own of. `code` holds what `CODES` has numbers for.
    `born` and `seq` tell images apart, and their versions.
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


def id_key(id: str) -> int:
    """The number that `key` has for an id: its last 60 bits.

    Two ids share it once in 10^18, and whoever looks one up compares the whole.
    """
    return int(id[-15:], 16)


def name_key(name: str) -> int:
    """The number that `key` has for a bare name as `text.key` has it: a hash, always below 0."""
    return -1 - (int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 4)
