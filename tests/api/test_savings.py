"""Fewer bytes: for clients that ask for them, and for all where an image is asked for often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from calotype.deliver.upgrades import SPREAD

from .house import House, until

SAVING = {"save-data": "on"}
AVIF_SAVING = {"accept": "image/avif,*/*", "save-data": "on"}


class Hurrying:
    """A clock on which a minute goes by whenever somebody looks at it."""

    now = 0.0

    def __call__(self) -> float:
        self.now += SPREAD
        return self.now


def busy(path: Path) -> None:
    """A picture that takes bytes: clouds, the same each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    points = np.random.default_rng(1).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Pillow.fromarray(points).resize((320, 240), Pillow.Resampling.BICUBIC).save(path)


@pytest.fixture
def noisy(tmp_path: Path, fresh: Any) -> Any:
    """`noisy(**settings)`: a service whose picture of red takes bytes."""

    def make(**settings: Any) -> House:
        pictures = tmp_path / "pictures"
        busy(pictures / "red.png")
        busy(pictures / "blue.jpg")
        made: House = fresh(**{"clock": Hurrying(), **settings})
        return made

    return make


@pytest.mark.parametrize("accept", ["*/*", "image/webp", "image/avif"])
def test_save_data_lowers_the_quality_as_auto_compress_does(noisy: Any, accept: str) -> None:
    house = noisy()
    usual = house.get("/image/blue?w=200", headers={"accept": accept})
    saved = house.get("/image/blue?w=200", headers={"accept": accept, **SAVING})
    asked = house.get("/image/blue?w=200&auto=compress", headers={"accept": accept})
    assert len(saved.content) < 0.85 * len(usual.content)
    assert saved.content == asked.content
    assert saved.headers["etag"] == asked.headers["etag"] != usual.headers["etag"]
    assert saved.headers["content-type"] == usual.headers["content-type"]


def test_an_answer_that_depends_on_save_data_says_so(house: House) -> None:
    for headers in ({}, SAVING):
        for url, vary in (
            ("/image/red hoodie?w=70", "Accept, Save-Data"),
            ("/image/red hoodie?w=70&fm=jpg", "Save-Data"),
            ("/image/red hoodie?w=70&q=60", "Accept"),
            ("/image/red hoodie?w=70&auto=compress", "Accept"),
            ("/image/red hoodie?w=70&lossless=1", "Accept"),
            ("/image/red hoodie?w=70&fm=webp&q=60", None),
            ("/image/red hoodie?w=70&fm=png", None),
            ("/image/red hoodie?w=70&fm=gif", None),
        ):
            assert house.get(url, headers=headers).headers.get("vary") == vary, url


@pytest.mark.parametrize("url", ["/image/blue?w=90&q=60", "/image/blue?w=90&fm=png"])
def test_save_data_changes_nothing_where_the_quality_is_asked_for_or_none(
    house: House, url: str
) -> None:
    assert house.get(url, headers=SAVING).headers["etag"] == house.get(url).headers["etag"]


@pytest.mark.parametrize(
    ("value", "saves"), [("on", True), ("ON", True), ("on; foo=bar", True), ("off", False),
                         ("", False), ("yes", False), ("on, off", False)]
)  # fmt: skip
def test_spellings_of_save_data(house: House, value: str, saves: bool) -> None:
    url = "/image/red hoodie?w=72"
    etag = house.get(url, headers={"save-data": value}).headers["etag"]
    assert (etag != house.get(url).headers["etag"]) == saves


def test_warm_answers_keep_the_two_apart(fresh: Any) -> None:
    house = fresh()
    tags = []
    for _ in range(2):
        tags.append([house.get("/image/red?w=80", headers=h).headers["etag"] for h in ({}, SAVING)])
    assert tags[0] == tags[1]
    assert tags[0][0] != tags[0][1]


def upgraded(house: House, url: str) -> Any:
    """The answer once it has another ETag."""
    first = house.get(url).headers["etag"]
    answer = house.wait_for(url, lambda a: a.headers["etag"] != first)
    assert house.metric("upgrades_total", outcome="smaller") == 1
    return answer


