"""The status page: of one process, and of a fleet as its supervisor tells it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from calotype.api.pages import PAGE, WEB

from .conftest import OpenPage

NOW = 1_795_630_000.0


def sample(at: float, rate: float) -> dict[str, Any]:
    instance = {
        "name": "i1", "pid": 11, "nginx_pid": 12, "state": "ready", "port": 9001, "seq": 7,
        "queue_wait_ms": 12.5, "requests_per_second": 3.0, "cpu_percent": 40.0,
    }  # fmt: skip
    waiting = {
        **instance, "name": "i2", "state": "starting", "queue_wait_ms": None,
        "requests_per_second": None, "cpu_percent": None, "seq": None,
    }  # fmt: skip
    event = {"number": 1, "at": NOW, "kind": "scaling", "text": "1 → 2 <b>instances</b>"}
    part = {"pid": 1, "port": 2, "state": "ready"}
    figures = {"requests_per_second": rate, "hit_ratio": 0.975, "p95_ms": 8.25}
    return {
        "at": at,
        "edge": {**part, "port": 8123, **figures},
        "load_balancer": {**part, "statistics": "http://127.0.0.1:9100/"},
        "catalog": part,
        "instances": [instance, waiting],
        "scaling": {"desired": 2, "ready": 1},
        "events": [event],
    }


@pytest.fixture
def fleet(open_page: OpenPage, shapes: str) -> Page:
    """The page as the supervisor serves it, with its answers made up here."""
    samples = [sample(NOW + n, 100 + n) for n in range(60)]

    def answer(body: object) -> Any:
        def fulfil(route: Route) -> None:
            route.fulfill(body=json.dumps(body), content_type="application/json")

        return fulfil

    page = open_page(f"{shapes}/status.html")
    page.route(f"{shapes}/status", answer(samples[-1]))
    page.route(f"{shapes}/samples?after=0", answer(samples))
    page.route(f"{shapes}/samples?after={NOW + 59:.0f}", answer([]))
    html = (WEB / "status.html").read_text()
    page.route(f"{shapes}/", lambda r: r.fulfill(body=html, headers=PAGE, content_type="text/html"))
    page.goto(f"{shapes}/")
    expect(page.get_by_role("heading", name="Fleet")).to_be_visible()
    return page


def panel(page: Page, title: str) -> Any:
    return page.locator(".panel", has=page.get_by_text(title, exact=True))


def test_a_process_shows_its_own_figures(open_page: OpenPage, shapes: str) -> None:
    page = open_page(f"{shapes}/status.html")
    expect(page.get_by_role("status")).to_have_text("Ready")
    expect(panel(page, "Images").locator(".figure")).not_to_have_text("–")
    page.request.get(f"{shapes}/search?q=")
    expect(panel(page, "Requests").locator(".figure")).not_to_have_text("0")
    expect(page.locator(".panel canvas")).to_have_count(6)


def test_a_fleet_shows_its_newest_figures(fleet: Page) -> None:
    expect(panel(fleet, "Requests").locator(".figure")).to_have_text("159")
    expect(panel(fleet, "Hit ratio").locator(".figure")).to_have_text("97.5 %")
    expect(panel(fleet, "Instances").locator(".figure")).to_have_text("1 / 2")
    expect(fleet.get_by_role("status")).to_have_text("1 of 2 instances ready")
    expect(fleet.get_by_role("row")).to_have_count(3)
    expect(fleet.get_by_role("link", name="Images")).to_have_attribute(
        "href", "http://127.0.0.1:8123/"
    )


def test_a_chart_says_what_was_under_the_cursor(fleet: Page) -> None:
    stage = panel(fleet, "Requests").locator(".u-over")
    box = stage.bounding_box()
    assert box is not None
    stage.hover(position={"x": 1, "y": box["height"] / 2})
    expect(panel(fleet, "Requests").locator(".figure")).to_have_text("100")
    expect(panel(fleet, "Requests").locator(".figure-at")).not_to_be_empty()


def test_what_others_say_is_no_markup(fleet: Page) -> None:
    expect(fleet.get_by_text("1 → 2 <b>instances</b>")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: OpenPage, shapes: str, scheme: str) -> None:
    page = open_page(f"{shapes}/status.html", color_scheme=scheme)
    expect(page.locator(".panel canvas")).to_have_count(6)
    assert Axe().run(page).response["violations"] == []


def test_axe_finds_nothing_on_a_fleets(fleet: Page) -> None:
    expect(fleet.locator(".panel canvas")).to_have_count(6)
    assert Axe().run(fleet).response["violations"] == []
