"""Fifty clients who ask without pause, and notice whatever is wrong with an answer."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx
from PIL import Image

from tests.fleet.programs import until

CLIENTS = 50
RATE = 250.0
"""Requests a second of all clients together: less than a machine with two cores can answer, so that
what fails has failed for another reason than too much to do."""
PATIENCE = 45.0
"""Seconds after which a client gives up; the edge gives up after 40."""
EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, the statuses that are right for it, and the body's SHA-256 where it is known."""

    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: frozenset[int] = frozenset({200})
    digest: str = ""


Asks = Callable[[random.Random], Ask]


class Load:
    """Clients with a kept connection each, from `__enter__` to `__exit__`; a thread of its own.

    `failed` counts by what was wrong: a status, an exception, a body that is shorter than its
    Content-Length or that no decoder takes. `examples` tells more of the first few.
    """

    def __init__(self, url: str, asks: Asks, *, clients: int = CLIENTS, rate: float = RATE) -> None:
        self._url, self._asks, self._clients, self._rate = url, asks, clients, rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._good: set[bytes] = set()
        self.done = 0
        self.failed: Counter[str] = Counter()
        self.examples: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.seconds: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def reach(self, more: int) -> None:
        """Wait until so many more were answered, well or not."""
        goal = self.done + more
        until(lambda: self.done >= goal, f"{more} more answers")

    def none_failed(self) -> bool:
        """For an assertion that shows what did."""
        for example in self.examples:
            print(example)
        return not self.failed

    async def _run(self) -> None:
        context = httpx.create_ssl_context(verify=False)
        async with asyncio.TaskGroup() as group:
            for number in range(self._clients):
                group.create_task(self._client(number, context))

    async def _client(self, number: int, context: ssl.SSLContext) -> None:
        chance, every = random.Random(number), self._clients / self._rate
        due = time.monotonic() + number / self._rate
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)
        async with httpx.AsyncClient(
            base_url=self._url,
            verify=context,
            limits=limits,
            timeout=PATIENCE,
        ) as client:
            while not self._stop.is_set():
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                due = max(due + every, time.monotonic())
                await self._ask(client, self._asks(chance))

    async def _ask(self, client: httpx.AsyncClient, ask: Ask) -> None:
        began = time.monotonic()
        try:
            answer = await client.get(ask.target, headers=dict(ask.headers))
        except httpx.HTTPError as error:
            self._failed(ask, type(error).__name__, str(error))
        else:
            self.statuses[answer.status_code] += 1
            if why := self._wrong(ask, answer):
                said = {n: answer.headers.get(n) for n in ("cache-status", "x-degraded")}
                self._failed(ask, why, f"{said} {answer.content[:200]!r}")
        self.seconds.append(time.monotonic() - began)
        self.done += 1

    def _failed(self, ask: Ask, what: str, more: str) -> None:
        self.failed[what] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{time.strftime('%X')} GET {ask.target}: {what}: {more}")

    def _wrong(self, ask: Ask, answer: httpx.Response) -> str:
        """What is wrong with an answer; empty if nothing is."""
        if answer.status_code not in ask.statuses:
            return f"status {answer.status_code}"
        length = answer.headers.get("content-length")
        if length is not None and int(length) != answer.num_bytes_downloaded:
            return "truncated"
        if answer.status_code != 200:
            return ""
        digest = hashlib.sha256(answer.content)
        if ask.digest and digest.hexdigest() != ask.digest:
            return "another body"
        if digest.digest() not in self._good:  # each is looked at once
            if why := spoiled(answer):
                return why
            self._good.add(digest.digest())
        return ""


def spoiled(answer: httpx.Response) -> str:
    """Why this body is none of its type; empty if it is."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        with suppress(ValueError):
            answer.json()
            return ""
        return "no JSON"
    if not kind.startswith("image/"):
        return f"type {kind or 'missing'}"
    try:
        with Image.open(io.BytesIO(answer.content)) as image:
            image.load()
            found = image.get_format_mimetype()
    except (OSError, SyntaxError) as error:
        return f"undecodable ({type(error).__name__})"
    return "" if found == kind else f"{found} as {kind}"


def crowd(url: str, target: str, number: int) -> list[httpx.Response]:
    """The answers to one request that so many ask at once, each on a connection of its own."""

    async def all_of_them() -> list[httpx.Response]:
        context = httpx.create_ssl_context(verify=False)
        async with httpx.AsyncClient(
            base_url=url, verify=context, timeout=PATIENCE,
            limits=httpx.Limits(max_connections=number),
        ) as client:  # fmt: skip
            return list(await asyncio.gather(*(client.get(target) for _ in range(number))))

    return asyncio.run(all_of_them())
