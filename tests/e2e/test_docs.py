"""The page that shows the HTTP interface."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import OpenPage


def test_every_operation_is_shown(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/docs")
    paths = page.request.get(f"{shapes}/openapi.json").json()["paths"]
    shown = page.locator(".opblock-summary-path")
    expect(shown).to_have_count(sum(len(operations) for operations in paths.values()))
    # Swagger UI puts zero-width spaces where a long path may break
    assert {text.replace("\u200b", "") for text in shown.all_text_contents()} == set(paths)


def test_the_best_match_is_tried_with_one_click(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/docs")
    page.get_by_role("button", name="The best match, as an image").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response-col_description img")
    expect(answer).to_have_js_property("complete", True)
    assert answer.evaluate("image => image.naturalWidth") > 0


def test_its_policy_is_as_strict_as_the_galleries(open_page: OpenPage, shapes: str) -> None:
    page = open_page(shapes)
    policy = page.request.get(f"{shapes}/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_it_is_dark_where_the_system_is(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/docs", color_scheme="dark")
    expect(page.locator("html")).to_have_class("dark-mode")
    page.get_by_role("button", name="Switch to light theme").click()
    expect(page.locator("html")).not_to_have_class("dark-mode")


def test_the_type_of_a_problem_leads_to_what_it_means(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/docs#errors-bad-parameter")
    expect(page.locator(".opblock-summary-path").first).to_be_attached()
    meant = page.locator("#errors-bad-parameter")
    expect(meant).to_contain_text("A parameter out of bounds")
    expect(meant).to_be_in_viewport()
