"""`POST /images`: files come in, whatever they are called, and are found."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import Any

import httpx
from PIL import Image as Pillow

from .house import House, until
from .test_search import IMAGE

Fresh = Callable[..., House]


def picture(color: str = "#7030a0", format: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    made = io.BytesIO()
    Pillow.new("RGB", size, color).save(made, format)
    return made.getvalue()


def id_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:40]


def key(house: House) -> str:
    return house.services.writing.writes.catalog.keys.create(["write"], "test")


def bearer(house: House) -> dict[str, str]:
    return {"authorization": f"Bearer {key(house)}"}


def send(house: House, *files: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    """Each file is (name, bytes) or (name, bytes, texts)."""
    parts: list[tuple[str, Any]] = []
    for name, data, *texts in files:
        parts.append(("file", (name, data, "application/octet-stream")))
        parts += [(field, (None, value)) for field, value in (texts[0] if texts else {}).items()]
    return house.request("POST", "/images", files=parts, headers=headers or bearer(house))


def found(house: House, query: str) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = house.get(f"/search?q={query}").json()["results"]
    return results


def test_an_upload_is_found_by_what_was_said_of_it(fresh: Fresh) -> None:
    house, data = fresh(), picture()
    answer = send(house, ("a.png", data, {"title": "Purple square", "tags": "flat, lilac"}))
    assert answer.status_code == 201
    (only,) = answer.json()["images"]
    assert (only["name"], only["status"]) == ("a.png", 201)
    assert answer.headers["location"] == f"/images/{id_of(data)}"
    (hit,) = until(lambda: found(house, "lilac"))
    assert {name: hit[name] for name in IMAGE} == only["image"]
    assert hit["title"] == "Purple square"
    assert hit["tags"] == ["flat", "lilac"]
    assert house.get(f"/i/{hit['id']}/original").content == data
    assert house.get("/image/purple square?w=20").status_code == 200
