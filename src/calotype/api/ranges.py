"""One range of the bytes of an original (RFC 9110 §14), so that a download can be resumed."""

from __future__ import annotations

import re

from calotype.errors import BadRange

_ONE = re.compile(r"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})", re.ASCII | re.IGNORECASE)


def requested(value: str, condition: str, etag: str, size: int) -> slice | None:
    """The bytes that `Range` asks for; None for all of them.

    Several ranges, other units, and a range whose `If-Range` names another version are ignored, as
    a server may do (§14.2, §13.1.5). Raises BadRange if no byte lies in the range.
    """
    match = _ONE.fullmatch(value.strip())
    if match is None or match[1] == match[2] == "" or (condition and condition.strip() != etag):
        return None
    first, last = match.groups()
    if first and last and int(first) > int(last):
        return None
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= stop:
        raise BadRange(value, size)
    return slice(start, stop)
