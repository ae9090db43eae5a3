"""The whole service in this process: `build_app` on an event loop of its own, and no network."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from calotype.api.services import Services
from calotype.app import build_app
from calotype.model import Image
from calotype.settings import Settings

T = TypeVar("T")
PATIENCE = 20.0
"""Seconds that anything waited for may take at most."""


def until(condition: Callable[[], T | None], what: str = "the condition") -> T:
    """What `condition` returns once that is true; fails after `PATIENCE`."""
    pause, give_up = threading.Event(), time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < give_up, f"{what} did not come about"
        pause.wait(0.01)
    return found


class House:
    """A service over a folder; `with House(pictures, data) as house: house.get("/search")`."""

    def __init__(self, pictures: Path, data: Path, **settings: Any) -> None:
        self.pictures = pictures
        clock = settings.pop("clock", time.time)
        # Who polls until an ETag changes waits for another image, not for fewer bytes.
        deliver = {"upgrade_after": 0, **settings.pop("deliver", {})}
        settings = {"watch": False, "deliver": deliver, **settings}
        self.app = build_app(
            Settings.load(source=str(pictures), data=data, **settings), clock=clock
        )
        self.services: Services = self.app.state.services
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._lifespan = self.app.router.lifespan_context(self.app)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://house")

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._lifespan.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.run(self._client.aclose())
        self.run(self._lifespan.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.begin_running(work).result(PATIENCE * 2)

    def settle(self, count: int) -> Self:
        """Wait until `count` images are found, their pixels looked at."""

        def settled() -> bool:
            page = self.get("/search?limit=100&facets=false")
            hits = page.json().get("results", [])
            return len(hits) == min(count, 100) and all(hit["thumbhash"] for hit in hits)

        until(settled, f"{count} images")
        return self

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.run(self._client.request(method, path, **more))

    def wait_for(self, path: str, wanted: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The first answer to `path` that is as wanted."""
        return until(lambda: answer if wanted(answer := self.get(path)) else None, path)

    def ask_unstarted(self, path: str) -> httpx.Response:
        """An answer while the lifespan was not entered: nothing runs in the background."""

        async def ask() -> httpx.Response:
            return await self._client.get(path)

        return self._loop.run_until_complete(ask())

    def close_unstarted(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()
        self.services.keeper.stop()

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def begin(self, path: str, **more: Any) -> Future[httpx.Response]:
        """A request that is not waited for."""
        return self.begin_running(self._client.get(path, **more))

    def begin_running(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def together(self, *paths: str) -> list[httpx.Response]:
        """All of them at the same time."""

        async def all_of_them() -> list[httpx.Response]:
            return list(await asyncio.gather(*(self._client.get(path) for path in paths)))

        return self.run(all_of_them())

    def image(self, name: str) -> Image:
        """The image that lies at `name`."""
        hits = self.services.index
        for hit in self.get("/search?limit=100&facets=false").json()["results"]:
            if hit["name"] == name:
                found = hits.get(hit["id"])
                assert found is not None
                return found
        raise AssertionError(f"{name} is not in the library")

    def metric(self, name: str, **labels: str) -> float:
        """A sample of `/metrics`; 0 where there is none yet."""
        found = self.services.metrics.registry.get_sample_value(f"calotype_{name}", labels)
        return found or 0.0
