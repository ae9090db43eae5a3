"""What an image says of itself is text, and the policy of the page holds."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .conftest import OpenPage
from .library import HOSTILE


def test_the_page_forbids_all_that_it_does_not_need(page: Page, shapes: str) -> None:
    policy = page.request.get(shapes).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_title_with_markup_stays_text(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/?q=hostile")
    expect(page.locator(".tile img")).to_have_attribute("alt", HOSTILE)
    page.locator(".tile a").click()
    expect(page.get_by_role("dialog").get_by_role("heading", level=2)).to_have_text(HOSTILE)
    expect(page.get_by_role("dialog").get_by_role("button", name=HOSTILE)).to_be_visible()
    assert page.locator("img[onerror], img[src='x']").count() == 0
    assert page.title() != "1"


def test_html_that_is_copied_escapes_the_title(open_page: OpenPage, shapes: str) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    page = open_page(f"{shapes}/?q=hostile", permissions=permissions)
    page.locator(".tile a").click()
    page.get_by_role("button", name="Copy HTML").click()
    expect(page.get_by_text("HTML copied.")).to_be_attached()
    html = page.evaluate("navigator.clipboard.readText()")
    parsed = page.evaluate(
        """html => {
          const body = new DOMParser().parseFromString(html, 'text/html').body;
          const only = body.firstChild;
          return [body.children.length, only.alt, only.hasAttribute('onerror')];
        }""",
        html,
    )
    assert parsed == [1, HOSTILE, False]


def test_a_query_with_markup_stays_text(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3Eqqqq")
    expect(page.get_by_role("main")).to_contain_text("<img src=x onerror=alert(1)>qqqq")
    assert page.locator("img[src='x']").count() == 0


def test_nothing_comes_from_elsewhere(open_page: OpenPage, shapes: str) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(shapes)
    page.locator(".tile a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [url for url in asked if not url.startswith((shapes, "data:", "blob:"))] == []
