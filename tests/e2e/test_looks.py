"""Light and dark, desktop and phone, and what axe finds in each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import OpenPage

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"color_scheme": "light", **PHONE},
    "phone-dark": {"color_scheme": "dark", **PHONE},
}


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[node['html'] for node in v['nodes']][:3]}" for v in found]


def brightness(page: Page) -> int:
    color = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", color)[:3]) // 3


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(open_page: OpenPage, shapes: str, look: str) -> None:
    options = {**LOOKS[look], "reduced_motion": "reduce"}
    page = open_page(f"{shapes}/?q=red&orientation=square", **options)
    expect(page.locator(".tile").first).to_be_visible()
    assert violations(page) == []
    page.locator(".tile a").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    if "viewport" in options:
        page.get_by_role("button", name="Details").click()
    expect(page.locator("#details-body")).to_be_visible()
    assert violations(page) == []


def test_axe_finds_nothing_where_nothing_matches(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/?q=zzzzqqqq")
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("viewed", [False, True])
def test_a_phone_never_scrolls_sideways(open_page: OpenPage, shapes: str, viewed: bool) -> None:
    page = open_page(f"{shapes}/?q=red", **PHONE)
    expect(page.locator(".tile").first).to_be_visible()
    if viewed:
        page.locator(".tile a").first.tap()
        expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_a_finger_touches_is_large_enough(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/?q=red&orientation=square", **PHONE)
    expect(page.locator(".tile").first).to_be_visible()
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .tile a, input, .brand')]
          .filter((node) => node.checkVisibility())
          .map((node) => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
          .filter(([, { width, height }]) => Math.min(width, height) < 44)
          .map(([html, { width, height }]) => `${html} ${width}×${height}`)"""
    )
    assert small == []


def test_the_theme_is_the_systems_until_another_is_chosen(open_page: OpenPage, shapes: str) -> None:
    page = open_page(shapes, color_scheme="dark")
    assert brightness(page) < 40
    page.get_by_role("button", name="Switch to light theme").click()
    assert brightness(page) > 240
    page.reload()
    assert brightness(page) > 240
    page.get_by_role("button", name="Switch to dark theme").click()
    assert brightness(page) < 40
    assert page.evaluate("localStorage.getItem('theme')") is None


def test_structure_for_a_screen_reader(page: Page) -> None:
    for role in ("banner", "search", "main", "navigation"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("list", name="Images").get_by_role("listitem").first).to_be_visible()
    expect(page.locator("#count")).to_have_attribute("role", "status")
    assert page.locator(".tile img:not([alt])").count() == 0
