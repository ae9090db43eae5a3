"""A real browser on a real service: Debian's Chromium, driven by Playwright, and `calotype serve`.

Every page opened here fails its test if anything reached the console as an error or broke the
Content-Security-Policy.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from . import library
from .waiting import wait_until_ready
from .writing import Writable

HERE = Path(__file__).parent
CALOTYPE = Path(sys.executable).with_name("calotype")
CHROMIUM = Path("/usr/bin/chromium")
PRODUCTS = HERE.parents[2] / "shared" / "corpus" / "products"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in this folder share one worker, and with it one browser and one service."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for this folder, and gone after it: while it is open, Playwright's event loop
    counts as running in this thread, and a test elsewhere could not run one of its own."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        expect.set_options(timeout=10_000)
        yield browser
        browser.close()


@contextmanager
def service(*arguments: str, log: Path, **variables: str) -> Iterator[str]:
    """The URL of `calotype …` on a free port, until the block is left; `variables` are added to
    its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(CALOTYPE), *arguments, "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **variables}
        )
        try:
            wait_until_ready(url, process, log)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="package")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service over the small library that `library.write` draws."""
    folder = tmp_path_factory.mktemp("shapes")
    library.write(folder / "pictures")
    arguments = ("serve", str(folder / "pictures"), "--data", str(folder / "data"))
    with service(*arguments, log=folder / "log") as url:
        yield url


@pytest.fixture(scope="package")
def products(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service over the 400 product photographs."""
    if not PRODUCTS.is_dir():
        pytest.skip("the product photographs are not there (shared/corpus/products)")
    folder = tmp_path_factory.mktemp("products")
    with service("serve", str(PRODUCTS), "--data", str(folder), log=folder / "log") as url:
        yield url


@pytest.fixture(scope="package")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writable]:
    """A service over an empty folder, and a key that may write to it."""
    folder = tmp_path_factory.mktemp("writable")
    (folder / "pictures").mkdir()
    data = ("--data", str(folder / "data"))
    with service("serve", str(folder / "pictures"), *data, log=folder / "log") as url:
        made = subprocess.run(
            [
                str(CALOTYPE),
                "keys",
                "create",
                "--scope",
                "write",
                "--label",
                "browser tests",
                *data,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        key = re.search(r"ck_\w+_[\w-]+", made.stdout)
        assert key, made.stdout
        with httpx.Client(timeout=20) as client:
            yield Writable(url, key[0], client)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a test that provokes complaints clears it."""
    return []


@pytest.fixture
def open_page(chromium: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """`open_page(url, **context_options)`: a page in a context of its own, loaded."""
    contexts: list[BrowserContext] = []

    def open_(url: str, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: OpenPage, shapes: str) -> Page:
    """The front page of the small library, its first images there."""
    page = open_page(shapes)
    expect(page.locator(".tile").first).to_be_visible()
    return page
