"""The main job on real input: the 400 product photographs."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import OpenPage


def test_black_hoodie_is_a_black_hoodie(open_page: OpenPage, products: str) -> None:
    page = open_page(products)
    expect(page.locator("#count")).to_have_text("400 images")
    page.get_by_role("searchbox").press_sequentially("black hoodie")
    first = page.locator(".tile >> nth=0 >> img")
    expect(first).to_have_attribute("alt", re.compile("Hoodie.*Black|Black.*Hoodie"))
    expect(first).to_have_js_property("complete", True)
    assert first.evaluate("image => image.naturalWidth") > 0


def test_a_misspelt_query_still_finds_it(open_page: OpenPage, products: str) -> None:
    page = open_page(f"{products}/?q=blakc+hoddie")
    expect(page.locator("#count")).to_contain_text("near spellings")
    expect(page.locator(".tile >> nth=0 >> img")).to_have_attribute("alt", re.compile("Black"))