URL = "/image/red?w=300&fm=jpg"


def test_what_is_asked_for_often_gets_smaller_and_revalidates_to_the_new(noisy: Any) -> None:
    house = noisy(deliver={"upgrade_after": 3})
    before = house.get(URL)
    after = upgraded(house, URL)
    assert house.metric("renders_total", outcome="slow") == 1
    assert house.metric("render_seconds_count", setting="slow") == 1
    assert len(after.content) <= 0.95 * len(before.content)
    assert house.get(URL).content == after.content
    old = house.get(URL, headers={"if-none-match": before.headers["etag"]})
    assert (old.status_code, old.content) == (200, after.content)
    new = house.get(URL, headers={"if-none-match": after.headers["etag"]})
    assert new.status_code == 304
    assert {k: v for k, v in before.headers.items() if k in ("cache-control", "cache-tag")} == {
        k: v for k, v in after.headers.items() if k in ("cache-control", "cache-tag")
    }


def test_an_upgrade_reaches_every_url_of_the_rendition(noisy: Any) -> None:
    house = noisy(deliver={"upgrade_after": 3})
    other = f"/i/{house.image('red.png').id}?w=300&fm=jpg"
    assert house.get(other).headers["etag"] == house.get(URL).headers["etag"]
    after = upgraded(house, URL)
    assert house.get(other).content == after.content


@pytest.mark.parametrize(
    ("format", "bound"), [("avif", "max_avif_pixels"), ("gif", "max_gif_pixels")]
)
def test_what_can_not_be_stopped_in_time_is_not_made_smaller(
    noisy: Any, format: str, bound: str
) -> None:
    house = noisy(deliver={"upgrade_after": 3}, render={bound: 300 * 300})
    for _ in range(9):
        assert house.get(f"/image/red?w=300&fm={format}").status_code == 200
    upgraded(house, URL)
    assert house.metric("renders_total", outcome="slow") == 1


def test_a_restart_keeps_the_etag(noisy: Any) -> None:
    house = noisy(deliver={"upgrade_after": 3})
    after = upgraded(house, URL)
    house.services.renditions.close()
    again = noisy(deliver={"upgrade_after": 3})
    kept = again.get(URL)
    assert (kept.headers["etag"], kept.content) == (after.headers["etag"], after.content)
    assert again.metric("rendition_cache_total", result="disk") == 1


def test_slow_bytes_that_were_lost_are_made_again(noisy: Any) -> None:
    house = noisy(deliver={"upgrade_after": 3, "memory_bytes": 0, "cache_bytes": 0})
    after = upgraded(house, URL)
    house.services.memory.clear()
    again = house.get(URL)
    assert (again.headers["etag"], again.content) == (after.headers["etag"], after.content)


def test_what_does_not_get_smaller_stays(fresh: Any) -> None:
    house = fresh(deliver={"upgrade_after": 3}, clock=Hurrying())
    first = house.get("/image/red?w=20&fm=gif")
    until(
        lambda: (
            house.get("/image/red?w=20&fm=gif") and house.metric("upgrades_total", outcome="kept")
        )
    )
    assert house.get("/image/red?w=20&fm=gif").headers["etag"] == first.headers["etag"]


def test_a_wave_of_clients_makes_one_render_and_gets_the_same_bytes(noisy: Any) -> None:
    house = noisy(deliver={"upgrade_after": 3}, clock=lambda: 0.0)
    answers = [answer for _ in range(4) for answer in house.together(*[URL] * 50)]
    assert len({answer.content for answer in answers}) == 1
    assert house.metric("render_seconds_count", setting="quick") == 1
    assert house.services.renderer.idle


def test_upgrades_can_be_turned_off(noisy: Any) -> None:
    house = noisy(deliver={"upgrade_after": 0})
    tags = {house.get(URL).headers["etag"] for _ in range(60)}
    assert len(tags) == 1
    assert house.metric("renders_total", outcome="ok") == 1
