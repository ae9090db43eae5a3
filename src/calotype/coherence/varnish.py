"""An edge that is Varnish with the VCL of deploy/edge."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from calotype.coherence.edge import EVERYTHING, EdgeError, Moment

MOST_BYTES = 8_000
"""Of tags in one header."""

TIMEOUT = 3.0
"""Seconds for each step; an edge is near, and purging takes it milliseconds."""


class VarnishEdge:
    """Purges over one connection that is kept. `url` is the edge's origin; it ends where a purge
    goes, as a name in logs too, and holds no secret."""

    def __init__(self, url: str, secret: str, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        self._url, self._secret = url, secret

    @property
    def name(self) -> str:
        return self._url

    def purge(self, soft: Sequence[str], hard: Sequence[str], moment: Moment) -> None:
        requests = [("xkey-purge", tags) for tags in _headers(_words(hard, moment))]
        requests += [("xkey-softpurge", tags) for tags in _headers(_words(soft, moment))]
        if not requests:  # it is told how far the changes are, all the same
            requests = [("", "")]
        for number, (name, tags) in enumerate(requests, 1):
            headers = self._headers(moment, first=number == 1, last=number == len(requests))
            self._ask(headers | ({name: tags} if name else {}))

    def close(self) -> None:
        self._connection.close()

    def _headers(self, moment: Moment, *, first: bool, last: bool) -> dict[str, str]:
        headers = {
            "X-Purge-Key": self._secret,
            "X-Purge-Epoch": moment.epoch,
            "X-Purge-From": str(moment.after),
            "X-Purge-Seq": str(moment.seq),
        }
        if moment.reset and first:
            headers["X-Purge-Reset"] = "yes"
        if not last:
            headers["X-Purge-More"] = "yes"
        return headers

    def _ask(self, headers: dict[str, str]) -> None:
        kept = self._connection.sock is not None
        try:
            status = self._once(headers)
        except (OSError, http.client.HTTPException) as error:
            if not kept:
                raise EdgeError(f"{type(error).__name__}: {error}") from error
            # The edge closes what was idle for long; purging twice does no harm.
            try:
                status = self._once(headers)
            except (OSError, http.client.HTTPException) as again:
                raise EdgeError(f"{type(again).__name__}: {again}") from again
        if status == 403:
            raise EdgeError(
                "403; has varnishd the same CALOTYPE_PURGE_SECRET, and its acl `purgers` this host?"
            )
        if status != 200:
            raise EdgeError(f"status {status}")

    def _once(self, headers: dict[str, str]) -> int:
        try:
            self._connection.request("PURGE", "/", headers=headers)
            answer = self._connection.getresponse()
            answer.read()
        except BaseException:
            self._connection.close()
            raise
        return answer.status


def _words(tags: Sequence[str], moment: Moment) -> list[str]:
    """The edge tags everything that it keeps with the catalog that it is of."""
    return [f"epoch-{moment.epoch}" if tag == EVERYTHING else tag for tag in tags]


def _headers(tags: Sequence[str]) -> Iterator[str]:
    """The tags with spaces between, in as many headers as it takes."""
    taken: list[str] = []
    size = 0
    for tag in tags:
        if taken and size + len(tag) + 1 > MOST_BYTES:
            yield " ".join(taken)
            taken, size = [], 0
        taken.append(tag)
        size += len(tag) + 1
    if taken:
        yield " ".join(taken)
