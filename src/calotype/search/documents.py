"""How a record becomes a document, and a document a record again."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from calotype.model import Image
from calotype.search.config import SearchConfig
from calotype.search.schema import CODES, id_key, name_key
from calotype.search.text import BEGINNING, bare_name, key, name_words, words_of

_EPOCH = date(1970, 1, 1).toordinal()
_REMEMBERED = 16_384
_COLORS, _SHAPES, _FORMATS = CODES["color"], CODES["orientation"], CODES["format"]


encode = msgspec.json.Encoder().encode
"""The record as it is stored: the values of its fields, in order."""

decode = msgspec.json.Decoder(Image).decode
"""The inverse of `encode`."""


@lru_cache(maxsize=_REMEMBERED)
def day(created: str) -> int | None:
    """An ISO 8601 date as days since 1970, or None where it cannot be read."""
    try:
        return date.fromisoformat(created).toordinal() - _EPOCH
    except ValueError:
        return None


class Documents:
    """Makes documents as a configuration has them.

    Tags, creators and licenses are said over and over: what becomes of one is remembered.
    """

    def __init__(self, config: SearchConfig) -> None:
        words = words_of(config.language)
        self._cut, self._stem = words.cut, words.stem
        self._title = words.repeated(config.weight_title)
        self._alt = words.repeated(config.weight_alt)
        self._name = words.repeated(config.weight_name)
        self._description = words.repeated(config.weight_description)
        self._tag_stem = words.repeated(config.weight_tags)
        self._tag = lru_cache(maxsize=_REMEMBERED)(self._tag_parts)
        self._key = lru_cache(maxsize=_REMEMBERED)(key)

    def json(self, image: Image) -> str:
        """The document of an image, as tantivy reads it: bytes are base64."""
        stems, written, tags = self._words(image)
        keys = [id_key(image.id)]
        keys += [name_key(key(bare_name(place.name))) for place in image.places]
        code = [_COLORS[c.name] for c in image.colors if c.name in _COLORS]
        code.append(_SHAPES[image.shape])
        if image.format in _FORMATS:
            code.append(_FORMATS[image.format])
        values: dict[str, Any] = {
            "all": " ".join(stems),
            "words": written,
            "key": keys,
            "code": code,
            "seq": image.seq,
            "born": image.born,
            "width": image.width,
            "height": image.height,
            "record": b2a_base64(encode(image), newline=False).decode(),
        }
        if tags:
            values["tag"] = tags
        if image.license:
            values["license"] = self._key(image.license)
        if image.creator:
            values["creator"] = self._key(image.creator)
        if image.created and (taken := day(image.created[:10])) is not None:
            values["created"] = taken
        return orjson.dumps(values).decode()

    def terms(self, image: Image) -> set[str]:
        """See `terms_of`."""
        stems, written, _ = self._words(image)
        begun = {word[0] + BEGINNING for text in written for word in text.split()}
        return {*" ".join(stems).split(), *begun, *self._called(image), BEGINNING}

    def _called(self, image: Image) -> Iterator[str]:
        """The stems of a query for the image's id, or for the name of one of its files.

        A name is cut here as a query is. Where it has no words the query's are the extension's.
        """
        yield self._stem(image.id)
        for place in image.places:
            name = key(place.name.rpartition("/")[2])
            yield from map(self._stem, self._cut(bare_name(name)) or self._cut(name))

    def _words(self, image: Image) -> tuple[list[str], list[str], list[str]]:
        """Stems, repeated as they weigh; words as they are written; the keys of the tags."""
        stems: list[str] = []
        written: list[str] = []
        keys: list[str] = []
        for text, repeated in self._texts(image):
            if text and (cut := self._cut(text)):
                written.append(" ".join(cut))
                stems += map(repeated, cut)
        for tag in image.tags:
            weighed, plain, named = self._tag(tag)
            if plain:
                stems.append(weighed)
                written.append(plain)
            keys.append(named)
        return stems, written, keys

    def _texts(self, image: Image) -> list[tuple[str, Callable[[str], str]]]:
        """Each text but the tags, and what a word of it becomes."""
        texts = [(image.title, self._title), (image.alt, self._alt)]
        texts += [(name_words(place.name), self._name) for place in image.places]
        for text in (image.description, image.creator, image.camera):
            if text:
                texts.append((text, self._description))
        return texts

    def _tag_parts(self, tag: str) -> tuple[str, str, str]:
        cut = self._cut(tag)
        return " ".join(map(self._tag_stem, cut)), " ".join(cut), key(tag)


@lru_cache(maxsize=8)
def documents_of(config: SearchConfig) -> Documents:
    """The documents of a configuration."""
    return Documents(config)


def terms_of(image: Image, config: SearchConfig) -> set[str]:
    """What `Page.terms` has of every answer that a change of the image may alter: the stems by
    which a query can find it, the beginnings of its words, and what a list of everything has."""
    return documents_of(config).terms(image)
