"""HAProxy as it is configured, in front of small instances."""

from __future__ import annotations

import csv
import io
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from .origin import Origin, Reply, Seen
from .programs import DEPLOY, PATIENCE, Balancer, Edge, http, program, short_folder, until

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("lb")]
PLACES = ("i1", "i2", "i3")


class Farm:
    """Three instances behind the load balancer, all ready."""

    def __init__(self, balancer: Balancer, origins: dict[str, Origin]) -> None:
        self.balancer, self.origins = balancer, origins

    def get(self, target: str, method: str = "GET") -> httpx.Response:
        return http.request(method, self.balancer.url + target)

    def place(self, target: str) -> str:
        return self.get(target).headers["x-instance"]


@pytest.fixture
def farm() -> Iterator[Farm]:
    with ExitStack() as stack:
        balancer = stack.enter_context(Balancer.start())
        origins = {name: stack.enter_context(Origin(name)) for name in PLACES}
        for name, origin in origins.items():
            balancer.put(name, origin.port)
        for name in PLACES:
            balancer.wait(name, "UP")
        yield Farm(balancer, origins)


def test_the_configuration_has_no_warning() -> None:
    haproxy = program("haproxy")
    with short_folder() as folder:
        (folder / "servers.state").write_text("1\n")
        checked = subprocess.run(
            [haproxy, "-c", "-dW", "-f", str(DEPLOY / "lb" / "haproxy.cfg")],
            env={"CALOTYPE_LB_RUN": str(folder)}, capture_output=True, text=True,
        )  # fmt: skip
    assert checked.returncode == 0, checked.stderr


def test_a_url_lives_on_one_instance_however_it_is_sorted(farm: Farm) -> None:
    places = {farm.place(target) for target in ("/i/a?h=1&w=2", "/i/a?w=2&h=1") for _ in range(5)}
    assert len(places) == 1


def test_urls_are_spread(farm: Farm) -> None:
    assert {farm.place(f"/i/{n}") for n in range(60)} == set(PLACES)


def test_an_instance_that_goes_moves_only_its_own_urls(farm: Farm) -> None:
    before = {n: farm.place(f"/i/{n}") for n in range(60)}
    farm.balancer.tell("set server instances/i2 state drain")
    after = {n: farm.place(f"/i/{n}") for n in range(60)}
    assert {n for n in before if after[n] != before[n]} == {n for n in before if before[n] == "i2"}


def test_a_hot_instance_passes_some_on(farm: Farm) -> None:
    """Twelve at once of one URL: no instance has more than half as much again as the average."""
    everyone = threading.Barrier(12)

    def together(seen: Seen) -> Reply:
        everyone.wait(PATIENCE)
        return Reply()

    for origin in farm.origins.values():
        origin.answer = together
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(farm.get, ["/i/hot"] * 12))
    counts = sorted(len(origin.seen) for origin in farm.origins.values())
    assert sum(counts) == 12
    assert counts[-1] <= 8


