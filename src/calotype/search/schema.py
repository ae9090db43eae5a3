"""The index's fields, and how a record becomes a document."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import orjson
import tantivy

from calotype.model import Color, Image, Place
from calotype.search.config import SearchConfig
from calotype.search.text import analyzers, key, name_words, normalise

VERSION = 1
"""Raised with every change to this module that makes an older index unreadable or wrong."""

ALL, WORDS, EXACT, MARK = "all", "words", "exact", "mark"


def fingerprint(config: SearchConfig) -> str:
    """What an index must share with this code and these settings to be usable with them."""
    parts = (VERSION, config.language, config.weight_title, config.weight_tags,
             config.weight_alt, config.weight_name, config.weight_description)  # fmt: skip
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]


def build_schema() -> tantivy.Schema:
    """The schema.

    `all` holds the stems of every text, a word repeated as often as its field weighs: BM25 over
    it is BM25F (Robertson, Zaragoza, Taylor 2004), at the price of one posting list for a word.
    `words` holds the same words as they are written, with positions: phrases, near-spellings and
    prefixes. `exact` holds the id and the names. `mark` is in every document.
    """
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(ALL, tokenizer_name="stem", index_option="freq")
    builder.add_text_field(WORDS, tokenizer_name="fold", index_option="position")
    for name in (EXACT, "id", MARK):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("tag", "color", "orientation", "format", "license", "creator"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("seq", "born", "width", "height", "created"):
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_bytes_field("record", stored=True)
    return builder.build()


def register(index: tantivy.Index, config: SearchConfig) -> None:
    """Make our analyzers known to an index just opened; they are not part of its files."""
    known = analyzers(config.language)
    index.register_tokenizer("stem", known.stem)
    index.register_tokenizer("fold", known.fold)


def encode(image: Image) -> bytes:
    """The record as it is stored."""
    return orjson.dumps(image)


def decode(record: bytes) -> Image:
    """The inverse of `encode`."""
    values: dict[str, Any] = orjson.loads(record)
    values["places"] = tuple(Place(**place) for place in values["places"])
    values["tags"] = tuple(values["tags"])
    values["colors"] = tuple(Color(**color) for color in values["colors"])
    return Image(**values)


def day(created: str | None) -> int | None:
    """An ISO 8601 time as days since 1970 where it was taken, or None where it cannot be read."""
    if not created:
        return None
    try:
        moment = date.fromisoformat(created[:10])
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def document(image: Image, config: SearchConfig) -> tantivy.Document:
    """The document of an image."""
    doc = tantivy.Document()
    weighted = (
        (image.title, config.weight_title),
        (" , ".join(image.tags), config.weight_tags),
        (image.alt, config.weight_alt),
        (" ".join(name_words(place.name) for place in image.places), config.weight_name),
        (image.description, config.weight_description),
    )
    for text, weight in weighted:
        if text:
            text = normalise(text)
            doc.add_text(WORDS, text)
            for _ in range(weight):
                doc.add_text(ALL, text)
    doc.add_text("id", image.id)
    doc.add_text(MARK, "1")
    for value in exact_keys(image):
        doc.add_text(EXACT, value)
    for tag in image.tags:
        doc.add_text("tag", key(tag))
    for color in image.colors:
        doc.add_text("color", color.name)
    doc.add_text("orientation", image.shape)
    doc.add_text("format", image.format)
    for field, text in (("license", image.license), ("creator", image.creator)):
        if text:
            doc.add_text(field, key(text))
    doc.add_integer("seq", image.seq)
    doc.add_integer("born", image.born)
    doc.add_integer("width", image.width)
    doc.add_integer("height", image.height)
    if (created := day(image.created)) is not None:
        doc.add_integer("created", created)
    doc.add_bytes("record", encode(image))
    return doc


def exact_keys(image: Image) -> set[str]:
    """What names this image alone: its id, and each name whole, without folders, and bare."""
    keys = {image.id}
    for place in image.places:
        whole = key(place.name)
        last = whole.rpartition("/")[2]
        keys |= {whole, last, last.rpartition(".")[0] or last}
    return keys
