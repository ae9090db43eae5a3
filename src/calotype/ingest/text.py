"""Texts from anywhere: cleaned, bounded, and put under the names that we use."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from calotype.catalog import Words
from calotype.catalog.words import unite

MOST_TAGS = 200
LONGEST = {"title": 500, "creator": 500, "license": 500, "alt": 2_000, "description": 20_000}
LONGEST_TAG = 100

_ALIASES = {
    "title": ("title", "headline", "object_name", "label_text"),
    "description": ("description", "caption", "text", "abstract", "prompt", "desc"),
    "alt": ("alt", "alt_text", "alttext", "accessibility"),
    "tags": ("tags", "keywords", "subject", "subjects", "labels", "label", "categories",
             "category"),
    "creator": ("creator", "author", "artist", "photographer", "byline", "credit"),
    "license": ("license", "licence", "rights", "copyright"),
    "created": ("created", "date", "date_created", "created_at", "datetime", "taken"),
}  # fmt: skip
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_ORDER = {alias: at for aliases in _ALIASES.values() for at, alias in enumerate(aliases)}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*\n\s*")
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
"""References with more digits than any character needs. `html.unescape` makes a number of them
before it looks, and Python makes none of more than 4,300 digits (ValueError)."""
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")


def clean(value: object, longest: int) -> str:
    """One line or several, without control characters, markup, or spaces at the ends."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    # Cut first: nothing below is to work on megabytes.
    text = str(value)[: 4 * longest] if isinstance(value, str) else str(value)
    if "<" in text or "&" in text:
        text = html.unescape(_NO_CHARACTER.sub("\ufffd", _MARKUP.sub(" ", text)))
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _LINES.sub("\n\n", _SPACES.sub(" ", text)).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def clean_tags(value: object) -> tuple[str, ...]:
    """Tags from a list, or from a text with commas, semicolons or lines between them."""
    parts: Iterable[object]
    if isinstance(value, str):
        parts = re.split(r"[,;\n]", value[: MOST_TAGS * LONGEST_TAG])
    elif isinstance(value, list | tuple):
        parts = value[: 4 * MOST_TAGS]
    else:
        parts = (value,)
    tags = (clean(part, LONGEST_TAG).replace("\n", " ") for part in parts)
    return unite(tag for tag in tags if tag)[:MOST_TAGS]


def words_from(values: Mapping[str, Any]) -> Words:
    """Words from a record with names of whatever habit: `Caption`, `alt-text`, `Keywords` …

    Where several names mean the same, the first in our list wins; tags are united. What has no
    known name, or no text in it, is left out.
    """
    found: dict[str, Any] = {}
    tags: list[str] = []
    known = [(_plain(key), value) for key, value in values.items() if isinstance(key, str)]
    for key, value in sorted((k for k in known if k[0] in _NAMES), key=lambda k: _ORDER[k[0]]):
        name = _NAMES[key]
        if name == "tags":
            # A number under `label` is a class of a data set, not a word.
            tags.extend(clean_tags(value) if isinstance(value, str | list | tuple) else ())
        elif name == "created":
            found.setdefault(name, iso_date(clean(value, 64)))
        else:
            parts = value if isinstance(value, list | tuple) else [value]
            text = clean(", ".join(filter(None, (clean(p, LONGEST[name]) for p in parts[:50]))),
                         LONGEST[name])  # fmt: skip
            if text:
                found.setdefault(name, text)
    return Words(**found, tags=unite(tags)[:MOST_TAGS])


def iso_date(text: str) -> str:
    """An ISO 8601 date or time as it is, EXIF's `2024:05:06 07:08:09` turned into one; else ''."""
    text = re.sub(r"^(\d{4}):(\d\d):(\d\d)", r"\1-\2-\3", text.strip())
    if re.fullmatch(r"\d{4}(-\d\d)?", text):
        return text if text[:4] != "0000" else ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text[:10] if len(text) <= 10 else moment.isoformat()


def _plain(key: str) -> str:
    return key[:64].strip().lower().replace("-", "_").replace(" ", "_").rpartition(":")[2]
