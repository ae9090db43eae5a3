"""Reads never touch the catalog: with its database down, search and delivery go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype import keeper
from tests.api.house import House, until
from tests.contract.postgres import Server, running_server
from tests.decode.pictures import sample

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("catalog down")]


@pytest.fixture
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


def assert_answers(house: House) -> None:
    """Everything that reads."""
    (hit,) = house.get("/search?q=fox").json()["results"]
    assert house.get("/image/fox?w=20").headers["content-type"].startswith("image/")
    for path in (f"/i/{hit['id']}?w=21", f"/i/{hit['id']}/original", f"/images/{hit['id']}"):
        assert house.get(path).status_code == 200, path
    assert house.get("/search?q=").json()["total"] == 2
    assert house.get("/readyz").status_code == 200
    assert house.get("/healthz").status_code == 200


def test_search_and_delivery_go_on_without_the_database(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "RETRY", 0.1)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "fox.png").write_bytes(sample("png"))
    (pictures / "owl.jpg").write_bytes(sample("jpeg"))
    catalog = postgres.database("calotype")
    with House(pictures, tmp_path / "data", watch=True, catalog=catalog) as house:
        house.settle(2)
        postgres.stop()
        until(lambda: house.metric("errors_total", part="index", what="CatalogUnavailable"))
        assert_answers(house)

        (pictures / "harbour.webp").write_bytes(sample("webp"))
        until(lambda: house.metric("errors_total", part="watch", what="CatalogUnavailable"))
        assert_answers(house)

        postgres.start()
        until(lambda: house.get("/search?q=harbour").json()["total"] == 1, "the new image")
