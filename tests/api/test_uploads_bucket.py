"""Uploads that are kept in a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import library
from .house import House, until
from .test_edit import delete, gone
from .test_upload import bearer, found, id_of, kept, picture, send
from .test_uploads_followed import ingest

pytestmark = pytest.mark.server


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty one, which the environment has the way to."""
    moto = pytest.importorskip("moto.server")
    import boto3

    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="uploads-of-a-test")
    client.close()
    yield "s3://uploads-of-a-test/kept"
    running.stop()


def test_an_upload_is_kept_found_sent_and_deleted(bucket: str, tmp_path: Path) -> None:
    library.save(tmp_path / "pictures" / "red.png", (40, 30), library.RED)
    data, id = picture(), id_of(picture())
    with House(tmp_path / "pictures", tmp_path / "data", uploads=bucket) as house:
        house.settle(1)
        assert send(house, ("red-kite.png", data)).status_code == 201
        until(lambda: found(house, "kite"))
        assert kept(house) == [f"{id[:2]}/{id}.png"]
        assert house.get(f"/i/{id}/original").content == data
        assert ingest(house).unchanged == 1
    with House(tmp_path / "pictures", tmp_path / "data", uploads=bucket) as house:
        assert house.wait_for(f"/i/{id}?w=9", lambda answer: answer.status_code == 200)
        assert send(house, ("a.png", data), headers=bearer(house)).status_code == 200
        assert delete(house, id).status_code == 204
        gone(house, id)
        assert kept(house) == []
