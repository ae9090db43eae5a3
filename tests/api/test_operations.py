"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from calotype.app import build_app
from calotype.settings import Settings

from . import library
from .house import House

NAMES = {
    "renders": {"outcome"},
    "render_seconds": {"setting"},
    "render_queue_wait_seconds": set(),
    "render_queue_length": set(),
    "render_queue_estimated_wait_seconds": set(),
    "admission": {"outcome"},
    "rendition_cache": {"result"},
    "search_seconds": set(),
    "index_images": set(),
    "index_lag_seconds": set(),
    "ingest_images": {"outcome"},
    "refused": {"reason"},
    "http_requests": {"route", "status"},
}
"""Those of design.md §4 that a single process has, and their labels."""


def test_healthz_is_alive(house: House) -> None:
    answer = house.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_readyz_says_how_much_there_is(house: House) -> None:
    answer = house.get("/readyz")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    ready = answer.json()
    assert (ready["status"], ready["images"]) == ("ready", library.COUNT)
    assert (ready["pid"], ready["seq"]) == (os.getpid(), house.services.keeper.seq)
    assert ready["seq"] >= library.COUNT
    assert ready["ingest"] == {"running": False, "stage": "", "done": 0, "total": 0, "problem": ""}
    assert ready["index"] == {"running": False, "stage": "", "done": 0, "total": 0}


def test_readyz_is_503_before_the_index_can_answer(tmp_path: Any) -> None:
    library.save(tmp_path / "pictures/red.png", (40, 30), library.RED)
    house = House(tmp_path / "pictures", tmp_path / "data")
    try:
        for path, code in (("/readyz", "not-ready"), ("/search", "not-ready")):
            answer = house.ask_unstarted(path)
            assert answer.status_code == 503
            assert answer.json()["code"] == code
            assert answer.headers["cache-control"] == "no-store"
    finally:
        house.close_unstarted()


def test_readyz_is_503_while_draining(fresh: Any) -> None:
    house = fresh()
    house.services.keeper.draining = True
    answer = house.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["detail"] == "The service is shutting down."
    assert house.get("/healthz").status_code == 200


def test_readyz_names_what_is_wrong_with_the_source(tmp_path: Any) -> None:
    house = House(tmp_path / "nowhere", tmp_path / "data")
    with house:
        problem = house.wait_for("/readyz", lambda a: "does not exist" in a.text).json()
    assert problem["status"] == 503
    assert problem["ingest"]["problem"] == problem["detail"]


def test_metrics_have_the_names_and_labels_of_the_design(fresh: Any) -> None:
    house = fresh()
    (house.pictures / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no jpeg")
    for path in ("/image/red?w=50", "/nowhere"):
        house.get(path)
    families = {
        family.name.removeprefix("calotype_"): family
        for family in text_string_to_metric_families(house.get("/metrics").text)
    }
    assert set(families) >= set(NAMES)
    for name, labels in NAMES.items():
        for sample in families[name].samples:
            assert set(sample.labels) - {"le"} == labels, name


def test_metrics_are_prometheus_text(house: House) -> None:
    answer = house.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE calotype_http_requests_total counter" in answer.text


def test_every_answer_is_counted_once_by_route_and_status(fresh: Any) -> None:
    house = fresh()

    def count(route: str, status: int) -> float:
        return float(house.metric("http_requests_total", route=route, status=str(status)))

    for _ in range(3):  # the second and third come from memory
        house.get("/image/red?w=60")
    house.get("/image/zzzz")
    house.get("/i/nobody")
    house.get("/no/such/route")
    house.request("POST", "/healthz")
    assert count("/image/{query}", 200) == 3
    assert count("/image/{query}", 404) == 1
    assert count("/i/{id}", 404) == 1
    assert count("none", 404) == 1
    assert count("/healthz", 405) == 1


def test_ingest_and_refusals_are_counted(tmp_path: Any) -> None:
    library.save(tmp_path / "pictures/red.png", (40, 30), library.RED)
    (tmp_path / "pictures/broken.jpg").write_bytes(b"no image at all")
    with House(tmp_path / "pictures", tmp_path / "data") as house:
        house.settle(1)
        assert house.metric("ingest_images_total", outcome="added") == 1
        assert house.metric("refused_total", reason="not-an-image") == 1
        assert house.metric("index_images") == 1


def test_two_apps_in_one_process_count_apart(house: House, tmp_path: Any) -> None:
    settings = Settings.load(source=str(house.pictures), data=tmp_path / "data")
    other = build_app(settings).state.services
    other.metrics.answered("/search", 200)
    assert "calotype_http_requests_total" in house.get("/metrics").text
    found = other.metrics.registry.get_sample_value(
        "calotype_http_requests_total", {"route": "/search", "status": "200"}
    )
    assert found == 1
    other.keeper.stop()
