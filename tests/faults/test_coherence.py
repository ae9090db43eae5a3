"""A change is seen through the edge within moments, and what it does not touch stays cached."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.contract.postgres import Server
from tests.fleet.programs import PATIENCE, until

from .conftest import small, variables
from .fleet import Fleet
from .pictures import draw, gallery
from .writer import key

pytestmark = [pytest.mark.server, pytest.mark.faults, pytest.mark.xdist_group("faults")]
SEEN_SECONDS, GONE_SECONDS, BUSY = 2.0, 10.0, 1.5
AT_ONCE = 4
CHANGES = [pytest.param(20, id="20"), pytest.param(200, id="200", marks=pytest.mark.faults)]


@dataclass
class Changed:
    """A query whose answer a change makes another; `is_new` tells the two apart."""

    target: str
    is_new: Callable[[httpx.Response], bool]
    seconds: float = 0.0
    """Between the acknowledgement and the first new answer."""


class Editor:
    """Makes changes through the edge, each to an image and a word of its own."""

    def __init__(self, fleet: Fleet, key: dict[str, str], folder: Path) -> None:
        self.fleet, self._key, self._folder = fleet, key, folder
        self._client = httpx.Client(
            base_url=fleet.url, timeout=PATIENCE, limits=httpx.Limits(max_connections=None)
        )

    def close(self) -> None:
        self._client.close()

    def upload(self, number: int) -> str:
        """The id of a new image whose name is the number's word."""
        path = draw(self._folder / f"{word(number)}.jpg", 200_000 + number)
        files = {"file": (path.name, path.read_bytes(), "image/jpeg")}
        answer = self._client.post("/images", files=files, headers=self._key)
        # 200 where the instance that ingests has met the file before the answer was ready
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["images"][0]["image"]["id"])

    def uploads(self, number: int) -> Changed:
        target = f"/image/{word(number)}?w=40"
        assert self.fleet.get(target).status_code == 404
        self.upload(number)
        return self.watch(Changed(target, lambda answer: answer.status_code == 200))

    def edits(self, number: int, id: str) -> Changed:
        target = f"/search?q={word(number)}"
        assert self.fleet.get(target).json()["total"] == 0
        answer = self._client.patch(
            f"/images/{id}", json={"title": f"Of {word(number)}"}, headers=self._key
        )
        assert answer.status_code == 200, answer.text
        return self.watch(Changed(target, lambda answer: bool(answer.json()["total"] == 1)))

    def deletes(self, number: int, id: str) -> Changed:
        target = f"/image/{word(number)}?w=40"
        until(lambda: self.fleet.get(target).status_code == 200, f"{target} being there")
        assert self._client.delete(f"/images/{id}", headers=self._key).status_code == 204
        return self.watch(Changed(target, lambda answer: answer.status_code == 404))

    def watch(self, changed: Changed) -> Changed:
        """Ask until the answer is new; it is asked for once more, and must stay so."""
        began = time.monotonic()
        until(lambda: changed.is_new(self._client.get(changed.target)), changed.target)
        changed.seconds = time.monotonic() - began
        return changed


def word(number: int) -> str:
    """A made-up word that no spelling correction takes for that of another number."""
    chance = random.Random(number)
    return "".join(chance.choice("bcdfghklmnprstvz") + chance.choice("aeiou") for _ in range(6))


@pytest.fixture(scope="module")
def environment(postgres: Server) -> dict[str, str]:
    return variables(postgres)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    gallery(source, 200)
    return source


@pytest.fixture(scope="module")
def two(source: Path, environment: dict[str, str]) -> Iterator[Fleet]:
    with Fleet.start(source, environment, least=2) as fleet:
        fleet.wait_images(200)
        yield fleet


@pytest.fixture(scope="module")
def editor(
    two: Fleet, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Editor]:
    made = Editor(two, key(**environment), tmp_path_factory.mktemp("made"))
    yield made
    made.close()


def held(editor: Editor, changes: list[Changed], began: float) -> None:
    """They were seen in time, and none turns back once the time for the stale ones is over."""
    p99 = float(np.percentile([each.seconds for each in changes], 99))
    assert p99 <= SEEN_SECONDS * BUSY
    again = [each for each in changes for _ in range(3)]
    answers = [(each, editor.fleet.get(each.target)) for each in again]
    until(lambda: time.monotonic() - began > GONE_SECONDS, "the time for stale answers being over")
    answers += [(each, editor.fleet.get(each.target)) for each in changes]
    assert [each.target for each, answer in answers if not each.is_new(answer)] == []


@pytest.mark.parametrize("number", CHANGES)
def test_uploads_are_seen(editor: Editor, number: int) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        changes = list(pool.map(editor.uploads, range(number, 2 * number)))
    held(editor, changes, began)


@pytest.mark.parametrize("number", CHANGES)
def test_edits_are_seen(editor: Editor, source: Path, number: int) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        numbers = range(1000 + number, 1000 + 2 * number)
        changes = list(pool.map(editor.edits, numbers, small(source)))
    held(editor, changes, began)


@pytest.mark.parametrize("number", CHANGES)
def test_deletions_are_seen(editor: Editor, number: int) -> None:
    numbers = range(2000 + number, 2000 + 2 * number)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ids = list(pool.map(editor.upload, numbers))
        began = time.monotonic()
        changes = list(pool.map(editor.deletes, numbers, ids))
    held(editor, changes, began)


def test_what_a_change_does_not_touch_stays_cached(editor: Editor, source: Path) -> None:
    fleet, ids = editor.fleet, small(source)
    others = [f"/i/{ids[-1]}?w=50", "/image/glacier%20003?w=50", "/search?q=glacier"]
    touched = f"/images/{ids[0]}"
    for target in (*others, touched):
        assert fleet.get(target).status_code == 200
    editor.edits(3000, ids[0])
    for target in others:
        assert fresh(fleet.get(target)), target
    assert not fresh(fleet.get(touched)) or word(3000) in fleet.get(touched).text


def fresh(answer: httpx.Response) -> bool:
    """Whether the edge had it, and did not take it for stale."""
    status = answer.headers["cache-status"]
    return "hit" in status and "ttl=-" not in status
