"""What caches are told: Vary, lifetimes and tags (design.md §4)."""

from __future__ import annotations

from typing import Any

import pytest

from .house import House

QUERY_LIFETIME = (
    "public, max-age=60, s-maxage=86400, stale-while-revalidate=86400, stale-if-error=86400"
)
IMMUTABLE = "public, max-age=31536000, immutable"


def tags(house: House, url: str) -> list[str]:
    return str(house.get(url).headers["cache-tag"]).split(",")


def test_an_id_is_immutable(house: House) -> None:
    id = house.image("hoodies/red.png").id
    assert house.get(f"/i/{id}?w=50").headers["cache-control"] == IMMUTABLE


@pytest.mark.parametrize("url", ["/image/hoodie?w=50", "/search?q=hoodie", "/search?q=zzzz"])
def test_an_answer_to_a_query_lives_long_at_the_edge_alone(house: House, url: str) -> None:
    assert house.get(url).headers["cache-control"] == QUERY_LIFETIME


def test_lifetimes_can_be_set(fresh: Any) -> None:
    house = fresh(deliver={"browser_seconds": 1, "edge_seconds": 2, "stale_seconds": 3})
    lifetime = "public, max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=3"
    assert house.get("/image/red?w=50").headers["cache-control"] == lifetime


@pytest.mark.parametrize("url", ["/image/red hoodie", "/image/red hoodie?fm=webp&auto=format"])
def test_a_negotiated_answer_varies_by_accept_and_save_data(house: House, url: str) -> None:
    assert house.get(url).headers["vary"] == "Accept, Save-Data"


@pytest.mark.parametrize("url", ["/image/red hoodie?fm=png", "/search?q=red", "/image/zzzz"])
def test_other_answers_do_not_vary(house: House, url: str) -> None:
    assert "vary" not in house.get(url).headers


def test_an_image_is_tagged_with_its_id_and_the_terms_of_the_query(house: House) -> None:
    id = house.image("hoodies/red.png").id
    assert tags(house, "/image/red hoodies?w=50") == ["q", "t-red", "t-hoodi", f"img-{id}"]


def test_a_rendition_is_tagged_with_its_id_alone(house: House) -> None:
    id = house.image("hoodies/red.png").id
    assert tags(house, f"/i/{id}?w=50") == [f"img-{id}"]


def test_a_misspelt_term_is_tagged_as_typed_and_as_corrected(house: House) -> None:
    assert {"t-hodi", "t-hoodi"} <= set(tags(house, "/image/red hodie?w=50"))


def test_no_match_is_tagged_so_that_a_new_image_is_noticed(house: House) -> None:
    answer = house.get("/image/zzzz qqqq")
    assert answer.status_code == 404
    assert answer.headers["cache-tag"] == "q,t-zzzz,t-qqqq,t-z*,t-q*"
    assert answer.headers["cache-control"] == QUERY_LIFETIME


def test_a_rank_that_too_few_reach_is_tagged_as_corrected(house: House) -> None:
    answer = house.get("/image/red hodie?n=90")
    assert answer.status_code == 404
    assert {"t-hodi", "t-hoodi", "t-h*"} <= set(answer.headers["cache-tag"].split(","))


@pytest.mark.parametrize("url", ["/search", "/search?color=red", "/search?q=-red", "/image/zz?n=3"])
def test_a_list_of_everything_is_tagged_as_one(house: House, url: str) -> None:
    assert ("t-*" in tags(house, url)) is url.startswith("/search")


def test_what_is_still_typed_is_tagged_with_its_beginning(house: House) -> None:
    assert "t-h*" in tags(house, "/search?q=red hoo&prefix=true")


@pytest.mark.parametrize("url", ["/i/{}", "/i/{}/original", "/images/{}", "/iiif/3/{}/info.json"])
def test_an_image_that_may_come_is_tagged(house: House, url: str) -> None:
    answer = house.get(url.format("9" * 40))
    assert (answer.status_code, answer.headers["cache-tag"]) == (404, f"img-{'9' * 40}")
    assert "cache-tag" not in house.get(url.format("nine")).headers


@pytest.mark.parametrize("url", ["/image/red hoodie?w=50", "/search", "/image/zzzz", "/i/{id}?w=50",
                                 "/images/{id}", "/iiif/3/{id}/info.json"])  # fmt: skip
def test_an_answer_says_which_changes_its_index_has(house: House, url: str) -> None:
    url = url.format(id=house.image("hoodies/red.png").id)
    catalog = house.services.keeper._catalog
    house.wait_for(url, lambda a: a.headers["x-index-seq"] == str(catalog.last_seq()))
    answer = house.get(url)
    assert answer.headers["x-index-epoch"] == catalog.epoch()
    unchanged = house.get(url, headers={"if-none-match": answer.headers.get("etag", "x")})
    assert unchanged.headers["x-index-seq"] == answer.headers["x-index-seq"]


def test_what_hangs_on_no_index_says_nothing_of_it(house: House) -> None:
    assert "x-index-seq" not in house.get("/healthz").headers


def test_a_search_is_tagged_with_every_image_on_the_page(house: House) -> None:
    hits = house.get("/search?q=hoodie").json()["results"]
    assert set(tags(house, "/search?q=hoodie")) == {
        "q", "t-hoodi", *(f"img-{hit['id']}" for hit in hits)
    }  # fmt: skip


def test_an_answer_with_more_images_than_tags_lives_shortly_at_the_edge(fresh: Any) -> None:
    house = fresh(deliver={"untagged_edge_seconds": 7})
    words = " ".join(f"word{number}" for number in range(49))
    answer = house.get("/search", params={"q": f"red blue {words}"})
    assert len(answer.headers["cache-tag"].split(",")) == 50
    assert "s-maxage=7," in answer.headers["cache-control"]


def test_a_term_in_any_script_is_a_tag_in_ascii(house: House) -> None:
    value = house.get("/image/東京タワー").headers["cache-tag"]
    assert value.isascii()
    assert " " not in value


@pytest.mark.parametrize("url", ["/i/nobody", "/nowhere"])
def test_a_404_to_no_query_lives_shortly_and_at_the_edge_alone(house: House, url: str) -> None:
    assert house.get(url).headers["cache-control"] == "public, max-age=0, s-maxage=5"


@pytest.mark.parametrize("url", ["/i/nobody?w=0", "/search?limit=0"])
def test_a_bad_request_is_not_kept(house: House, url: str) -> None:
    assert house.get(url).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("url", "stages"),
    [
        ("/search?q=hoodie&limit=7", {"search", "facets", "total"}),
        ("/image/hoodie?w=77", {"search", "render", "total"}),
        ("/healthz", {"total"}),
        ("/nowhere", {"total"}),
        ("/search?limit=0", {"total"}),
    ],
)
def test_every_answer_says_where_its_time_went(house: House, url: str, stages: set[str]) -> None:
    timing = house.get(url).headers["server-timing"]
    found = {part.split(";")[0].strip() for part in timing.split(",")}
    assert found == stages
    assert all(float(part.split("dur=")[1]) >= 0 for part in timing.split(","))


def test_a_rendered_answer_says_so(fresh: Any) -> None:
    house = fresh()
    first = house.get("/image/red?w=64").headers["server-timing"]
    second = house.get("/image/red?w=64").headers["server-timing"]
    assert [part.split(";")[0] for part in first.split(", ")] == ["search", "render", "total"]
    assert second == "memory;desc=hit"
