"""Everything with the keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def focused_index(page: Page) -> int:
    return int(
        page.evaluate(
            "[...document.querySelectorAll('.tile a')].indexOf(document.activeElement)",
        )
    )


def test_from_search_to_image_and_back(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("green circle")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("9 images")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tile a").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog")).to_contain_text("3 / 9")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".tile a").nth(2)).to_be_focused()


def test_arrows_move_by_row_and_to_the_ends(page: Page) -> None:
    page.locator(".tile a").first.focus()
    page.keyboard.press("ArrowDown")
    below = focused_index(page)
    tops = page.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.offsetTop)")
    assert tops[below] == sorted(set(tops))[1]
    page.keyboard.press("ArrowUp")
    expect(page.locator(".tile a").first).to_be_focused()
    page.keyboard.press("End")
    assert focused_index(page) >= 47
    page.keyboard.press("Home")
    expect(page.locator(".tile a").first).to_be_focused()


def test_the_gallery_is_one_stop_for_the_tab_key(page: Page) -> None:
    expect(page.locator(".tile a[tabindex='0']")).to_have_count(1)
    page.locator(".tile a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile a[tabindex='0']")).to_have_count(1)
    expect(page.locator(".tile a").nth(1)).to_have_attribute("tabindex", "0")


def test_the_first_stop_skips_to_the_images(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the images")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tile a").nth(1)).to_be_focused()


def test_focus_stays_in_the_large_view_until_it_is_closed(page: Page) -> None:
    page.locator(".tile a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(16):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body"
            " || Boolean(document.activeElement.closest('.pswp'))"
        )


def test_what_has_focus_shows_it(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".tile a").first).to_have_css("outline-style", "solid")
    expect(page.locator(".tile a").first).to_have_css("outline-width", re.compile("^[23]px$"))
