"""Everything that can go wrong on purpose.

    CalotypeError                status  code
    ├── BadParameter             400     bad-parameter     names parameter, bound and what was sent
    │   ├── BadQuery             400     bad-query
    │   └── BadCursor            400     bad-cursor
    ├── Unauthorized             401     unauthorized      no key, or none that is good
    ├── Forbidden                403     forbidden
    │   ├── BadSignature         403     bad-signature     none, or one that does not fit the URL
    │   └── ExpiredSignature     403     expired-signature carries expires
    ├── BadBody                  400     bad-body          a request whose body cannot be read
    ├── TooSlow                  408     too-slow          a body that does not come to an end
    ├── PreconditionFailed       412     precondition-failed  it is not what If-Match says
    ├── TooLarge                 413     too-large         carries the limit
    ├── UnsupportedMediaType     415     unsupported-media-type  carries what is taken
    ├── BadRange                 416     bad-range         carries the size
    ├── NotFound                 404     not-found
    │   ├── NoImage              404     not-found         carries the id
    │   └── NoMatch              404     no-match          carries suggestions
    ├── Refused                  422     refused-<reason>  a file that ingest will not take
    ├── Unrenderable             422     unrenderable      bytes that break under the decoder
    │   └── Unfinished           422     unrenderable      no verdict: too much time or memory
    ├── NotImplementedHere       501     not-implemented   of a standard, what we do not do
    ├── SourceUnavailable        503     source-unavailable
    ├── CatalogUnavailable       503     catalog-unavailable
    ├── NotReady                 503     not-ready         the index cannot answer yet
    ├── Overloaded               503     overloaded        carries retry_after
    ├── BadSetting               500     bad-setting       names the variable and its docs
    └── Unusable                 500     unusable          a port or file that a command was given

The message of each is public: it is shown to whoever asked, and says the mend where there is one.
The text of any other exception never leaves the process.
"""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal


class CalotypeError(Exception):
    """Something broke here that nobody expected. It has been logged; the document says no more.

    Base of all: `status` is HTTP's, `code` is stable, `str()` is the public message.
    """

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"
    code: str = "internal"

    @property
    def extra(self) -> dict[str, Any]:
        """Members that the problem document has beside the usual ones (RFC 9457 §3.2)."""
        return {}


class BadParameter(CalotypeError):
    """A parameter out of bounds, which is never silently repaired: `parameter` is its name, `bound`
    what it must be, `value` what was sent.
    """

    status = 400
    title = "Bad parameter"
    code = "bad-parameter"

    def __init__(self, parameter: str, bound: str, value: object) -> None:
        shown = _shown(value)
        super().__init__(f"{parameter} must be {bound}; got {shown!r}")
        self.parameter, self.bound, self.value = parameter, bound, shown

    @property
    def extra(self) -> dict[str, Any]:
        return {"parameter": self.parameter, "bound": self.bound, "value": self.value}


_REPR = reprlib.Repr()
_REPR.maxlevel, _REPR.maxstring, _REPR.maxother = 4, 80, 80


def _shown(value: object) -> str:
    """At most 80 characters of whatever was sent, which may be nested deeper than `str` goes."""
    try:
        shown = _REPR.repr(value) if isinstance(value, dict | list | tuple) else str(value)
    except (RecursionError, ValueError):  # ValueError: an int of more digits than Python writes
        shown = type(value).__name__
    return shown if len(shown) <= 80 else shown[:77] + "…"


class BadQuery(BadParameter):
    """A filter's value is out of bounds, or the query is too long or has control characters."""

    title = "Bad query"
    code = "bad-query"


class BadCursor(BadParameter):
    """A cursor that was changed, or belongs to another query."""

    title = "Bad cursor"
    code = "bad-cursor"


class Unauthorized(CalotypeError):
    """No key was given, or one that is unknown, revoked or out of date."""

    status = 401
    title = "Unauthorized"
    code = "unauthorized"

    def __init__(self, message: str, *, given: bool) -> None:
        """`given`: whether there was a key at all."""
        super().__init__(message)
        self.given = given


class Forbidden(CalotypeError):
    """Whoever asks may not."""

    status = 403
    title = "Forbidden"
    code = "forbidden"


class BadSignature(Forbidden):
    """The URL has to be signed and is not, or its signature is not for what it asks."""

    title = "Bad signature"
    code = "bad-signature"


class ExpiredSignature(Forbidden):
    """The URL was good until `expires` (Unix time, seconds)."""

    title = "Expired signature"
    code = "expired-signature"

    def __init__(self, expires: int) -> None:
        moment = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%d %H:%M:%S")
        super().__init__(
            f"This URL was good until {moment} UTC. Ask whoever gave it for a new one."
        )
        self.expires = expires

    @property
    def extra(self) -> dict[str, Any]:
        return {"expires": self.expires}


