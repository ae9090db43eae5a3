"""What goes over the wire to an edge; the edge itself is in tests/fleet/test_coherence.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calotype.coherence import Moment
from calotype.coherence.edge import EdgeError
from calotype.coherence.varnish import MOST_BYTES, VarnishEdge

from ..fleet.origin import Origin, Reply, Seen

MOMENT = Moment("e1", 10, 12)


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made


@pytest.fixture
def edge(origin: Origin) -> Iterator[VarnishEdge]:
    made = VarnishEdge(f"http://127.0.0.1:{origin.port}", "secret", timeout=30)
    yield made
    made.close()


def marks(seen: Seen) -> dict[str, str]:
    return {name: value for name, value in seen.headers.items()
            if name.startswith(("x-purge", "xkey"))}  # fmt: skip


def test_a_purge_says_what_for_and_removes_before_it_makes_stale(
    origin: Origin, edge: VarnishEdge
) -> None:
    edge.purge(["t-red", "img-ab"], ["img-cd"], MOMENT)
    hard, soft = origin.seen
    always = {
        "x-purge-key": "secret",
        "x-purge-epoch": "e1",
        "x-purge-from": "10",
        "x-purge-seq": "12",
    }
    assert (hard.method, hard.target) == ("PURGE", "/")
    assert marks(hard) == {**always, "xkey-purge": "img-cd", "x-purge-more": "yes"}
    assert marks(soft) == {**always, "xkey-softpurge": "t-red img-ab"}


def test_nothing_to_purge_is_told_all_the_same(origin: Origin, edge: VarnishEdge) -> None:
    edge.purge([], [], Moment("e1", 12, 12, reset=True))
    (seen,) = origin.seen
    assert seen.headers["x-purge-reset"] == "yes"
    assert not {"xkey-purge", "xkey-softpurge"} & seen.headers.keys()


def test_many_tags_are_several_requests(origin: Origin, edge: VarnishEdge) -> None:
    tags = [f"img-{number:040x}" for number in range(400)]
    edge.purge(tags, [], MOMENT)
    headers = [seen.headers["xkey-softpurge"] for seen in origin.seen]
    assert len(headers) == 3
    assert max(map(len, headers)) <= MOST_BYTES
    assert " ".join(headers).split(" ") == tags
    assert ["x-purge-more" in seen.headers for seen in origin.seen] == [True, True, False]


def test_everything_is_what_is_of_the_catalog(origin: Origin, edge: VarnishEdge) -> None:
    edge.purge(["*"], [], MOMENT)
    assert origin.seen[0].headers["xkey-softpurge"] == "epoch-e1"


@pytest.mark.parametrize(("status", "said"), [(403, "CALOTYPE_PURGE_SECRET"), (503, "status 503")])
def test_an_edge_that_refuses_is_an_error(
    origin: Origin, edge: VarnishEdge, status: int, said: str
) -> None:
    origin.answer = lambda seen: Reply(status)
    with pytest.raises(EdgeError, match=said):
        edge.purge(["q"], [], MOMENT)


def test_a_connection_that_was_closed_meanwhile_is_made_anew(
    origin: Origin, edge: VarnishEdge
) -> None:
    edge.purge(["q"], [], MOMENT)
    answers: list[Reply | None] = [None, Reply()]
    origin.answer = lambda seen: answers.pop(0)
    edge.purge(["q"], [], MOMENT)
    assert answers == []


def test_an_edge_that_is_not_there_is_an_error(origin: Origin, edge: VarnishEdge) -> None:
    origin.close()
    with pytest.raises(EdgeError, match="refused"):
        edge.purge(["q"], [], MOMENT)
    assert "secret" not in edge.name
