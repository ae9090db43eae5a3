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

from calotype.errors import BadParameter
from calotype.render.spec import FITS, FORMATS, MAX_SIDE
from calotype.search import filters as filtering

MOST_PARAMETERS = 100
LONGEST_QUERY_STRING = 8192
USUAL = 512
"""Bytes of a query string that is worth remembering: a longer one must not fill the memory."""

Params = Mapping[str, str]
Filters = Mapping[str, Sequence[str]]


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
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
    for name, value in _pairs(query_string):
        if name in filtering.NAMES:
            filters.setdefault(name, []).append(value)
        elif name not in found:
            found[name] = value
        elif name in _ONCE:
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
    return _pairs(_bounded(request))


def _bounded(request: Request) -> bytes:
    query_string: bytes = request.scope["query_string"]
    if len(query_string) > LONGEST_QUERY_STRING:
        bound = f"at most {LONGEST_QUERY_STRING} bytes"
        raise BadParameter("query string", bound, f"{len(query_string)} bytes")
    return query_string


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


def _parameter(
    name: str, description: str, example: Any, *, path: bool = False, **schema: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path" if path else "query",
        "required": path,
        "description": description,
        "schema": schema or {"type": "string"},
        "example": example,
    }


def _side(what: str, example: int) -> dict[str, Any]:
    name = what[0]
    return _parameter(name, f"{what.capitalize()} in pixels.", example,
                      type="integer", minimum=1, maximum=MAX_SIDE)  # fmt: skip


_FITS = "; ".join(f"`{name}`: {what}" for name, what in FITS.items())

RENDER = [
    _side("width", 800),
    _side("height", 600),
    _parameter("fit", f"How the image meets w × h. {_FITS}.", "crop",
               type="string", enum=list(FITS), default="clip"),
    _parameter("dpr", "Device pixel ratio: multiplies w and h.", 2,
               type="number", minimum=0.5, maximum=5, default=1),
    _parameter("fm", "Format; without it, the best that `Accept` names.", "webp",
               type="string", enum=list(FORMATS)),
    _parameter("q", "Quality; without it, each format's own.", 75,
               type="integer", minimum=1, maximum=100),
    _parameter("auto", "`format`: negotiate, with `fm` as the fall-back.", "format"),
]  # fmt: skip

FILTERS = [
    _parameter("tag", "Images with this tag; several: any of them.", "Hoodies & Sweatshirts"),
    _parameter("color", "A main colour by name; several, with commas: any of them.", "blue"),
    _parameter("orientation", "`landscape`, `portrait` or `square`.", "portrait",
               type="string", enum=["landscape", "portrait", "square"]),
    _parameter("format", "The original's format.", "jpeg"),
    _parameter("width", "The original's width: `2000`, `>=2000` or `800..1600`.", ">=2000"),
    _parameter("height", "The original's height, likewise.", "600..1200"),
    _parameter("license", "The licence, as the record has it.", "CC0-1.0"),
    _parameter("creator", "Who made it.", "Calotype"),
    _parameter("after", "Made on or after this day: YYYY, YYYY-MM or YYYY-MM-DD.", "2024-05"),
    _parameter("before", "Made before this day.", "2025"),
]  # fmt: skip

SIGNED = [
    _parameter("s", "The signature, where the service wants one.",
               "zLB6zmHPvRBU6rXA1M5ZmUgmFNcjcDmvV9rlHhqr6vs"),
    _parameter("expires", "Until when a signed URL is good: a Unix time in seconds.", 1893456000,
               type="integer", minimum=0, maximum=9_999_999_999),
]  # fmt: skip

QUERY = _parameter("query", "What the image shows: words, and filters as in `/search`.",
                   "black hoodie", path=True)  # fmt: skip
ID = _parameter("id", "The image's id: the first 40 hex digits of the SHA-256 of its content.",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", path=True)  # fmt: skip

RANK = _parameter("n", "1 for the best match, 2 for the second best …", 1,
                  type="integer", minimum=1, maximum=100, default=1)  # fmt: skip

SEARCH = [
    _parameter("q", "Words, \"phrases\", -not, and filters such as tag: color: width:>=2000. "
               "Empty: everything, the newest first.", "black hoodie"),
    _parameter("limit", "Hits on a page.", 24, type="integer", minimum=1, maximum=100, default=24),
    _parameter("cursor", "The `next` of the page before; of the same query only.",
               "GSTlRGwXQ3pmKTq6ABBbImFsbCIsMyw0LFtdXQ"),
    _parameter("prefix", "The last word may be the beginning of one, as while typing.", False,
               type="boolean", default=False),
    _parameter("facets", "Count the hits by colour, orientation, format, tag, licence, creator.",
               True, type="boolean"),
]  # fmt: skip


_ONCE = frozenset(each["name"] for each in (*RENDER, *SEARCH, RANK))


def operation(*parameters: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that has these."""
    return {"parameters": list(parameters)}
