"""A service that may be written to, and another client of it beside the browser."""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

PATIENCE = 10.0
HUES = itertools.count(17, 37)


def picture(size: tuple[int, int] = (480, 320)) -> bytes:
    """A PNG that no other call has given."""
    hue = next(HUES)
    image = Image.new("RGB", size, f"hsl({hue % 360}, 45%, 82%)")
    pen = ImageDraw.Draw(image)
    width, height = size
    pen.ellipse(
        (width * 0.2, height * 0.2, width * 0.7, height * 0.9), fill=f"hsl({hue % 360}, 60%, 42%)"
    )
    pen.text((8, 8), str(hue), fill="black")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def picture_file(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture())
    return path


@dataclass(frozen=True)
class Writable:
    """`url` of the service and a `key` that may write."""

    url: str
    key: str
    client: httpx.Client

    @property
    def _authorized(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def add(self, **words: str) -> dict[str, Any]:
        """The record of an image that was not there before."""
        parts: list[tuple[str, Any]] = [("file", ("added.png", picture(), "image/png"))]
        parts += [(name, (None, text)) for name, text in words.items()]  # after their file
        answer = self.client.post(f"{self.url}/images", headers=self._authorized, files=parts)
        assert answer.status_code == 201, answer.text
        record: dict[str, Any] = answer.json()["images"][0]["image"]
        self.until(record["id"], lambda answer: answer.status_code == 200)
        return record

    def change(self, id: str, **members: Any) -> None:
        """Changes as somebody else would, who asks for no version."""
        headers = {**self._authorized, "Content-Type": "application/merge-patch+json"}
        answer = self.client.patch(f"{self.url}/images/{id}", headers=headers, json=members)
        assert answer.status_code == 200, answer.text

    def answer(self, id: str) -> httpx.Response:
        return self.client.get(f"{self.url}/images/{id}", headers=self._authorized)

    def until(self, id: str, condition: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The answer for an image once it is as `condition` wants it: the index follows what was
        promised with its next turn. After a while the answer, however it is."""
        give_up = time.monotonic() + PATIENCE
        answer = self.answer(id)
        while not condition(answer) and time.monotonic() < give_up:
            answer = self.answer(id)
        return answer

    def has(self, id: str, **members: Any) -> None:
        """Asserts that the record comes to have these members."""

        def said(answer: httpx.Response) -> dict[str, Any]:
            return {name: answer.json().get(name) for name in members}

        assert said(self.until(id, lambda answer: said(answer) == members)) == members
