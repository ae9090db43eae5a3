"""What each `code` of a problem document means, as the page `/docs` shows it.

The texts are the docstrings in `errors`: the `type` of every problem leads to one of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from calotype import errors
from calotype.errors import CalotypeError

ANCHOR = "errors"
_NOT_OVER_HTTP = (errors.BadSetting, errors.Unusable)


@dataclass(frozen=True, slots=True)
class Explained:
    code: str
    status: int
    meaning: str


_OTHERS = (
    Explained("bad-request", 400, "What was sent is no HTTP request."),
    Explained("request-timeout", 408, "The head of a request did not come to an end in time."),
    Explained("uri-too-long", 414, "The URL is longer than what stands before the service takes."),
    Explained("method-not-allowed", 405, "Not a method of this address; Allow says what is."),
    Explained("unavailable", 503, "No instance can answer: said by what stands before them."),
)
"""Codes that are no exception of ours."""


def explained() -> list[Explained]:
    """Every code there is, by status."""
    found = {each.code: each for each in (*_OTHERS, *_of(CalotypeError))}
    return sorted(found.values(), key=lambda each: (each.status, each.code))


def _of(kind: type[CalotypeError]) -> Iterator[Explained]:
    if not issubclass(kind, _NOT_OVER_HTTP):
        code = "refused" if kind is errors.Refused else kind.code
        # a subclass without a code of its own is explained with its base, which comes after it
        yield from (each for below in kind.__subclasses__() for each in _of(below))
        paragraph = inspect.cleandoc(kind.__doc__ or kind.title).partition("\n\n")[0]
        yield Explained(code, kind.status, " ".join(paragraph.split()))


def section() -> str:
    """HTML: one anchor for each code, `errors-<code>`."""
    rows = "".join(
        f'<div id="{ANCHOR}-{escape(each.code)}"><dt><code>{escape(each.code)}</code> '
        f"<span>{each.status}</span></dt><dd>{_marked(each.meaning)}</dd></div>"
        for each in explained()
    )
    return f'<section class="errors" id="{ANCHOR}"><h2>Errors</h2><dl>{rows}</dl></section>'


def _marked(text: str) -> str:
    """Escaped, with what is between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts))
