"""The VCL: its `.vtc` files, and what they cannot do."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from calotype.api import params
from calotype.deliver import negotiate
from calotype.render.parameters import ALIASES, ORDER

from ..deliver.test_negotiate import BROWSERS, PIECES
from .origin import Answer, Origin, Reply, Seen
from .programs import DEPLOY, PATIENCE, SECRET, Balancer, Edge, http, program

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("edge")]
ROOT = DEPLOY.parent
CASES = sorted((DEPLOY / "edge" / "tests").glob("*.vtc"))
TOKENS = {"image/avif,image/webp": "avif-webp", "image/avif": "avif", "image/webp": "webp",
          "*/*": "none"}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case(case: Path) -> None:
    command = [
        program("varnishtest"),
        "-t",
        str(int(2 * PATIENCE)),
        f"-Dsecret={SECRET}",
        str(case),
    ]
    environment = {**os.environ, "CALOTYPE_PURGE_SECRET": SECRET}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-20_000:]


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made


@pytest.fixture(scope="module")
def edge(origin: Origin) -> Iterator[Edge]:
    with Edge.start(origin.port) as made:
        yield made


@pytest.fixture(autouse=True)
def _as_before(request: pytest.FixtureRequest) -> None:
    if "origin" in request.fixturenames:
        origin: Origin = request.getfixturevalue("origin")
        origin.answer = lambda seen: Reply()


def seen_of(edge: Edge, origin: Origin, target: str, headers: dict[str, str]) -> Seen:
    """The request as the origin gets it."""
    http.get(edge.url + target, headers=headers)
    return origin.seen[-1]


HEADERS = st.one_of(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=80),
    st.lists(PIECES, max_size=20).map("".join),
).map(str.strip)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(accept=HEADERS)
@example(accept="")
@example(accept="image/avif;q=1.,image/webp;q=0.")
@example(accept='image/webp;level=1;q=0, image/webp ; Q = "0.5" ;x')
@example(accept="image/webp;quality=1,image/avif;;q=0.3;q=0")
@example(accept="a/b," * 63 + "image/avif")
@example(accept="a/b," * 64 + "image/avif")
@example(accept="image/avif" + ",a/b" * 1500)
def test_accept_is_reduced_as_the_origin_does(edge: Edge, origin: Origin, accept: str) -> None:
    sent = seen_of(edge, origin, "/i/ab", {"accept": accept}).headers["accept"]
    assert TOKENS[sent] == negotiate.token(accept)


@pytest.mark.parametrize(("accept", "meant"), BROWSERS.values(), ids=BROWSERS)
def test_the_origin_takes_the_reduced_as_the_original(
    edge: Edge, origin: Origin, accept: str, meant: str
) -> None:
    sent = seen_of(edge, origin, "/image/x", {"accept": accept}).headers["accept"]
    assert negotiate.token(sent) == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [("on", "on"), ("ON", "on"), ("On ;x=1", "on"), ("off", None), ("one", None), ("on, on", None)],
)
def test_save_data_is_on_or_nothing(
    edge: Edge, origin: Origin, value: str, meant: str | None
) -> None:
    assert seen_of(edge, origin, "/i/ab", {"save-data": value}).headers.get("save-data") == meant


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("/i/a?w=1&utm=2&h=3", "/i/a?h=3&w=1"),
        ("/i/a?n=2&w64=MQ&limit=3&f=crop&inv64=eA", "/i/a?f=crop&inv64=eA&w64=MQ"),
        ("/i/a?width=3&w", "/i/a?w"),
        ("/i/a?x", "/i/a"),
        ("/i/a?x=1&y=2&&", "/i/a"),
        ("/i/a?%77=1&x=2", "/i/a?%77=1"),
        ("/i/a?x=1&w=1&s=abc", "/i/a?s=abc&w=1&x=1"),
        ("/i/a/original?w=1&expires=2", "/i/a/original?expires=2"),
        ("/image/a?n=2&tag=b&tag=a&limit=1", "/image/a?n=2&tag=a&tag=b"),
        ("/search?w=1&q=a&limit=2&color=red", "/search?color=red&limit=2&q=a"),
        ("/images/a?x=1", "/images/a"),
        ("/iiif/3/a/full/max/0/default.jpg?x=1", "/iiif/3/a/full/max/0/default.jpg"),
        ("/other?b=1&a=2", "/other?a=2&b=1"),
    ],
)
def test_parameters_are_sorted_and_filtered(
    edge: Edge, origin: Origin, asked: str, sent: str
) -> None:
    assert seen_of(edge, origin, asked, {}).target == sent


def test_every_parameter_of_a_route_reaches_it(edge: Edge, origin: Origin) -> None:
    render = [*ORDER, *ALIASES, *(f"{name}64" for name in (*ORDER, *ALIASES))]
    filters = [each["name"] for each in params.FILTERS]
    names = {*render, *filters, "n", "expires"}
    sent = seen_of(edge, origin, "/image/x?" + "&".join(f"{name}=1" for name in names), {}).target
    assert set(sent.partition("?")[2].split("&")) == {f"{name}=1" for name in names}


def test_the_known_parameters_are_up_to_date() -> None:
    command = [sys.executable, "tools/edge_parameters.py", "--check"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_large_original_is_streamed_and_not_kept(edge: Edge, origin: Origin) -> None:
    lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
    origin.answer = lambda seen: Reply(body=b"x" * ((32 << 20) + 1), headers=lasting)
    before = len(origin.seen)
    for _ in range(2):
        assert len(http.get(edge.url + "/i/large/original").content) == (32 << 20) + 1
    assert len(origin.seen) - before == 2
    http.get(edge.url + "/i/large/original", headers={"range": "bytes=5-9"})
    assert origin.seen[-1].headers["range"] == "bytes=5-9"


def test_a_large_body_takes_the_place_of_many_small_ones(edge: Edge, origin: Origin) -> None:
    """In a full store of 64 MB, as `Edge.start` has it."""
    lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
    origin.answer = lambda seen: Reply(body=b"x" * 100_000, headers=lasting)
    for n in range(800):
        assert http.get(f"{edge.url}/i/small/original?expires={n}").status_code == 200
    origin.answer = lambda seen: Reply(body=b"x" * 20_000_000, headers=lasting)
    for n in range(4):
        assert len(http.get(f"{edge.url}/i/large/original?expires={n}").content) == 20_000_000


def alone(url: str) -> httpx.Response:
    """With a connection of its own: two hundred threads are more than one client's pool bears."""
    with httpx.Client(verify=False, timeout=PATIENCE) as client:
        return client.get(url)


