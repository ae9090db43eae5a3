"""Typing a query, and what the page says of the answer."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import OpenPage
from .library import COUNT

FIRST = ".tile >> nth=0 >> img"


def box(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("searchbox", name="Search images")


def test_everything_is_shown_before_anything_is_asked(page: Page) -> None:
    expect(page.locator("#count")).to_have_text(f"{COUNT + 1} images")


def test_search_answers_while_typing(page: Page) -> None:
    box(page).press_sequentially("red circ")
    expect(page.locator("#count")).to_have_text("9 images")
    expect(page.locator(FIRST)).to_have_attribute("alt", re.compile("^red circle"))
    expect(page).to_have_url(re.compile(r"\?q=red\+circ$"))


def test_the_best_match_is_named_by_a_url_that_answers_with_the_image(page: Page) -> None:
    box(page).fill("blue diamond")
    link = page.locator("#endpoint a")
    expect(link).to_have_attribute("href", "/image/blue%20diamond")
    answer = page.request.get(page.url.split("?")[0] + "image/blue%20diamond?w=100")
    assert answer.ok
    assert answer.headers["content-type"].startswith("image/")


def test_a_near_spelling_is_found_and_said(page: Page) -> None:
    box(page).fill("yelow triangel")
    box(page).press("Enter")
    expect(page.locator("#count")).to_contain_text("No exact match for “yelow triangel”")
    expect(page.locator(FIRST)).to_have_attribute("alt", re.compile("^yellow triangle"))


def test_no_match_shows_no_image_and_a_way_on(page: Page) -> None:
    box(page).fill("zzzzqqqq")
    box(page).press("Enter")
    expect(page.get_by_role("heading", name="Nothing matches “zzzzqqqq”")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)
    page.get_by_role("button", name="Show all images").click()
    expect(page.locator("#count")).to_have_text(f"{COUNT + 1} images")
    expect(box(page)).to_have_value("")


def test_the_search_is_cleared_by_its_button(page: Page) -> None:
    clear = page.get_by_role("button", name="Clear the search")
    expect(clear).to_be_hidden()
    box(page).fill("red")
    expect(page.locator("#count")).to_have_text("27 images")
    clear.click()
    expect(page.locator("#count")).to_have_text(f"{COUNT + 1} images")
    expect(box(page)).to_be_focused()


def test_a_suggestion_searches(open_page: OpenPage, shapes: str) -> None:
    answer = {
        "query": "circel", "total": 0, "took_ms": 1, "facets": {}, "results": [], "next": None,
        "suggestions": ["green circle"],
    }  # fmt: skip
    page = open_page(shapes)
    page.route("**/search?q=nothing*", lambda route: route.fulfill(json=answer))
    box(page).fill("nothing")
    page.get_by_role("button", name="green circle").click()
    expect(page.locator("#count")).to_have_text("9 images")
    expect(box(page)).to_have_value("green circle")


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    held = []
    page.route("**/search?q=red&*", lambda route: held.append(route))
    box(page).fill("red")
    expect(page).to_have_url(re.compile(r"\?q=red$"))
    box(page).fill("green")
    expect(page.locator(FIRST)).to_have_attribute("alt", re.compile("^green"))
    for route in held:
        route.abort()
    expect(page.locator(FIRST)).to_have_attribute("alt", re.compile("^green"))


def test_back_and_forward_move_between_queries(page: Page) -> None:
    box(page).press_sequentially("red circle")
    box(page).press("Enter")
    expect(page.locator("#count")).to_have_text("9 images")
    box(page).fill("blue")
    box(page).press("Enter")
    expect(page.locator("#count")).to_have_text("27 images")
    page.go_back()
    expect(box(page)).to_have_value("red circle")
    expect(page.locator("#count")).to_have_text("9 images")
    page.go_back()
    expect(page.locator("#count")).to_have_text(f"{COUNT + 1} images")
    page.go_forward()
    expect(box(page)).to_have_value("red circle")


def test_a_query_in_the_address_is_answered_on_arrival(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/?q=green+diamond&orientation=square")
    expect(box(page)).to_have_value("green diamond")
    expect(page.locator("#count")).to_have_text("3 images")


def test_a_server_that_does_not_answer_is_said_and_tried_again(
    page: Page, complaints: list[str]
) -> None:
    page.route("**/search?*", lambda route: route.abort())
    box(page).fill("red")
    expect(page.get_by_role("heading", name="Calotype does not answer")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#count")).to_have_text("27 images")
    complaints.clear()  # the browser reports the failed request


def test_an_empty_library_says_so(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/?q=red")
    nothing = {"query": "", "total": 0, "facets": {}, "results": [], "next": None}
    page.route("**/search?limit*", lambda route: route.fulfill(json=nothing))
    page.get_by_role("link", name="Calotype").click()
    expect(page.get_by_role("heading", name="No images yet")).to_be_visible()
    page.unroute_all()
    expect(page.locator("#count")).to_have_text(f"{COUNT + 1} images")
