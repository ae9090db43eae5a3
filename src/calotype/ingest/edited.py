"""What somebody says of an image, checked: nothing is cut off or mended in silence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from calotype.catalog import EDITABLE
from calotype.catalog.words import unite
from calotype.errors import BadParameter
from calotype.ingest.text import LONGEST, LONGEST_TAG, MOST_TAGS

_SEVERAL_LINES = frozenset({"description", "alt"})
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Controls but tab and line feed, and what is no character."""

Value = str | tuple[str, ...] | None


def edited(values: Mapping[str, Any]) -> dict[str, Value]:
    """The fields of a merge patch: a text each, tags as a list of them, None to take it back.

    Raises BadParameter that names the field.
    """
    found: dict[str, Value] = {}
    for name, value in values.items():
        if name not in EDITABLE:
            fields = ", ".join(EDITABLE)
            raise BadParameter(
                name[:80], f"left out: the fields that can be set are {fields}", value
            )
        if value is None:
            found[name] = None
        else:
            found[name] = _tags(value) if name == "tags" else _text(name, value, LONGEST[name])
    return found


def tags_of(text: str) -> list[str]:
    """Tags as a form sends them: with commas between."""
    return [tag for part in text.split(",") if (tag := part.strip())]


def _text(name: str, value: Any, longest: int) -> str:
    lines = name in _SEVERAL_LINES
    if not isinstance(value, str):
        raise BadParameter(name, "a text, or null", value)
    text = value.replace("\r\n", "\n")
    unfit, text = _UNFIT.search(text), text.strip()
    if unfit or (not lines and ("\n" in text or "\t" in text)):
        raise BadParameter(
            name, f"{'a text' if lines else 'one line'} without control characters", value
        )
    if len(text) > longest:
        raise BadParameter(name, f"at most {longest:,} characters", f"{len(text):,} characters")
    return text


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise BadParameter("tags", "a list of texts, or null", value)
    if len(value) > MOST_TAGS:
        raise BadParameter("tags", f"at most {MOST_TAGS} tags", f"{len(value):,} tags")
    return unite(tag for each in value if (tag := _text("tags", each, LONGEST_TAG)))
