"""Deep zoom: an image of 24 megapixels, tile by tile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from .conftest import OpenPage, service

SIZE = (6000, 4000)
TILE = re.compile(r"/iiif/3/[0-9a-f]{40}/(full|\d+,\d+,\d+,\d+)/(max|\d+,\d+)/0/default\.")
FULL_SIZE_TILE = re.compile(r"/\d+,\d+,1024,1024/1024,1024/0/default\.")


SIGNING = {
    "CALOTYPE_SIGNING_KEYS": "now:a-key-for-the-browser-tests",
    "CALOTYPE_SIGNING_MODE": "required",
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one large picture, red with a blue middle, and one that is small."""
    folder = tmp_path_factory.mktemp("large")
    (folder / "pictures").mkdir()
    picture = Image.new("RGB", SIZE, "#c01818")
    picture.paste("#1818c0", (2800, 1800, 3200, 2200))
    picture.save(folder / "pictures" / "large.jpg")
    Image.new("RGB", (300, 200), "#18c018").save(folder / "pictures" / "small.jpg")
    return folder / "pictures"


@pytest.fixture(scope="module")
def large(pictures: Path) -> Iterator[str]:
    folder = pictures.parent
    arguments = ("serve", str(pictures), "--data", str(folder / "data"))
    with service(*arguments, log=folder / "log") as url:
        yield url


@pytest.fixture(scope="module")
def signed(pictures: Path) -> Iterator[str]:
    """The same, where every URL has to be signed."""
    folder = pictures.parent
    arguments = ("serve", str(pictures), "--data", str(folder / "signed"))
    with service(*arguments, log=folder / "signed.log", **SIGNING) as url:
        yield url


def opened(page: Page, name: str) -> Locator:
    page.locator(".tile a", has_text=name).click()
    view = page.get_by_role("dialog", name="Large view")
    expect(view).to_be_visible()
    return view


BLUE_IN_THE_MIDDLE = """() => {
  const canvas = document.querySelector(".deep canvas");
  const { width, height } = canvas;
  const [red, , blue] = canvas.getContext("2d").getImageData(width / 2, height / 2, 1, 1).data;
  return red < 60 && blue > 150;
}"""


def test_a_large_image_is_shown_in_tiles_with_the_keyboard_alone(
    open_page: OpenPage, large: str
) -> None:
    page = open_page(large)
    view = opened(page, "large")
    with page.expect_response(TILE) as first:
        page.keyboard.press("z")
    zoomed = view.get_by_role("group", name="Zoomed image")
    expect(zoomed.get_by_role("img", name="large")).to_be_focused()
    with page.expect_response(FULL_SIZE_TILE) as sharpest:
        for _ in range(5):
            page.keyboard.press("+")
    assert (first.value.status, sharpest.value.status) == (200, 200)
    page.wait_for_function(BLUE_IN_THE_MIDDLE)
    page.keyboard.press("Escape")
    expect(zoomed).to_have_count(0)
    expect(view.get_by_role("button", name="Zoom", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(view).to_have_count(0)


def test_it_has_buttons_and_the_focus_stays_among_them(open_page: OpenPage, large: str) -> None:
    page = open_page(large)
    view = opened(page, "large")
    view.get_by_role("button", name="Zoom", exact=True).click()
    zoomed = view.get_by_role("group", name="Zoomed image")
    expect(zoomed.get_by_role("img", name="large")).to_be_focused()
    with page.expect_response(FULL_SIZE_TILE):
        for _ in range(5):
            zoomed.get_by_role("button", name="Zoom in").click()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || Boolean(document.activeElement.closest('.deep'))"
        )
    zoomed.get_by_role("button", name="Close zoom").click()
    expect(zoomed).to_have_count(0)


def test_a_small_image_has_no_deep_zoom(open_page: OpenPage, large: str) -> None:
    view = opened(open_page(large), "small")
    expect(view.locator(".pswp__deep")).to_be_hidden()


def test_where_tiles_need_signatures_the_widest_signed_rendition_is_shown(
    open_page: OpenPage, signed: str
) -> None:
    page = open_page(signed)
    view = opened(page, "large")
    view.get_by_role("button", name="Zoom", exact=True).click()
    zoomed = view.get_by_role("group", name="Zoomed image")
    page.wait_for_function(BLUE_IN_THE_MIDDLE)
    expect(zoomed.get_by_role("status")).to_be_empty()


def test_tiles_that_fail_are_told_of(
    open_page: OpenPage, large: str, complaints: list[str]
) -> None:
    page = open_page(large)
    page.route(TILE, lambda route: route.fulfill(status=503))
    view = opened(page, "large")
    view.get_by_role("button", name="Zoom", exact=True).click()
    status = view.get_by_role("group", name="Zoomed image").get_by_role("status")
    expect(status).to_have_text("This image could not be loaded.")
    complaints.clear()
