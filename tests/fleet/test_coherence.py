"""Changes, seen through a real edge."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from calotype.coherence import Moment
from calotype.coherence.varnish import VarnishEdge

from ..app.conftest import draw
from ..app.service import Service
from .origin import Origin, Reply, Seen
from .programs import SECRET, Balancer, Edge, http, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("edge")]
QUERY = "public, max-age=60, s-maxage=86400, stale-while-revalidate=86400"
IMMUTABLE = "public, max-age=31536000, immutable"


def said(body: str, seq: int, tags: str, lifetime: str = QUERY) -> Reply:
    headers = {"Cache-Control": lifetime, "Cache-Tag": tags, "ETag": f'W/"{body}"',
               "X-Index-Epoch": "e1", "X-Index-Seq": str(seq)}  # fmt: skip
    return Reply(body=body.encode(), headers=headers)


def kept(answer: httpx.Response) -> bool:
    """Whether it came from the cache, with most of its life before it."""
    return "; hit; ttl=86" in answer.headers["cache-status"]


def test_a_purge_of_many_tags_reaches_all_of_them() -> None:
    with Origin() as origin, Edge.start(origin.port) as edge:
        origin.answer = lambda seen: said("old", 10, f"q,t-{seen.target[10:]}")
        for number in (0, 1999):
            http.get(f"{edge.url}/search?q={number}")
        purging = VarnishEdge(edge.url, SECRET)
        purging.purge([f"t-{number}" for number in range(2_000)], [], Moment("e1", 10, 11))
        purging.close()
        for number in (0, 1999):
            assert not kept(http.get(f"{edge.url}/search?q={number}"))


def test_an_instance_that_lags_does_no_harm_and_is_not_asked_at_every_use() -> None:
    behind = threading.Event()
    behind.set()

    def answer(seen: Seen) -> Reply:
        return said("old", 10, "q,t-a") if behind.is_set() else said("new", 11, "q,t-a")

    with Origin() as origin, Edge.start(origin.port) as edge:
        origin.answer = answer
        purging = VarnishEdge(edge.url, SECRET)
        purging.purge(["t-a"], [], Moment("e1", 10, 11))
        purging.close()
        started = time.monotonic()
        for _ in range(300):
            assert http.get(f"{edge.url}/search?q=a").text == "old"
        assert len(origin.seen) <= 3 + (time.monotonic() - started) / 0.5
        behind.clear()
        until(lambda: http.get(f"{edge.url}/search?q=a").text == "new", "the new answer")
        until(lambda: kept(http.get(f"{edge.url}/search?q=a")), "a new answer that is kept")


def test_one_instance_that_purged_is_enough_for_what_another_keeps_up_with() -> None:
    """The purge of the second is the same, and makes nothing stale that is new."""
    with Origin() as origin, Edge.start(origin.port) as edge:
        origin.answer = lambda seen: said("new", 11, "q,t-a")
        one, other = VarnishEdge(edge.url, SECRET), VarnishEdge(edge.url, SECRET)
        one.purge(["t-a"], [], Moment("e1", 10, 11))
        http.get(f"{edge.url}/search?q=a")
        other.purge(["t-a"], [], Moment("e1", 10, 11))
        assert kept(http.get(f"{edge.url}/search?q=a"))
        other.purge(["t-a"], [], Moment("e1", 11, 12))
        assert not kept(http.get(f"{edge.url}/search?q=a"))
        one.close()
        other.close()


def test_what_comes_changes_and_goes_is_seen_through_the_edge(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    draw(pictures / "blue hat.png", "blue")
    with Balancer.start() as balancer, Edge.start(balancer.port) as edge:
        variables = {"CALOTYPE_PURGE_EDGES": edge.url, "CALOTYPE_PURGE_SECRET": SECRET,
                     "CALOTYPE_SECRET": "s" * 32}  # fmt: skip
        data = str(tmp_path / "data")
        with Service(pictures, tmp_path / "run", "--data", data, **variables) as service:
            balancer.put("i1", service.port)
            balancer.wait("i1", "UP")
            until(lambda: http.get(edge.url + "/search").is_success, "an origin for the edge")

            def results(url: str) -> list[dict[str, str]]:
                found: list[dict[str, str]] = http.get(edge.url + url).json()["results"]
                return found

            (blue,) = until(lambda: settled(results("/search?q=blue")), "the blue hat")
            assert results("/search?q=green") == []
            assert http.get(edge.url + "/image/gren?w=20").status_code == 404
            bystanders = (f"/i/{blue['id']}?w=20", "/image/blue?w=20")
            for url in bystanders:
                until(partial(is_fresh, edge.url + url), url)

            draw(pictures / "green scarf.png", "green")
            (green,) = until(lambda: settled(results("/search?q=green")), "the green scarf")
            until(lambda: len(results("/search")) == 2, "a list of both")
            until(lambda: http.get(edge.url + "/image/gren?w=20").is_success, "a near match")
            rendition = f"{edge.url}/i/{green['id']}?w=20"
            until(partial(is_fresh, rendition), "a rendition that is kept")
            assert all(is_fresh(edge.url + url) for url in bystanders)

            (pictures / "green scarf.png").unlink()
            until(lambda: not results("/search?q=green"), "an answer without it")
            until(lambda: http.get(rendition).status_code == 404, "the end of the rendition")
            assert all(is_fresh(edge.url + url) for url in bystanders)
            sent = service.get("/metrics").text
            assert 'calotype_purges_total{outcome="sent"}' in sent
            assert "calotype_purge_lag_seconds 0.0" in sent


def settled(hits: list[dict[str, str]]) -> list[dict[str, str]] | None:
    """The hits once their pixels were looked at: no change is to come of itself."""
    return hits if hits and all(hit["thumbhash"] for hit in hits) else None


def is_fresh(url: str) -> bool:
    status = http.get(url).headers["cache-status"]
    return "; hit; ttl=" in status and int(status.rsplit("ttl=", 1)[1]) > 1000