@pytest.mark.parametrize("fault", [None, Reply(500), Reply(502), Reply(503)], ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_is_tried_on_another(farm: Farm, method: str, fault: Reply | None) -> None:
    home = farm.origins[farm.place("/i/x")]
    home.answer = lambda seen: fault
    answer = farm.get("/i/x", method)
    assert answer.status_code == 200
    assert answer.headers["x-instance"] != home.name


def test_a_dead_instance_is_noticed_by_nobody(farm: Farm) -> None:
    home = farm.place("/i/x")
    farm.origins[home].close()
    assert farm.get("/i/x").status_code == 200
    farm.balancer.wait(home, "DOWN")


def test_a_504_is_not_tried_again(farm: Farm) -> None:
    for origin in farm.origins.values():
        origin.answer = lambda seen: Reply(504)
    assert farm.get("/i/x").status_code == 504
    assert sum(len(origin.seen) for origin in farm.origins.values()) == 1


@pytest.mark.parametrize("fault", [None, Reply(500), Reply(503)], ids=str)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_writing_is_sent_once(farm: Farm, method: str, fault: Reply | None) -> None:
    for origin in farm.origins.values():
        origin.answer = lambda seen: fault
    url = farm.balancer.url + "/images"  # on a connection of its own: on a kept one it is closed
    answer = httpx.request(method, url, timeout=PATIENCE, verify=False)
    assert answer.status_code >= 500
    assert sum(len(origin.seen) for origin in farm.origins.values()) == 1


def test_uploads_go_to_any_instance(farm: Farm) -> None:
    for _ in range(40):
        farm.get("/images", "POST")
    assert all(origin.seen for origin in farm.origins.values())


def test_an_instance_that_drains_finishes_what_it_has(farm: Farm) -> None:
    begun, finish = threading.Event(), threading.Event()

    def slow(seen: Seen) -> Reply:
        begun.set()
        assert finish.wait(PATIENCE)
        return Reply(body=b"finished")

    home = farm.origins[farm.place("/i/x")]
    home.answer = slow
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(farm.get, "/i/x")
        assert begun.wait(PATIENCE)
        home.ready = 503
        farm.balancer.wait(home.name, "NOLB")
        assert farm.place("/i/x") != home.name
        finish.set()
        assert under_way.result().content == b"finished"
    home.ready = 200
    farm.balancer.wait(home.name, "UP")


def test_what_an_instance_had_when_it_hung_is_asked_of_another(farm: Farm) -> None:
    """Through the edge: the load balancer gives the request up, the edge asks again."""
    begun, finish = threading.Event(), threading.Event()

    def never(seen: Seen) -> Reply:
        begun.set()
        finish.wait(PATIENCE)
        return Reply()

    home = farm.origins[farm.place("/i/x")]
    home.answer = never
    with Edge.start(farm.balancer.port) as edge, ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(http.get, edge.url + "/i/x")
        assert begun.wait(PATIENCE)
        home.lively.clear()
        try:
            farm.balancer.wait(home.name, "DOWN")
            answer = under_way.result()
        finally:
            finish.set()
    assert answer.status_code == 200
    assert answer.headers["x-instance"] != home.name


def test_one_that_starts_gets_nothing_before_it_is_ready(farm: Farm) -> None:
    with Origin("i4") as late:
        late.ready = 503
        farm.balancer.put("i4", late.port)
        farm.balancer.wait("i4", "NOLB", "DOWN")
        late.seen.clear()
        for n in range(40):
            farm.get(f"/i/{n}")
        assert late.seen == []


def test_without_any_instance_there_is_a_problem_document() -> None:
    with Balancer.start() as balancer:
        answer = http.get(balancer.url + "/i/x")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["code"] == "unavailable"
        assert http.get(balancer.url + "/lbz").status_code == 503


def test_draining_all_of_them_is_having_none(farm: Farm) -> None:
    for origin in farm.origins.values():
        origin.ready = 503
    for name in PLACES:
        farm.balancer.wait(name, "NOLB")
    assert farm.get("/lbz").status_code == 503


def test_the_queue_is_bounded() -> None:
    """One request at a time, two may wait: the fourth is refused at once."""
    finish = threading.Event()

    def slow(seen: Seen) -> Reply:
        assert finish.wait(PATIENCE)
        return Reply()

    limits = {"CALOTYPE_LB_MAXCONN": "1", "CALOTYPE_LB_QUEUE": "2"}
    with Balancer.start(**limits) as balancer, Origin() as origin, ThreadPoolExecutor(3) as pool:
        balancer.put("i1", origin.port)
        balancer.wait("i1", "UP")
        origin.answer = slow
        try:
            waiting = [pool.submit(http.get, f"{balancer.url}/{n}")
                       for n in range(3)]  # fmt: skip
            until(lambda: "qcur" in balancer.tell("show stat") and _queued(balancer) == 2, "2 wait")
            refused = http.get(balancer.url + "/4")
        finally:
            finish.set()
        assert refused.status_code == 503
        assert refused.json()["code"] == "overloaded"
        assert refused.headers["retry-after"] == "1"
        assert [each.result().status_code for each in waiting] == [200, 200, 200]


def _queued(balancer: Balancer) -> int:
    rows = (row.split(",") for row in balancer.tell("show stat").splitlines())
    return sum(int(row[2]) for row in rows if row[0] == "instances" and row[1] != "BACKEND")


def _upload(balancer: Balancer, sent: int, length: int) -> socket.socket:
    """A POST of which only so many bytes of the body have come."""
    connection = socket.create_connection(("127.0.0.1", balancer.port), PATIENCE)
    head = f"POST /images HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + b"x" * sent)
    return connection


def _busy(balancer: Balancer) -> int:
    rows = csv.DictReader(io.StringIO(balancer.tell("show stat").removeprefix("# ")))
    return next(int(row["scur"]) for row in rows if row["svname"] == "i1")


def test_bodies_that_do_not_end_leave_places_to_reading() -> None:
    """Four places, two for changes: the third change is refused, and reading goes on."""
    limits = {"CALOTYPE_LB_MAXCONN": "4", "CALOTYPE_LB_WRITES": "2"}
    with Balancer.start(**limits) as balancer, Origin() as origin, ExitStack() as stack:
        balancer.put("i1", origin.port)
        balancer.wait("i1", "UP")
        held = [stack.enter_context(_upload(balancer, 30_000, 40_000)) for _ in range(2)]
        until(lambda: _busy(balancer) == 2, "2 under way")
        refused = [http.post(balancer.url + "/images", content=b"x") for _ in range(3)]
        assert {(each.status_code, each.json()["code"]) for each in refused} == {
            (503, "overloaded")
        }
        assert refused[0].headers["retry-after"] == "5"
        assert http.get(balancer.url + "/i/x").status_code == 200
        held[0].sendall(b"x" * 10_000)
        assert held[0].recv(12) == b"HTTP/1.1 200"
        until(lambda: http.post(balancer.url + "/images").status_code == 200, "a place again")


def test_a_body_that_does_not_begin_never_has_a_place() -> None:
    with Balancer.start(CALOTYPE_LB_BODY="200ms") as balancer, Origin() as origin:
        balancer.put("i1", origin.port)
        balancer.wait("i1", "UP")
        with _upload(balancer, 3, 10) as connection:
            answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"too-slow"' in answer
        assert origin.seen == []


def test_five_reloads_lose_no_request(farm: Farm) -> None:
    stop, failed, done = threading.Event(), [], []

    def load(number: int) -> None:
        with httpx.Client(verify=False, timeout=PATIENCE) as client:
            while not stop.is_set():
                try:
                    answer = client.get(f"{farm.balancer.url}/i/{number}")
                except httpx.TransportError as error:
                    failed.append(repr(error))
                else:
                    done.append(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            pool.submit(load, number)
        try:
            for _ in range(5):
                farm.balancer.reload()
                reached = len(done) + 200
                until(lambda reached=reached: len(done) >= reached, "200 more")  # type: ignore[misc]
        finally:
            stop.set()
    assert failed == []
    assert set(done) == {200}
    assert [farm.balancer.state(name) for name in PLACES] == ["UP", "UP", "UP"]


def test_statistics_are_a_page_and_for_prometheus(farm: Farm) -> None:
    assert "instances" in http.get(farm.balancer.stats).text
    figures = http.get(farm.balancer.stats + "/metrics").text
    assert "haproxy_backend_http_responses_total" in figures
