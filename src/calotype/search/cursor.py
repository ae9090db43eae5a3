"""Cursors: where a reader of results is, so that a changing index repeats and skips nothing.

Scores shift with every commit, so a place in the ranking cannot be a score. A ranked cursor
instead carries which images were seen, by their `born` numbers, and the next page is the best of
the others. Past `MOST_SEEN` bytes of them, what remains is listed newest first, where a place is
simply a `born`; so is all of a query without words. Images that came after the first page are
left out throughout: they would land on pages already read.

    cursor = base64url(HMAC-SHA256(key, query · body)[:12] · body)
    body   = rung, newest, tail, stems of each corrected word, seen: see `_pack`
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from calotype.errors import BadCursor

MOST_SEEN = 2_400
"""Bytes of seen images that a cursor carries: about 1,200 in a million. Keeps it below 4 KB."""

LONGEST = 8_192
_MAC = 12


@dataclass(frozen=True, slots=True)
class Cursor:
    """`rung` is the first page's; `newest` the largest `born` then; `tail`, if not None, the
    `born` below which to go on, newest first; `fixed` the stems that each word was taken for."""

    rung: str
    newest: int
    tail: int | None = None
    fixed: tuple[tuple[str, ...], ...] = ()
    seen: frozenset[int] = frozenset()


def encode(cursor: Cursor, query: str, key: bytes) -> str:
    """The cursor as text, bound to `query` (its canonical form) and signed."""
    body = _pack(cursor)
    return base64.urlsafe_b64encode(_mac(key, query, body) + body).decode().rstrip("=")


def decode(text: str, query: str, key: bytes) -> Cursor:
    """The inverse of `encode`; raises BadCursor for whatever it did not make for this query."""
    try:
        if len(text) > LONGEST or not text.isascii():
            raise ValueError
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(data).decode().rstrip("=") != text:
            raise ValueError  # bits that base64 leaves unused
        mac, body = data[:_MAC], data[_MAC:]
        if not hmac.compare_digest(mac, _mac(key, query, body)):
            raise ValueError
        return _unpack(body)
    except (ValueError, binascii.Error):
        raise BadCursor("cursor", "one that this service gave for the same query", text) from None


def tail_begins(seen: Iterable[int]) -> bool:
    """Whether so many were seen that a cursor cannot carry them; see `MOST_SEEN`."""
    return len(_deltas(seen)) > MOST_SEEN


def _mac(key: bytes, query: str, body: bytes) -> bytes:
    message = len(query.encode()).to_bytes(4) + query.encode() + body
    return hmac.digest(key, message, hashlib.sha256)[:_MAC]


def _pack(cursor: Cursor) -> bytes:
    head = orjson.dumps((cursor.rung, cursor.newest, cursor.tail, cursor.fixed))
    return len(head).to_bytes(2) + head + _deltas(cursor.seen)


def _unpack(body: bytes) -> Cursor:
    size = int.from_bytes(body[:2])
    rung, newest, tail, fixed = orjson.loads(body[2 : 2 + size])
    stems = tuple(tuple(each) for each in fixed)
    return Cursor(rung, newest, tail, stems, frozenset(_numbers(body[2 + size :])))


def _deltas(numbers: Iterable[int]) -> bytes:
    """Ascending numbers as LEB128 varints of the steps between them."""
    out, last = bytearray(), 0
    for number in sorted(numbers):
        step, last = number - last, number
        while step > 127:
            out.append(step & 127 | 128)
            step >>= 7
        out.append(step)
    return bytes(out)


def _numbers(data: bytes) -> Iterable[int]:
    number, step, shift = 0, 0, 0
    for byte in data:
        step |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            number += step
            yield number
            step = shift = 0
