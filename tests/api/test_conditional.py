"""HEAD, ETag and If-None-Match on every route that has them (RFC 9110 §9.3.2, §13.1.2)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from calotype.render import pyramid

from .house import House

ROUTES = (
    "/image/red hoodie?w=90",
    "/i/{id}?w=90",
    "/i/{id}/original",
    "/images/{id}",
    "/search?q=red",
)
VARYING = {"server-timing", "content-length", "content-type"}


@pytest.fixture(params=ROUTES)
def url(request: pytest.FixtureRequest, house: House) -> str:
    path: str = request.param
    return path.replace("{id}", house.image("hoodies/red.png").id)


def without_timing(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "server-timing"}


def test_head_is_get_without_the_body(house: House, url: str) -> None:
    get, head = house.get(url), house.request("HEAD", url)
    assert (head.status_code, head.content) == (200, b"")
    if not url.startswith("/search"):  # the time it took is in its body, and in its length
        assert without_timing(head) == without_timing(get)


@pytest.mark.parametrize("path", ["/image/zzzz", "/i/nobody", "/nowhere", "/readyz", "/metrics"])
def test_head_has_the_status_of_get(house: House, path: str) -> None:
    head = house.request("HEAD", path)
    assert (head.status_code, head.content) == (house.get(path).status_code, b"")


def test_what_the_client_has_is_not_sent_again(house: House, url: str) -> None:
    etag = house.get(url).headers["etag"]
    opaque = etag.removeprefix("W/")
    for condition in (etag, f'"other", {etag}', opaque, f"W/{opaque}", "*"):
        answer = house.get(url, headers={"if-none-match": condition})
        assert (answer.status_code, answer.content) == (304, b""), condition


def test_another_version_is_sent(house: House, url: str) -> None:
    answer = house.get(url, headers={"if-none-match": '"other", W/"another"'})
    assert answer.status_code == 200
    assert answer.content


def test_several_conditions_count_as_one_list(house: House, url: str) -> None:
    etag = house.get(url).headers["etag"]
    headers = [("if-none-match", '"other"'), ("if-none-match", etag)]
    assert house.get(url, headers=headers).status_code == 304


def test_a_304_repeats_what_caches_go_by(house: House, url: str) -> None:
    whole = house.get(url)
    answer = house.get(url, headers={"if-none-match": whole.headers["etag"]})
    for name in ("etag", "cache-control", "vary", "cache-tag", "content-location"):
        assert answer.headers.get(name) == whole.headers.get(name), name
    assert "content-type" not in answer.headers


def test_head_may_be_conditional(house: House, url: str) -> None:
    etag = house.get(url).headers["etag"]
    assert house.request("HEAD", url, headers={"if-none-match": etag}).status_code == 304


def test_a_304_costs_no_pixels(fresh: Any) -> None:
    house = fresh()
    etag = house.get("/image/red?w=70").headers["etag"]
    again = fresh(deliver={"cache_bytes": 0})  # nothing kept: it would have to render
    for _ in range(2):
        answer = again.get("/image/red?w=70", headers={"if-none-match": etag})
        assert answer.status_code == 304
    assert again.metric("renders_total", outcome="ok") == 0
    assert again.metric("rendition_cache_total", result="rendered") == 0


def test_only_originals_and_records_have_a_strong_etag(house: House, url: str) -> None:
    """A rendition made from a level has other bytes than one made from the original."""
    assert house.get(url).headers["etag"].startswith('"') == (
        url.endswith("/original") or url.startswith("/images/")
    )


def test_a_level_of_another_recipe_is_another_etag(fresh: Any, monkeypatch: Any) -> None:
    old = fresh().get("/image/red?w=70").headers["etag"]
    monkeypatch.setattr(pyramid, "VERSION", "another")
    assert fresh().get("/image/red?w=70").headers["etag"] != old


def test_the_etag_names_format_and_size(house: House) -> None:
    jpeg = house.get("/image/red hoodie?w=90").headers["etag"]
    other_format = house.get("/image/red hoodie?w=90", headers={"accept": "image/webp"})
    other_size = house.get("/image/red hoodie?w=91")
    assert len({jpeg, other_format.headers["etag"], other_size.headers["etag"]}) == 3


def test_equal_answers_to_a_search_have_equal_etags(house: House) -> None:
    first, second = house.get("/search?q=jacket"), house.get("/search?q=jacket")
    assert first.headers["etag"] == second.headers["etag"]
    assert first.headers["etag"] != house.get("/search?q=hoodie").headers["etag"]


@pytest.mark.parametrize("condition", ["", ",", '"', "W/", "é", '"' * 500, "x" * 5000])
def test_a_condition_that_cannot_be_read_is_none(house: House, url: str, condition: str) -> None:
    headers = {"if-none-match": condition.encode()}
    assert house.get(url, headers=headers).status_code == 200
