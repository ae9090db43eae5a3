"""The page where every URL has to be signed: it uses those that the server gave, and works.

A refused image would be a complaint in the console, which fails each of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from . import library
from .conftest import OpenPage, service

SIGNING = {
    "CALOTYPE_SIGNING_KEYS": "now:a-key-for-the-browser-tests",
    "CALOTYPE_SIGNING_MODE": "required",
}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with three images larger than a thumbnail."""
    folder = tmp_path_factory.mktemp("signed")
    pictures = folder / "pictures"
    pictures.mkdir()
    for shape, size in (("circle", (1500, 1000)), ("diamond", (600, 900)), ("triangle", (90, 60))):
        library.draw(shape, "#d62828", size).save(pictures / f"{shape}.png")
    arguments = ("serve", str(pictures), "--data", str(folder / "data"))
    with service(*arguments, log=folder / "log", **SIGNING) as url:
        yield url


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with one image that is offered in five sizes."""
    folder = tmp_path_factory.mktemp("five")
    (folder / "pictures").mkdir()
    library.draw("circle", "#d62828", (3000, 2000)).save(folder / "pictures" / "circle.png")
    arguments = ("serve", str(folder / "pictures"), "--data", str(folder / "data"))
    with service(*arguments, log=folder / "log", **SIGNING) as url:
        yield url


@pytest.fixture
def page(open_page: OpenPage, signed: str) -> Page:
    page = open_page(signed)
    expect(page.locator(".tile")).to_have_count(3)
    return page


def test_every_image_is_shown(page: Page) -> None:
    expect(page.locator(".tile:not(.loading)")).to_have_count(3)
    expect(page.locator(".tile.broken")).to_have_count(0)
    sets = page.locator(".tile img").evaluate_all("all => all.map((each) => each.srcset)")
    widths = {tuple(map(int, re.findall(r" (\d+)w", each))) for each in sets}
    assert widths == {(320, 640, 1080, 1500), (213, 427, 600), (90,)}


def test_the_large_view_shows_it_and_hands_out_urls_that_work(page: Page, signed: str) -> None:
    page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    page.locator(".tile[data-id] a", has_text="circle").click()
    view = page.get_by_role("dialog", name="Large view")
    large = view.locator("img.pswp__img[srcset]").first
    expect(large).to_have_js_property("complete", True)
    assert large.evaluate("image => image.naturalWidth") > 0
    assert "w=320&" not in large.evaluate("image => image.currentSrc")
    for width in ("320 px", "1080 px", "Original"):
        view.get_by_label(width, exact=True).check()
        view.get_by_role("button", name="Copy URL").click()
        assert httpx.get(page.evaluate("window.copied")).status_code == 200
        view.get_by_role("button", name="Copy HTML").click()
        for url in re.findall(r"http[^\s\"]+", page.evaluate("window.copied")):
            assert httpx.get(url.replace("&amp;", "&")).status_code == 200, url


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_five_sizes_are_on_one_line(
    open_page: OpenPage, large: str, width: int, height: int
) -> None:
    page = open_page(large, viewport={"width": width, "height": height})
    page.locator(".tile a").click()
    view = page.get_by_role("dialog", name="Large view")
    if width < 900:
        view.get_by_role("button", name="Details").click()
    sizes = view.locator(".widths label")
    expect(sizes).to_have_count(5)
    boxes = sizes.evaluate_all("all => all.map((each) => [each.offsetTop, each.offsetHeight])")
    assert len({tuple(box) for box in boxes}) == 1
    assert boxes[0][1] < 40


def test_the_footer_is_at_the_bottom_of_a_phone(open_page: OpenPage, signed: str) -> None:
    page = open_page(signed, viewport={"width": 390, "height": 844})
    page.get_by_role("searchbox").fill("circle")
    expect(page.locator(".tile")).to_have_count(1)
    box = page.locator(".foot").bounding_box()
    assert box is not None
    assert abs(box["y"] + box["height"] - 844) < 1


def test_no_url_is_shown_that_would_be_refused(page: Page) -> None:
    page.get_by_role("searchbox").fill("circle")
    expect(page.locator(".tile")).to_have_count(1)
    expect(page.locator("#endpoint")).to_be_hidden()
