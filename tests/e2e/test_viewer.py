"""The large view: open, leaf, copy, close; and its address."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from .conftest import OpenPage


def view(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Large view")


def title(page: Page) -> Locator:
    return view(page).get_by_role("heading", level=2)


def test_an_image_opens_large_and_closes_again(page: Page) -> None:
    tile = page.locator(".tile a").nth(2)
    caption = tile.locator(".caption").text_content() or ""
    tile.click()
    expect(title(page)).to_have_text(caption)
    expect(page).to_have_url(re.compile(r"\?image=[0-9a-f]{40}$"))
    view(page).get_by_role("button", name=re.compile("^Close")).click()
    expect(view(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/$"))
    expect(tile).to_be_focused()


def test_the_details_tell_whose_it_is_and_what_it_is(page: Page) -> None:
    page.goto(page.url + "?q=red+circle+landscape+png")
    page.locator(".tile a").first.click()
    panel = view(page).get_by_role("complementary")
    for text in ("Ada Draughts", "CC0-1.0", "360 × 240", "PNG", "A circle filled with red."):
        expect(panel).to_contain_text(text)
    download = panel.get_by_role("link", name="Download original")
    expect(download).to_have_attribute("download", "red-circle-landscape.png")


def test_the_credit_leads_to_all_by_the_same_hand(page: Page) -> None:
    page.locator(".tile a").first.click()
    view(page).get_by_role("button", name="Ada Draughts").click()
    expect(view(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?creator=Ada\+Draughts$"))
    expect(page.locator("#count")).to_have_text("108 images")


def test_on_a_phone_the_sheet_is_pulled_by_its_head(open_page: OpenPage, shapes: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_page(f"{shapes}/?q=red+circle", **phone)
    page.locator(".tile a").first.tap()
    body = page.locator("#details-body")
    expect(title(page)).to_be_visible()
    expect(body).to_be_hidden()
    title(page).tap()
    expect(body).to_be_visible()
    expect(view(page).get_by_role("img")).to_be_in_viewport(ratio=0.9)
    title(page).tap()
    expect(body).to_be_hidden()


def test_next_goes_on_past_the_page_that_was_loaded(page: Page) -> None:
    loaded = page.locator(".tile").count()
    page.locator(".tile a").nth(loaded - 1).click()
    first = title(page).text_content() or ""
    expect(page.locator(f".tile >> nth={loaded}")).to_be_attached()
    page.keyboard.press("ArrowRight")
    expect(title(page)).not_to_have_text(first)
    expect(view(page)).to_contain_text(f"{loaded + 1} / 109")


def test_the_url_and_the_html_are_copied(open_page: OpenPage, shapes: str) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    page = open_page(f"{shapes}/?q=blue+triangle+square+webp", permissions=permissions)
    page.locator(".tile a").first.click()
    view(page).get_by_role("button", name="Copy URL").click()
    expect(view(page).get_by_text("URL copied.")).to_be_attached()
    url = page.evaluate("navigator.clipboard.readText()")
    assert page.request.get(url).headers["content-type"].startswith("image/")
    view(page).get_by_role("button", name="Copy HTML").click()
    expect(view(page).get_by_text("HTML copied.")).to_be_attached()
    html = page.evaluate("navigator.clipboard.readText()")
    assert 'alt="blue triangle on grey, square, webp"' in html
    assert 'width="300" height="300"' in html


def test_a_tag_leads_to_its_images(page: Page) -> None:
    page.locator(".tile a").nth(5).click()
    view(page).get_by_role("list", name="Tags").get_by_role("button").first.click()
    expect(view(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?tag="))
    expect(page.locator("#count")).to_have_text("36 images")


def test_back_closes_and_forward_opens(page: Page) -> None:
    page.locator(".tile a").nth(1).click()
    expect(title(page)).to_be_visible()
    page.go_back()
    expect(view(page)).to_have_count(0)
    page.go_forward()
    expect(title(page)).to_be_visible()


def test_a_link_to_an_image_opens_it(page: Page, open_page: OpenPage, shapes: str) -> None:
    found = page.request.get(f"{shapes}/search?q=green+diamond+portrait+jpeg").json()["results"][0]
    direct = open_page(f"{shapes}/?image={found['id']}")
    expect(title(direct)).to_have_text(found["title"])
    direct.keyboard.press("Escape")
    expect(view(direct)).to_have_count(0)
    expect(direct).to_have_url(re.compile(r"/$"))


def test_a_link_to_an_image_that_is_not_there_shows_the_list(
    open_page: OpenPage, shapes: str, complaints: list[str]
) -> None:
    page = open_page(f"{shapes}/?image={'0' * 40}")
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.locator(".tile").first).to_be_visible()
    expect(view(page)).to_have_count(0)
    complaints.clear()  # the browser reports the 404


def test_the_details_fold(page: Page) -> None:
    page.locator(".tile a").first.click()
    body = page.locator("#details-body")
    expect(body).to_be_visible()
    page.keyboard.press("i")
    expect(body).to_be_hidden()
    view(page).get_by_role("button", name="Details").click()
    expect(body).to_be_visible()
