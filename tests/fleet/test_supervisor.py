"""`calotype fleet` with the real programs: started, broken, scaled, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tests.api.test_upload import picture

from .programs import free_port, http, short_folder, until
from .running import PATIENCE, QUICK, Fleet, left, started

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("supervisor")]
_width = count(100)


@pytest.fixture(scope="module")
def running() -> Iterator[Fleet]:
    with short_folder() as folder:
        folder.chmod(0o755)  # for the users postgres and vcache
        with started(folder, "--min", "2", "--max", "3", **QUICK) as fleet:
            fleet.wait(2)
            yield fleet


@pytest.fixture
def fleet(running: Fleet) -> Fleet:
    """Two instances, whatever the test before has left."""
    running.wait(2)
    return running


def fresh(fleet: Fleet) -> int:
    """Ask for a rendition that nobody has; the status."""
    return http.get(f"{fleet.url}/image/red kite?w={next(_width)}").status_code


def replaced(fleet: Fleet, part: str) -> None:
    """Kill a part the hard way, and wait until another does its work."""
    before = fleet.status()[part]["pid"]
    os.kill(before, signal.SIGKILL)
    until(lambda: fleet.status().get(part, {}).get("pid") not in (None, before), part, PATIENCE)
    fleet.wait(2)


def test_an_image_comes_through_all_of_it(fleet: Fleet) -> None:
    answer = http.get(f"{fleet.url}/image/red kite?w=64&fm=png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    again = http.get(f"{fleet.url}/image/red kite?w=64&fm=png")
    assert "hit" in again.headers["cache-status"]
    assert again.content == answer.content


def test_the_status_says_where_everything_is(fleet: Fleet) -> None:
    now = fleet.status()
    assert now["edge"]["port"] == fleet.port
    assert {i["name"] for i in now["instances"]} >= set(fleet.instances())
    for instance in fleet.instances().values():
        assert http.get(f"http://127.0.0.1:{instance['port']}/readyz").status_code == 200
        assert left([instance["pid"], instance["nginx_pid"]])
    assert now["policy"]["min"] == 2


def test_the_edge_is_counted(fleet: Fleet) -> None:
    def asked() -> bool:
        http.get(f"{fleet.url}/image/red kite?w=32")
        edge = fleet.status()["edge"]
        said = edge["requests_per_second"], edge["hit_ratio"], edge["p95_ms"]
        return all(figure is not None and figure > 0 for figure in said)

    until(asked, "figures of the edge", PATIENCE)


def test_a_key_of_its_catalog_lets_an_image_come_and_go_through_the_edge(fleet: Fleet) -> None:
    command = [sys.executable, "-m", "calotype", "keys", "create", "--scope", "write"]
    made = subprocess.run(
        [*command, "--data", str(fleet.folder / "data")], capture_output=True, text=True, check=True
    )
    bearer = {"Authorization": f"Bearer {made.stdout.strip()}"}
    asked = f"{fleet.url}/image/heliotrope?w=64&fm=png"
    assert http.get(asked).status_code == 404
    part = ("file", ("heliotrope.png", picture(), "image/png"))
    taken = http.post(f"{fleet.url}/images", headers=bearer, files=[part])
    assert taken.status_code == 201, taken.text
    until(lambda: http.get(asked).status_code == 200, "what was uploaded", PATIENCE)
    id = taken.json()["images"][0]["image"]["id"]
    assert http.delete(f"{fleet.url}/images/{id}", headers=bearer).status_code == 204
    until(lambda: http.get(asked).status_code == 404, "its deletion", PATIENCE)


@pytest.mark.parametrize("part", ["edge", "load_balancer", "catalog"])
def test_a_part_that_is_killed_is_started_again(fleet: Fleet, part: str) -> None:
    replaced(fleet, part)
    until(lambda: fresh(fleet) == 200, "a rendition", PATIENCE)


@pytest.mark.parametrize("key", ["pid", "nginx_pid"])
def test_an_instance_that_is_killed_is_started_again(fleet: Fleet, key: str) -> None:
    name, before = next(iter(fleet.instances().items()))
    os.kill(before[key], signal.SIGKILL)

    def again() -> bool:
        now = fleet.instances().get(name)
        return now is not None and now[key] not in (None, before[key])

    until(again, "the same instance with another process", PATIENCE)
    assert not left([before[key]])
    fleet.wait(2)


def test_a_drained_instance_ends_and_another_comes(fleet: Fleet) -> None:
    """Under load, of which no request fails, and not before the other has come."""
    name, gone = next(iter(fleet.instances().items()))
    statuses: list[int] = []
    with ThreadPoolExecutor(4) as pool:
        assert http.post(f"{fleet.admin}/drain/{name}").status_code == 202

        def over() -> bool:
            statuses.extend(pool.map(fresh, [fleet] * 8))
            assert len(fleet.instances()) >= 2
            return not left([gone["pid"], gone["nginx_pid"]])

        until(over, "its end", PATIENCE)
    assert set(statuses) == {200}
    until(lambda: any(name in text for text in fleet.events("stopped")), "word of it", PATIENCE)


def test_a_reload_keeps_the_places(fleet: Fleet) -> None:
    before = fleet.status()["load_balancer"]["pid"]
    for _ in range(2):
        assert http.post(f"{fleet.admin}/reload").status_code == 200
        assert [fresh(fleet) for _ in range(4)] == [200] * 4
    assert fleet.status()["load_balancer"]["pid"] == before


def test_load_brings_an_instance_and_calm_takes_it_away(fleet: Fleet) -> None:
    def more() -> bool:
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(fresh, [fleet] * 8)) == {200}
        return len(fleet.instances()) == 3

    until(more, "three instances", PATIENCE)
    until(lambda: len(fleet.instances()) == 2, "two instances", PATIENCE)
    assert any("2 → 3" in text for text in fleet.events("scaling"))
    assert any("3 → 2" in text for text in fleet.events("scaling"))


def test_a_foreign_page_can_do_nothing(fleet: Fleet) -> None:
    elsewhere = {"origin": "https://elsewhere.example"}
    assert http.post(f"{fleet.admin}/reload", headers=elsewhere).status_code == 403
    rebound = {"host": "elsewhere.example"}
    assert http.get(f"{fleet.admin}/status", headers=rebound).status_code == 400
    across = {"sec-fetch-site": "cross-site"}
    assert http.post(f"{fleet.admin}/drain/i1", headers=across).status_code == 403


def test_an_unknown_instance_cannot_be_drained(fleet: Fleet) -> None:
    answer = http.post(f"{fleet.admin}/drain/i99")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_the_supervisor_has_a_page(fleet: Fleet) -> None:
    page = http.get(fleet.admin)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert http.get(f"{fleet.admin}/assets/status.js").status_code == 200
    assert http.get(f"{fleet.admin}/samples").json()


@pytest.mark.parametrize("name", ["status.html", "index.html", "", "vendor/"])
def test_the_supervisor_has_no_page_among_its_assets(fleet: Fleet, name: str) -> None:
    """Where no policy would be sent with it."""
    assert http.get(f"{fleet.admin}/assets/{name}").status_code == 404


def test_a_second_supervisor_is_refused(fleet: Fleet) -> None:
    other = [*fleet.command(), "--port", str(free_port()), "--admin-port", str(free_port())]
    refused = subprocess.run(other, capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode == 3
    assert "runs in" in " ".join(refused.stderr.split())


def test_a_port_in_use_is_named(fleet: Fleet) -> None:
    elsewhere = str(fleet.folder / "other")
    other = [*fleet.command(), "--data", elsewhere, "--admin-port", str(free_port())]
    refused = subprocess.run(other, capture_output=True, text=True, timeout=PATIENCE)
    assert refused.returncode == 3
    assert f"127.0.0.1:{fleet.port}" in refused.stderr


def test_a_signal_ends_it_and_what_a_killed_one_left_is_ended_by_the_next() -> None:
    with short_folder() as folder:
        folder.chmod(0o755)
        with started(folder, "--min", "1", "--max", "1", **QUICK) as fleet:
            fleet.wait(1)
            first = fleet.pids()
            fleet.process.kill()
            fleet.process.wait()
            fleet.start("--min", "1", "--max", "1", **QUICK)
            fleet.wait(1)
            second = fleet.pids()
            assert not left(first)
            assert fresh(fleet) == 200
            assert fleet.stop() == 0
            assert not left(second)
            assert not list((folder / "data" / "fleet").glob("*/*.pid"))
