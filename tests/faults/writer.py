"""Someone who uploads without pause, and remembers what was acknowledged."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.app.service import CALOTYPE
from tests.fleet.programs import PATIENCE

from .fleet import Fleet
from .pictures import draw


def key(**variables: str) -> dict[str, str]:
    """The header of a new API key that may write; the variables say which catalog."""
    made = subprocess.run(
        [str(CALOTYPE), "keys", "create", "--scope", "write"],
        env={**os.environ, **variables}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    token = next(word for word in made.stdout.split() if word.startswith("ck_"))
    return {"Authorization": f"Bearer {token}"}


class Writer:
    """Uploads one image after the other through the edge, from `__enter__` to `__exit__`."""

    def __init__(self, fleet: Fleet, key: dict[str, str], folder: Path) -> None:
        self._fleet, self._key, self._folder = fleet, key, folder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.acknowledged: dict[str, str] = {}
        """Ids by the names they were uploaded under."""
        self.answers: Counter[str] = Counter()
        """By status, and the code of a problem; or the name of an exception."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        number = 100_000
        with httpx.Client(base_url=self._fleet.url, timeout=PATIENCE) as client:
            while not self._stop.is_set():
                number += 1
                path = draw(self._folder / f"upload {number}.jpg", number)
                self._write(client, path)
                # Not as fast as it goes: what the readers see is measured too.
                self._stop.wait(0.1)

    def _write(self, client: httpx.Client, path: Path) -> None:
        files = {"file": (path.name, path.read_bytes(), "image/jpeg")}
        try:
            answer = client.post("/images", files=files, headers=self._key)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            return
        if answer.status_code in (200, 201):
            self.answers[str(answer.status_code)] += 1
            self.acknowledged[path.name] = answer.json()["images"][0]["image"]["id"]
        else:
            again = "retry-after" in answer.headers
            self.answers[f"{answer.status_code} {answer.json().get('code')} {again}"] += 1
