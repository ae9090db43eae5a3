"""What is said about an image, and how several sayings become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import orjson


@dataclass(frozen=True, slots=True)
class Words:
    """The texts about an image from one origin. Empty means: this origin does not say.

    `fallback` is a title made of the file's name, used when nothing better is known.
    `created` is ISO 8601.
    """

    title: str = ""
    description: str = ""
    alt: str = ""
    tags: tuple[str, ...] = ()
    creator: str = ""
    license: str = ""
    created: str = ""
    fallback: str = ""

    def to_json(self) -> str:
        """Only what is said, so that the many empty ones stay short."""
        return orjson.dumps({k: v for k, v in asdict(self).items() if v}).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        values: dict[str, Any] = orjson.loads(text)
        return cls(**{**values, "tags": tuple(values.get("tags", ()))})


NOTHING = Words()

_SINGLE = tuple(field.name for field in fields(Words) if field.name != "tags")


def merge(origins: Sequence[Words]) -> Words:
    """The first origin that says something wins, field by field; tags are united in order."""
    merged: dict[str, Any] = {
        name: next((text for origin in origins if (text := getattr(origin, name))), "")
        for name in _SINGLE
    }
    return Words(**merged, tags=unite(tag for origin in origins for tag in origin.tags))


def unite(tags: Iterable[str]) -> tuple[str, ...]:
    """The tags without repetition, whatever their case; the first spelling stays."""
    seen: dict[str, str] = {}
    for tag in tags:
        seen.setdefault(tag.casefold(), tag)
    return tuple(seen.values())
