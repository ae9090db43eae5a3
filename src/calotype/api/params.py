"""The parameters as OpenAPI shows them, each with an example; and reading them from a request.

Routes read the query string themselves: what is allowed is said once, by the part that parses it
(`render.spec`, `search.query`), and unknown parameters cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from calotype.api.described import parameter
from calotype.errors import BadParameter
from calotype.render.spec import known
from calotype.search import filters as filtering

MOST_PARAMETERS = 100
LONGEST_QUERY_STRING = 8192
USUAL = 512
"""Bytes of a query string that is worth remembering: a longer one must not fill the memory."""

Params = Mapping[str, str]
Filters = Mapping[str, Sequence[str]]


def split(query_string: bytes) -> list[tuple[str, str]]:
    """The one reading of a query string: what is signed and what is done must be the same."""
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS,
                         errors="strict")  # fmt: skip
    except UnicodeDecodeError:
        raise BadParameter("query string", "percent-encoded UTF-8", query_string) from None
    except ValueError:
        most = f"at most {MOST_PARAMETERS} parameters"
        raise BadParameter("query string", most, "more") from None


def _parsed(query_string: bytes) -> tuple[Params, Filters]:
    found: dict[str, str] = {}
    filters: dict[str, list[str]] = {}
    for name, value in split(query_string):
        if name in filtering.NAMES:
            filters.setdefault(name, []).append(value)
        elif name not in found:
            found[name] = value
        elif name in _ONCE or known(name):
            raise BadParameter(name, "given once", f"{found[name]}, {value}")
    return MappingProxyType(found), MappingProxyType(filters)


_remembered = lru_cache(4096)(_parsed)


def params(request: Request) -> tuple[Params, Filters]:
    """The query string's parameters: those that are given once, and the filters, each with all
    of its values. Raises BadParameter if it cannot be read.
    """
    query_string = _bounded(request)
    return _remembered(query_string) if len(query_string) <= USUAL else _parsed(query_string)


def pairs(request: Request) -> list[tuple[str, str]]:
    """Every parameter as it came, decoded. Raises BadParameter if they cannot be read."""
    return split(_bounded(request))


def _bounded(request: Request) -> bytes:
    query_string: bytes = request.scope["query_string"]
    if len(query_string) > LONGEST_QUERY_STRING:
        bound = f"at most {LONGEST_QUERY_STRING} bytes"
        raise BadParameter("query string", bound, f"{len(query_string)} bytes")
    return query_string


def read(query_string: bytes) -> tuple[Params, Filters]:
    """The same of a query string that is not too long. Raises BadParameter."""
    return _remembered(query_string) if len(query_string) <= USUAL else _parsed(query_string)


def whole(given: Params, name: str, least: int, most: int, default: int) -> int:
    """A whole number within bounds. Raises BadParameter."""
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise BadParameter(name, f"a whole number from {least} to {most}", text)
    return int(text)


def flag(given: Params, name: str, default: bool) -> bool:
    text = given.get(name)
    if text is None:
        return default
    if text.lower() not in ("true", "false", "1", "0"):
        raise BadParameter(name, "true or false", text)
    return text.lower() in ("true", "1")


FILTERS = [
    parameter("tag", "Images with this tag; several: any of them.", "Hoodies & Sweatshirts"),
    parameter("color", "A main colour by name; several, with commas: any of them.", "blue"),
    parameter("orientation", "`landscape`, `portrait` or `square`.", "portrait",
               type="string", enum=["landscape", "portrait", "square"]),
    parameter("format", "The original's format.", "jpeg"),
    parameter("width", "The original's width: `2000`, `>=2000` or `800..1600`.", ">=2000"),
    parameter("height", "The original's height, likewise.", "600..1200"),
    parameter("license", "The licence, as the record has it.", "CC0-1.0"),
    parameter("creator", "Who made it.", "Calotype"),
    parameter("after", "Made on or after this day: YYYY, YYYY-MM or YYYY-MM-DD.", "2024-05"),
    parameter("before", "Made before this day.", "2025"),
]  # fmt: skip

SIGNED = [
    parameter("s", "The signature, where the service wants one.",
              "zLB6zmHPvRBU6rXA1M5ZmUgmFNcjcDmvV9rlHhqr6vs"),
    parameter("expires", "Until when a signed URL is good: a Unix time in seconds.", 1893456000,
              type="integer", minimum=0, maximum=9_999_999_999),
]  # fmt: skip

QUERY = parameter("query", "What the image shows: words, and filters as in `/search`.",
                   "black hoodie", path=True)  # fmt: skip
ID = parameter("id", "The image's id: the first 40 hex digits of the SHA-256 of its content.",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", path=True)  # fmt: skip

RANK = parameter("n", "1 for the best match, 2 for the second best …", 1,
                  type="integer", minimum=1, maximum=100, default=1)  # fmt: skip

SEARCH = [
    parameter("q", "Words, \"phrases\", -not, and filters such as tag: color: width:>=2000. "
               "Empty: everything, the newest first.", "black hoodie"),
    parameter("limit", "Hits on a page.", 24, type="integer", minimum=1, maximum=100, default=24),
    parameter("cursor", "The `next` of the page before; of the same query only.",
               "GSTlRGwXQ3pmKTq6ABBbImFsbCIsMyw0LFtdXQ"),
    parameter("prefix", "The last word may be the beginning of one, as while typing.", False,
               type="boolean", default=False),
    parameter("facets", "Count the hits by colour, orientation, format, tag, licence, creator.",
               True, type="boolean"),
]  # fmt: skip


_ONCE = frozenset(each["name"] for each in (*SEARCH, RANK))


def operation(*parameters: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that has these."""
    return {"parameters": list(parameters)}
