"""Invalidation by cache tag, against moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from calotype.coherence import Moment
from calotype.coherence.cloudfront import CloudFrontEdge
from calotype.coherence.edge import EdgeError

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto")

MOMENT = Moment("e1", 10, 12)
ORIGIN = {"Id": "o", "DomainName": "lb.example.org",
          "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443,
                                 "OriginProtocolPolicy": "https-only"}}  # fmt: skip
DISTRIBUTION = {
    "CallerReference": "test",
    "Comment": "",
    "Enabled": True,
    "Origins": {"Quantity": 1, "Items": [ORIGIN]},
    "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        made = boto3.client("cloudfront")
        yield made
        made.close()


@pytest.fixture
def edge(client: Any) -> CloudFrontEdge:
    made = client.create_distribution(DistributionConfig=DISTRIBUTION)
    return CloudFrontEdge(made["Distribution"]["Id"], client, most=4)


def batches(client: Any, edge: CloudFrontEdge) -> list[dict[str, Any]]:
    id = edge.name.removeprefix("cloudfront-")
    found = client.list_invalidations(DistributionId=id)["InvalidationList"].get("Items", [])
    return [
        client.get_invalidation(DistributionId=id, Id=each["Id"])["Invalidation"][
            "InvalidationBatch"
        ]
        for each in found
    ]


def paths(client: Any, edge: CloudFrontEdge) -> list[str]:
    (batch,) = batches(client, edge)
    assert batch["Paths"]["Quantity"] == len(batch["Paths"]["Items"])
    return list(batch["Paths"]["Items"])


def test_tags_soft_and_hard_are_one_invalidation(client: Any, edge: CloudFrontEdge) -> None:
    edge.purge(["t-red", "img-ab"], ["img-ab", "img-cd"], MOMENT)
    assert paths(client, edge) == ["#img-ab", "#img-cd", "#t-red"]


def test_many_terms_are_every_query(client: Any, edge: CloudFrontEdge) -> None:
    edge.purge([f"t-{n}" for n in range(9)] + ["img-ab"], ["img-cd"], MOMENT)
    assert paths(client, edge) == ["#q", "#img-cd", "#img-ab"]


def test_many_images_are_everything(client: Any, edge: CloudFrontEdge) -> None:
    edge.purge(["q", *(f"img-{n}" for n in range(9))], [], MOMENT)
    assert paths(client, edge) == ["/*"]


def test_everything_is_one_path(client: Any, edge: CloudFrontEdge) -> None:
    edge.purge(["*"], ["img-ab"], MOMENT)
    assert paths(client, edge) == ["/*"]


def test_nothing_costs_nothing(client: Any, edge: CloudFrontEdge) -> None:
    edge.purge([], [], MOMENT)
    assert batches(client, edge) == []


def test_what_is_sent_again_has_the_same_reference_and_what_is_not_has_another(
    client: Any, edge: CloudFrontEdge
) -> None:
    for seq in (12, 12, 13):
        edge.purge(["t-red"], [], Moment("e1", 10, seq))
    one, again, other = (batch["CallerReference"] for batch in batches(client, edge))
    assert (one == again, one == other) in ((True, False), (False, True), (False, False))
    assert len({one, again, other}) == 2


def test_what_aws_refuses_is_an_error(client: Any) -> None:
    edge = CloudFrontEdge("ENOSUCH", client, most=4)
    client.meta.events.register(
        "before-send.cloudfront.CreateInvalidation", lambda **_: throttled()
    )
    with pytest.raises(EdgeError, match="TooManyInvalidationsInProgress"):
        edge.purge(["t-red"], [], MOMENT)


def throttled() -> Any:
    from botocore.awsrequest import AWSResponse

    body = (
        b"<ErrorResponse><Error><Type>Sender</Type><Code>TooManyInvalidationsInProgress</Code>"
        b"<Message>wait</Message></Error></ErrorResponse>"
    )

    class Raw:
        def stream(self, **_: object) -> Iterator[bytes]:
            yield body

    return AWSResponse("https://cloudfront.amazonaws.com/", 400, {}, Raw())
