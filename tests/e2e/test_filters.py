"""Colour, orientation and kind."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .library import COUNT


def test_filters_narrow_the_list_and_can_be_removed(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Portrait")).click()
    expect(page.locator("#count")).to_have_text("36 images")
    page.get_by_role("button", name=re.compile("^PNG")).click()
    expect(page.locator("#count")).to_have_text("12 images")
    expect(page).to_have_url(re.compile(r"\?orientation=portrait&format=png$"))
    page.get_by_role("button", name="Remove the filter Portrait").click()
    expect(page.locator("#count")).to_have_text("37 images")  # the hostile one is a PNG too
    page.go_back()
    expect(page.locator("#count")).to_have_text("12 images")
    page.get_by_role("button", name="Remove all filters").click()
    expect(page.locator("#count")).to_have_text(f"{COUNT + 1} images")


def test_a_colour_is_chosen_by_its_swatch(page: Page) -> None:
    swatch = page.get_by_role("group", name="Colour").get_by_role(
        "button", name=re.compile("^Blue")
    )
    swatch.click()
    expect(swatch).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".tile >> nth=0 >> img")).to_have_attribute("alt", re.compile("^blue"))


def test_another_value_can_be_chosen_without_removing_the_first(page: Page) -> None:
    kinds = page.get_by_role("group", name="Kind")
    kinds.get_by_role("button", name=re.compile("^WebP")).click()
    expect(page.locator("#count")).to_have_text("36 images")
    kinds.get_by_role("button", name=re.compile("^JPEG, 36 images")).click()
    expect(page).to_have_url(re.compile(r"\?format=jpeg$"))


def test_a_filter_keeps_the_focus_that_it_had(page: Page) -> None:
    square = page.get_by_role("button", name=re.compile("^Square"))
    square.focus()
    page.keyboard.press("Space")
    expect(square).to_have_attribute("aria-pressed", "true")
    expect(square).to_be_focused()


def test_a_query_without_a_match_under_filters_can_drop_them(page: Page) -> None:
    page.get_by_role("searchbox").fill("hostile")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("1 image")
    page.goto(page.url + "&orientation=portrait")
    page.get_by_role("button", name="Search without the filters").click()
    expect(page.locator("#count")).to_have_text("1 image")