def test_two_hundred_who_ask_at_once_are_one_request(edge: Edge, origin: Origin) -> None:
    release = threading.Event()

    def slow(seen: Seen) -> Reply:
        assert release.wait(PATIENCE)
        return Reply(headers={"Cache-Control": "public, max-age=31536000, immutable"})

    origin.answer = slow
    before = len(origin.seen)
    with ThreadPoolExecutor(200) as pool:
        asked = [pool.submit(alone, f"{edge.url}/i/crowd?w=1&x={n}") for n in range(200)]
        release.set()
        assert {each.result().status_code for each in asked} == {200}
    assert len(origin.seen) - before == 1


def test_a_body_that_breaks_off_comes_whole_from_another_instance() -> None:
    """What the load balancer has begun to send it cannot take back; the edge asks again."""
    whole = b"pixels" * 50_000
    lasting = {"Cache-Control": "public, max-age=31536000, immutable"}
    with Balancer.start() as balancer, Origin("i1") as one, Origin("i2") as two:
        for name, instance in (("i1", one), ("i2", two)):
            balancer.put(name, instance.port)
            balancer.wait(name, "UP")
        with Edge.start(balancer.port) as edge:
            one.answer = dies(one, whole, lasting)
            two.answer = lambda seen: Reply(body=whole, headers=lasting)
            answers = [http.get(f"{edge.url}/i/{n}") for n in range(20)]
    assert one.seen
    assert all(answer.content == whole for answer in answers)


def dies(instance: Origin, whole: bytes, headers: dict[str, str]) -> Answer:
    """Half a body, and nothing is listening any more."""

    def answer(seen: Seen) -> Reply:
        threading.Thread(target=instance.close).start()
        return Reply(body=whole, headers=headers, truncate=len(whole) // 2)

    return answer


def test_all_instances_gone() -> None:
    """What was kept is sent; what was not is a problem document; and that is not kept."""
    lasting = {
        "Cache-Control": "public, max-age=60, s-maxage=86400, stale-while-revalidate=86400",
        "Cache-Tag": "q",
    }
    with Balancer.start() as balancer, Origin() as origin, Edge.start(balancer.port) as edge:
        balancer.put("i1", origin.port)
        balancer.wait("i1", "UP")
        origin.answer = lambda seen: Reply(body=b"kept", headers=lasting)
        assert http.get(edge.url + "/image/x").content == b"kept"
        assert edge.purge(soft="q").headers["x-purged"] == "1"
        origin.answer = lambda seen: Reply(500)
        assert http.get(edge.url + "/image/x").content == b"kept"
        assert http.get(edge.url + "/image/y").status_code == 503
        origin.close()
        balancer.wait("i1", "DOWN")
        assert http.get(edge.url + "/image/x").content == b"kept"
        cold = http.get(edge.url + "/image/y")
        assert (cold.status_code, cold.json()["code"]) == (503, "unavailable")
        assert cold.headers["content-type"] == "application/problem+json"
        with Origin() as another:
            another.answer = lambda seen: Reply(body=b"mended", headers=lasting)
            balancer.put("i2", another.port)
            balancer.wait("i2", "UP")
            origin_back = http.get(edge.url + "/image/y")
        assert origin_back.content == b"mended"
