"""The index's fields, and how a record becomes a document."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any

import orjson
import tantivy

from calotype.model import COLORS, FORMATS, ORIENTATIONS, Color, Image, Place
from calotype.search.config import SearchConfig
from calotype.search.text import Words, bare_name, key, name_words, words_of

VERSION = 4
"""Raised with every change to this module that makes an older index unreadable or wrong."""

CODES: dict[str, dict[str, int]] = {
    "color": {name: code for code, name in enumerate(COLORS)},
    "orientation": {name: code for code, name in enumerate(ORIENTATIONS)},
    "format": {name: code for code, name in enumerate(FORMATS)},
}
"""Fields with a fixed set of values: stored as numbers, which cost a tenth of texts to count."""

_PRIME = (1 << 61) - 1
_EPOCH = date(1970, 1, 1).toordinal()
_PLAIN = ("id", "format", "width", "height", "bytes", "seq", "born", "title", "description",
          "alt", "tags", "creator", "license", "created", "added", "camera", "orientation",
          "frames", "alpha", "thumbhash", "analysed")  # fmt: skip
_plain = attrgetter(*_PLAIN)
_place = attrgetter("source", "name", "version")
_color = attrgetter("name", "hex", "share")


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
    prefixes. `key` holds hashes of the id and of the bare names of the files: numbers cost a third
    of what texts do that every image has its own of. `born` and `seq` tell images apart, and their
    versions.
    """
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("all", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("key", indexed=True)
    for name in ("tag", "license", "creator"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in CODES:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in ("seq", "born", "width", "height", "created"):
        builder.add_integer_field(name, fast=True)
    builder.add_bytes_field("record", stored=True)
    return builder.build()


def id_key(id: str) -> int:
    """The number that `key` has for an id: modulo 2^61 - 1, never below 0.

    Two ids share it once in 10^18, and whoever looks one up compares the whole.
    """
    return int(id, 16) % _PRIME


def name_key(name: str) -> int:
    """The number that `key` has for a bare name as `text.key` has it: a hash, always below 0."""
    return -1 - (int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 4)


def encode(image: Image) -> bytes:
    """The record as it is stored: values without their names."""
    places = [_place(place) for place in image.places]
    return orjson.dumps((_plain(image), places, [_color(color) for color in image.colors]))


def decode(record: bytes) -> Image:
    """The inverse of `encode`."""
    plain, places, colors = orjson.loads(record)
    values = dict(zip(_PLAIN, plain, strict=True))
    values["tags"] = tuple(values["tags"])
    return Image(
        **values,
        places=tuple(Place(*place) for place in places),
        colors=tuple(Color(*color) for color in colors),
    )


@lru_cache(maxsize=16_384)
def day(created: str) -> int | None:
    """An ISO 8601 date as days since 1970, or None where it cannot be read."""
    try:
        return date.fromisoformat(created).toordinal() - _EPOCH
    except ValueError:
        return None


def texts(image: Image, config: SearchConfig) -> list[tuple[int, list[str]]]:
    """The texts of an image by weight: those before the caption, the caption, and so on."""
    names = [name_words(place.name) for place in image.places]
    return [
        (config.weight_title, [image.title]),
        (config.weight_tags, list(image.tags)),
        (config.weight_alt, [image.alt]),
        (config.weight_name, names),
        (config.weight_description, [image.description, image.creator, image.camera]),
    ]


def document(image: Image, config: SearchConfig) -> tantivy.Document:
    """The document of an image."""
    return tantivy.Document.from_dict(fields(image, config), schema())


def fields(image: Image, config: SearchConfig) -> dict[str, Any]:
    """The values of a document's fields."""
    words = words_of(config.language)
    stems, written = _stems_and_words(image, config, words)
    values: dict[str, Any] = {
        "all": stems,
        "words": written,
        "key": [id_key(image.id), *(name_key(key(bare_name(p.name))) for p in image.places)],
        "tag": [key(tag) for tag in image.tags],
        "color": [code for c in image.colors if (code := CODES["color"].get(c.name)) is not None],
        "orientation": CODES["orientation"][image.shape],
        "seq": image.seq,
        "born": image.born,
        "width": image.width,
        "height": image.height,
        "record": encode(image),
    }
    if (code := CODES["format"].get(image.format)) is not None:
        values["format"] = code
    if image.license:
        values["license"] = key(image.license)
    if image.creator:
        values["creator"] = key(image.creator)
    if image.created and (taken := day(image.created[:10])) is not None:
        values["created"] = taken
    return values


def _stems_and_words(image: Image, config: SearchConfig, words: Words) -> tuple[str, list[str]]:
    stems: list[str] = []
    written: list[str] = []
    stem = words.stem
    for weight, several in texts(image, config):
        for text in several:
            if text and (cut := words.cut(text)):
                written.append(" ".join(cut))
                stems += [" ".join(map(stem, cut))] * weight
    return " ".join(stems), written


def terms_of(image: Image, config: SearchConfig) -> set[str]:
    """The stems by which a query can find an image: the tags `t-<stem>` that its change makes
    stale."""
    return set(_stems_and_words(image, config, words_of(config.language))[0].split())
