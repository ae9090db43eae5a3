"""Look at the page: screenshots of the demo gallery and of the products, into a folder.

    python -m tools.screenshots [FOLDER]           every view, at every size, light and dark
    python -m tools.screenshots [FOLDER] --readme  the few that the README shows, small

FOLDER is docs/screenshots if it is left out. Needs Chromium, and serves both libraries itself.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tools.serving import served

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "src" / "calotype" / "demo" / "gallery"
PRODUCTS = ROOT.parent / "shared" / "corpus" / "products"

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
