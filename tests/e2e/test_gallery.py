"""The rows: their sizes, their placeholders, and their growing as one scrolls."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from .conftest import OpenPage
from .library import COUNT

EDGES = """() => [...document.querySelectorAll('.tile')].map((tile) => {
  const { left, right, top, height } = tile.getBoundingClientRect();
  return [left, right, top + scrollY, height];
})"""


def test_scrolling_fetches_every_page_once(page: Page) -> None:
    tiles = page.locator(".tile")
    for _ in range(COUNT):
        if tiles.count() == COUNT + 1:
            break
        page.mouse.wheel(0, 4000)
        expect(page.locator("#more")).to_be_attached()
    expect(tiles).to_have_count(COUNT + 1)
    ids = tiles.evaluate_all("tiles => tiles.map((tile) => tile.dataset.id)")
    assert len(set(ids)) == COUNT + 1


def test_full_rows_are_exactly_as_wide_as_the_gallery(page: Page) -> None:
    edges = page.evaluate(EDGES)
    tops = sorted({top for _, _, top, _ in edges})
    for top in tops[:-1]:
        row = [edge for edge in edges if edge[2] == top]
        assert min(left for left, *_ in row) == edges[0][0]
        assert max(right for _, right, *_ in row) == max(right for _, right, *_ in edges)
        assert len({height for *_, height in row}) == 1


def test_appending_moves_no_tile_but_those_of_the_last_row(page: Page) -> None:
    moved = page.evaluate(
        """async () => {
          const { justify } = await import('/assets/layout.js');
          const aspects = Array.from({ length: 90 }, (_, n) => [0.7, 1, 1.5, 3][(n * n) % 4]);
          const before = justify(aspects.slice(0, 60), 1200, 8);
          const after = justify(aspects, 1200, 8);
          return before.filter((size, n) => size.height !== after[n].height
            || size.width !== after[n].width).length;
        }"""
    )
    assert moved <= 6


def test_nothing_shifts_while_images_load(open_page: OpenPage, shapes: str) -> None:
    page = open_page(shapes)
    held = []
    page.route("**/i/**", lambda route: held.append(route))
    page.reload()
    expect(page.locator(".tile.loading").first).to_be_visible()
    before = page.evaluate(EDGES)
    for route in held:  # grows meanwhile: what is asked for now is held too
        route.continue_()
    page.unroute_all()
    expect(page.locator(".tile >> nth=0")).not_to_have_class(re.compile("loading"))
    assert page.evaluate(EDGES)[:8] == before[:8]


def test_a_placeholder_is_there_before_the_bytes(open_page: OpenPage, shapes: str) -> None:
    page = open_page(shapes)
    page.route("**/i/**", lambda route: None)
    page.reload()
    expect(page.locator(".tile >> nth=0 >> a")).to_have_css(
        "background-image", re.compile("^url\\(.data:image/png")
    )


def test_a_picture_is_fetched_in_the_size_that_it_is_shown_in(page: Page) -> None:
    picture = page.locator(".tile >> nth=0 >> img")
    expect(picture).to_have_js_property("complete", True)
    shown = picture.evaluate("image => image.clientWidth")
    fetched = re.search(r"[?&]w=(\d+)", picture.evaluate("image => image.currentSrc"))
    assert fetched
    assert int(fetched[1]) <= max(2 * shown, 320)


def test_rows_follow_the_width_of_the_window(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 800})
    expect(page.locator(".tile >> nth=0")).to_be_in_viewport()
    page.wait_for_function("() => document.querySelector('.tile').offsetParent.offsetWidth <= 700")
    assert max(right for _, right, *_ in page.evaluate(EDGES)) <= 700
