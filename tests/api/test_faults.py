"""What breaks stays in its place: one image, one request, one folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from calotype.api import delivery

from . import library
from .house import House


def spoil(path: Path) -> None:
    """Other bytes of the same length and age: what ingest cannot have noticed."""
    before = path.stat()
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes(len(data) - 40))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_file_that_breaks_only_at_render_is_a_422(fresh: Any) -> None:
    house = fresh()
    spoil(house.pictures / "red.png")
    answer = house.get("/image/red?w=50")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unrenderable"
    assert house.get("/image/blue?w=50").status_code == 200
    assert house.metric("renders_total", outcome="unrenderable") == 1
    assert house.metric("renders_total", outcome="ok") == 1


def test_other_bytes_of_the_same_size_and_age_are_never_sent_under_the_id(fresh: Any) -> None:
    house = fresh()
    image = house.image("red.png")
    spoil(house.pictures / "red.png")
    assert house.get(f"/i/{image.id}/original").status_code == 422
    assert house.get(f"/i/{image.id}?w=20").status_code == 422


def test_a_file_that_is_gone_is_a_404_until_the_index_knows(fresh: Any) -> None:
    house = fresh()
    image = house.image("red.png")
    (house.pictures / "red.png").unlink()
    for url in ("/image/red?w=50", f"/i/{image.id}?w=50", f"/i/{image.id}/original"):
        answer = house.get(url)
        assert answer.status_code == 404, url
        assert answer.json()["code"] == "not-found"
    assert house.get("/image/blue?w=50").status_code == 200


def test_a_file_that_changed_is_not_delivered_under_the_old_id(fresh: Any) -> None:
    house = fresh()
    image = house.image("red.png")
    library.save(house.pictures / "red.png", (401, 301), library.BLUE)
    assert house.get(f"/i/{image.id}/original").status_code == 404


def test_a_source_that_is_gone_as_a_whole_is_a_503(fresh: Any) -> None:
    house = fresh()
    image = house.image("red.png")
    house.get("/image/red?w=50")
    shutil.rmtree(house.pictures)
    for url in (f"/i/{image.id}?w=51", f"/i/{image.id}/original", "/image/red?w=51"):
        answer = house.get(url)
        assert answer.status_code == 503, url
        assert answer.json()["code"] == "source-unavailable"
        assert str(house.pictures) not in answer.text
    assert house.get("/image/red?w=50").status_code == 200
    assert house.get("/search?q=red").json()["total"] == 1


def test_the_same_content_at_two_places_survives_the_loss_of_one(tmp_path: Path) -> None:
    library.save(tmp_path / "pictures/a.png", (40, 30), library.RED)
    shutil.copy(tmp_path / "pictures/a.png", tmp_path / "pictures/b.png")
    with House(tmp_path / "pictures", tmp_path / "data") as house:
        house.settle(1)
        (tmp_path / "pictures/a.png").unlink()
        assert house.get("/image/a?w=20").status_code == 200


def test_twenty_identical_cold_requests_render_once(fresh: Any) -> None:
    house = fresh()
    answers = house.together(*["/image/red?w=123"] * 20)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert house.metric("renders_total", outcome="ok") == 1
    assert house.metric("rendition_cache_total", result="rendered") == 1
    assert house.metric("rendition_cache_total", result="joined") == 19


def test_different_ways_to_ask_for_the_same_pixels_render_once(fresh: Any) -> None:
    house = fresh()
    id = house.image("red.png").id
    urls = ("/image/red?w=120", f"/i/{id}?w=60&dpr=2", "/image/red?fit=crop&w=120&x=y")
    assert {answer.status_code for answer in house.together(*urls)} == {200}
    assert house.metric("renders_total", outcome="ok") == 1


def test_more_than_can_wait_is_a_503_that_says_when(fresh: Any) -> None:
    house = fresh(render={"workers": 1, "queue": 0})
    answers = house.together(*(f"/image/red?w={width}" for width in range(100, 110)))
    refused = [answer for answer in answers if answer.status_code == 503]
    assert refused
    assert {answer.status_code for answer in answers} == {200, 503}
    for answer in refused:
        assert answer.json()["code"] == "overloaded"
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["cache-control"] == "no-store"


def test_renditions_that_cannot_be_kept_are_delivered_all_the_same(fresh: Any) -> None:
    house = fresh()
    shutil.rmtree(house.services.data / "renditions", ignore_errors=True)
    (house.services.data / "renditions").write_text("a file where the folder should be")
    assert house.get("/image/red?w=50").status_code == 200
    assert house.get("/image/blue?w=50").status_code == 200
    house.services.renditions.close()
    assert house.metric("errors_total", part="renditions", what="write-failed") == 2


def test_a_rendition_outlives_the_process(fresh: Any) -> None:
    house = fresh()
    body = house.get("/image/red?w=50").content
    house.services.renditions.close()
    again = fresh()
    assert again.get("/image/red?w=50").content == body
    assert again.metric("rendition_cache_total", result="disk") == 1
    assert again.metric("renders_total", outcome="ok") == 0


def test_what_nobody_expected_is_a_500_without_its_text(
    fresh: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house = fresh()

    def break_down(*_: object) -> None:
        raise RuntimeError("the password is sesame")

    monkeypatch.setattr(delivery, "plan", break_down)
    answer = house.get("/image/red?w=50")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "internal"
    assert "sesame" not in answer.text
    assert "sesame" in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert house.metric("http_requests_total", route="/image/{query}", status="500") == 1
    assert house.services.inflight.number == 0