class BadBody(CalotypeError):
    status = 400
    title = "Bad body"
    code = "bad-body"


class TooSlow(CalotypeError):
    status = 408
    title = "Too slow"
    code = "too-slow"


class PreconditionFailed(CalotypeError):
    status = 412
    title = "Precondition failed"
    code = "precondition-failed"


class TooLarge(CalotypeError):
    """A body that passes a limit, in bytes or in parts."""

    status = 413
    title = "Too large"
    code = "too-large"

    def __init__(self, message: str, limit: int) -> None:
        super().__init__(message)
        self.limit = limit

    @property
    def extra(self) -> dict[str, Any]:
        return {"limit": self.limit}


class UnsupportedMediaType(CalotypeError):
    status = 415
    title = "Unsupported media type"
    code = "unsupported-media-type"

    def __init__(self, taken: Sequence[str]) -> None:
        super().__init__(f"The body must be {' or '.join(taken)}.")
        self.taken = tuple(taken)

    @property
    def extra(self) -> dict[str, Any]:
        return {"accepted": list(self.taken)}


class BadRange(CalotypeError):
    """A range of bytes that an original does not have."""

    status = 416
    title = "Bad range"
    code = "bad-range"

    def __init__(self, value: str, size: int) -> None:
        super().__init__(f"The original has {size} bytes; {value[:80]!r} holds none of them.")
        self.size = size

    @property
    def extra(self) -> dict[str, Any]:
        return {"size": self.size}


class NotFound(CalotypeError):
    """There is no such address or id."""

    status = 404
    title = "Not found"
    code = "not-found"


class NoImage(NotFound):
    """No image has this id, so far."""

    def __init__(self, id: str) -> None:
        super().__init__(f"There is no image with the id {id[:80]!r}.")
        self.id = id


class NoMatch(NotFound):
    """No image answers the query; `suggestions` are queries that do find something."""

    title = "No image matches"
    code = "no-match"

    def __init__(
        self,
        query: str,
        suggestions: Sequence[str] = (),
        found: int = 0,
        terms: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        """`found` is how many do match, where a later one was asked for; `terms` as in `Page`;
        `hint` is said last."""
        most = "No image matches"
        if found:
            most = "Only 1 image matches" if found == 1 else f"Only {found} images match"
        super().__init__(" ".join(filter(None, (f"{most} {query!r}.", hint))))
        self.query, self.suggestions, self.found = query, tuple(suggestions), found
        self.terms = tuple(terms)

    @property
    def extra(self) -> dict[str, Any]:
        return {"query": self.query, "suggestions": list(self.suggestions)}


class Refused(CalotypeError):
    """A file that is not taken in: the rest of its code, such as `refused-too-large`, says why.

    `reason` is a short stable word, counted in /metrics.
    """

    status = 422
    title = "File refused"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.code = reason, f"refused-{reason}"


class Unrenderable(CalotypeError):
    """The original breaks under the decoder or passes a limit while decoded, or its rendition took
    longer than the time limit.
    """

    status = 422
    title = "Image cannot be rendered"
    code = "unrenderable"


class Unfinished(Unrenderable):
    """Decoding was given up past its time or memory. It may be the file, or a machine that had
    much else to do: no verdict on the bytes.
    """


class NotImplementedHere(CalotypeError):
    """A request that a standard allows, for something that is optional there and absent here."""

    status = 501
    title = "Not implemented"
    code = "not-implemented"


class SourceUnavailable(CalotypeError):
    """The place where the originals lie cannot be read (missing, unreadable, not mounted)."""

    status = 503
    title = "Source unavailable"
    code = "source-unavailable"


class NotReady(CalotypeError):
    """The index is being built, or the service is going down."""

    status = 503
    title = "Not ready"
    code = "not-ready"


class Overloaded(CalotypeError):
    """Too much waits already, or this has waited too long. `Retry-After` says when to try again."""

    status = 503
    title = "Overloaded"
    code = "overloaded"

    def __init__(
        self, message: str, retry_after: int = 1, reason: Literal["full", "busy", "late"] = "full"
    ) -> None:
        """`reason`: `full`, nothing more is done; `busy`, not for one who could do without;
        `late`, it has waited past the deadline.
        """
        super().__init__(message)
        self.retry_after, self.reason = retry_after, reason


class CatalogUnavailable(CalotypeError):
    """The database of the catalog cannot be opened, read or written (locked, full, down)."""

    status = 503
    title = "Catalog unavailable"
    code = "catalog-unavailable"


class BadSetting(CalotypeError):
    """A setting that cannot be; found before anything starts."""

    code = "bad-setting"

    def __init__(self, name: str, problem: str, documented: str) -> None:
        super().__init__(f"{name} {problem}. See {documented}.")
        self.name = name


class Unusable(CalotypeError):
    """Something of the user's that a command cannot work with: a port, an output file."""

    code = "unusable"
