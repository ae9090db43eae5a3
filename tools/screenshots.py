"""Look at the page: screenshots of the demo gallery and of the products, into a folder.

    python tools/screenshots.py [FOLDER]           every view, at every size, light and dark
    python tools/screenshots.py [FOLDER] --readme  the few that the README shows, small

FOLDER is docs/screenshots if it is left out. Needs Chromium, and serves both libraries itself.
"""

from __future__ import annotations

import argparse
import io
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "src" / "calotype" / "demo" / "gallery"
PRODUCTS = ROOT.parent / "shared" / "corpus" / "products"
CALOTYPE = Path(sys.executable).with_name("calotype")
PATIENCE = 120.0
"""Seconds that a library may take until its images and their colours are there."""

SIZES = {"desktop": (1440, 900, 1), "phone": (390, 844, 2)}
"""Name → width and height in CSS pixels, and the device's pixels to each of them."""


def settle(page: Page) -> None:
    """Return when every picture in sight is there."""
    page.wait_for_function(
        """() => [...document.images]
          .filter((image) => image.getBoundingClientRect().top < innerHeight)
          .every((image) => image.complete)"""
    )


def front(page: Page, query: str) -> None:
    page.locator(".tile").first.wait_for()


def search(page: Page, query: str) -> None:
    page.get_by_role("searchbox").fill(query)
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**/?q=*")
    page.locator("#endpoint a").wait_for()
    page.get_by_role("searchbox").blur()


def nothing(page: Page, query: str) -> None:
    page.get_by_role("searchbox").fill("zeppelyn xylophone")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("heading", level=2).wait_for()


def large(page: Page, query: str) -> None:
    search(page, query)
    page.locator(".tile a").first.click()
    page.locator(".pswp--ui-visible #details-title").wait_for()


def details(page: Page, query: str) -> None:
    large(page, query)
    if page.get_by_role("button", name="Details").get_attribute("aria-expanded") == "false":
        page.get_by_role("button", name="Details").click()


def filtered(page: Page, query: str) -> None:
    page.get_by_role("group", name="Colour").get_by_role("button").nth(3).click()
    page.locator("#active li").first.wait_for()


def docs(page: Page, query: str) -> None:
    page.get_by_role("link", name="API").click()
    page.get_by_role("button", name="Hits as JSON").wait_for()


VIEWS: dict[str, Callable[[Page, str], None]] = {
    "front": front,
    "search": search,
    "nothing": nothing,
    "large": large,
    "details": details,
    "filtered": filtered,
    "docs": docs,
}


@contextmanager
def served(source: Path) -> Iterator[str]:
    """The URL of `calotype serve`, its images looked at, until the block is left."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as data:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        command = [str(CALOTYPE), "serve", str(source), "--data", data, "--port", port]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_looked_at(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_until_looked_at(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up and process.poll() is None:
        try:
            state = httpx.get(f"{url}/readyz", timeout=2)
            if state.is_success and not (state.json().get("ingest") or {}).get("running"):
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    sys.exit(f"calotype serve did not get ready at {url}")


def shoot(
    browser: Browser, url: str, view: str, size: str, *, scheme: str, query: str
) -> Image.Image:
    width, height, scale = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=size == "phone",
        is_mobile=size == "phone",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    front(page, query)
    VIEWS[view](page, query)
    settle(page)
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    context.close()
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--readme", action="store_true", help="only what the README shows")
    parser.add_argument("--view", choices=VIEWS, help="only this one")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    libraries = {"demo": (DEMO, "mountain"), "products": (PRODUCTS, "black hoodie")}
    with ExitStack() as stack:
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, (source, query) in libraries.items():
            if not source.is_dir() or (arguments.readme and name != "demo"):
                continue
            url = stack.enter_context(served(source))
            if arguments.readme:
                readme(browser, url, arguments.folder, query)
                continue
            for view in [arguments.view] if arguments.view else VIEWS:
                for size in SIZES:
                    for scheme in ("light", "dark"):
                        picture = shoot(browser, url, view, size, scheme=scheme, query=query)
                        picture.save(arguments.folder / f"{name}-{view}-{size}-{scheme}.png")


def readme(browser: Browser, url: str, folder: Path, query: str) -> None:
    for size, scheme in (("desktop", "light"), ("phone", "dark")):
        picture = shoot(browser, url, "search", size, scheme=scheme, query=query)
        name = "search" if size == "desktop" else f"{size}-{scheme}"
        picture.convert("RGB").save(folder / f"{name}.webp", quality=86, method=6)


if __name__ == "__main__":
    main()
