"""Uploads through a real server: what only a socket shows."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from calotype.catalog import Catalog

from .service import PATIENCE, Service, status, until


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str, Path]]:
    """A service, a key for it, and its data folder."""
    folder = tmp_path_factory.mktemp("writable")
    (folder / "pictures").mkdir()
    Image.new("RGB", (40, 30), "red").save(folder / "pictures" / "red.png")
    data = folder / "data"
    limit = {"CALOTYPE_UPLOAD_MAX_REQUEST_BYTES": str(20 << 20)}
    with Service(folder / "pictures", folder / "house", "--data", str(data), **limit) as service:
        catalog = Catalog.open(f"sqlite:///{data}/catalog.sqlite")
        yield service, catalog.keys.create(["write"]), data
        catalog.close()


def test_a_large_upload_goes_through_to_the_search(writable: tuple[Service, str, Path]) -> None:
    service, key, _ = writable
    made = io.BytesIO()
    Image.new("RGB", (2600, 2000), "navy").save(made, "BMP")  # no format of ours, 15 MB
    good = io.BytesIO()
    Image.effect_noise((1600, 1200), 90).save(good, "PNG")  # 2 MB that nothing compresses
    answer = httpx.post(
        f"{service.url}/images",
        files=[("file", ("noise.png", good.getvalue())), ("file", ("navy.bmp", made.getvalue()))],
        headers={"authorization": f"Bearer {key}"},
        timeout=PATIENCE,
    )
    assert answer.status_code == 201
    assert [each["status"] for each in answer.json()["images"]] == [201, 422]
    until(lambda: service.get("/search?q=noise").json()["total"] == 1, "the upload")


def begin(service: Service, key: str, length: int) -> socket.socket:
    """A request that says it has a body of `length` bytes."""
    connection = socket.create_connection(("127.0.0.1", service.port), PATIENCE)
    connection.sendall(
        b"POST /images HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=XX\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (key.encode(), length)
    )
    return connection


@pytest.mark.parametrize(("key", "expected"), [("", 401), ("good", 413)])
def test_what_is_refused_anyway_is_refused_before_it_is_sent(
    writable: tuple[Service, str, Path], key: str, expected: int
) -> None:
    service, good, _ = writable
    with begin(service, good if key else "ck_x", 3 << 30) as connection:
        assert status(connection.recv(4096)) == expected


def test_who_hangs_up_in_the_middle_leaves_no_file(writable: tuple[Service, str, Path]) -> None:
    service, key, data = writable
    opened = Path(f"/proc/{service.process.pid}/fd")

    def held() -> list[str]:
        links = [str(path.readlink()) for path in opened.iterdir() if path.is_symlink()]
        return [link for link in links if link.startswith(str(data / "incoming"))]

    with begin(service, key, 10 << 20) as connection:
        head = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        connection.sendall(head + b"x" * (5 << 20))
        until(held, "a temporary file")
    until(lambda: not held(), "the end of it")
    assert list((data / "incoming").iterdir()) == []
