"""Reads never touch the catalog: with its database down, search and delivery go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calotype import keeper, leading, report
from calotype.errors import BadSetting
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
    monkeypatch.setattr(report, "RETRY", 0.1)
    monkeypatch.setattr(leading, "CHECK", 0.1)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "fox.png").write_bytes(sample("png"))
    (pictures / "owl.jpg").write_bytes(sample("jpeg"))
    catalog = postgres.database("calotype")
    with House(pictures, tmp_path / "data", watch=True, catalog=catalog, secret="s") as house:
        house.settle(2)
        postgres.stop()
        until(lambda: house.metric("errors_total", part="index", what="CatalogUnavailable"))
        assert_answers(house)

        (pictures / "harbour.webp").write_bytes(sample("webp"))
        until(lambda: not house.services.keeper.leads)
        assert_answers(house)

        postgres.start()
        until(lambda: house.get("/search?q=harbour").json()["total"] == 1, "the new image")


def test_a_start_without_the_database_serves_the_index_that_is_there(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RETRY", 0.1)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "fox.png").write_bytes(sample("png"))
    (pictures / "owl.jpg").write_bytes(sample("jpeg"))
    how = {"catalog": postgres.database("calotype"), "secret": "s", "watch": True}
    with House(pictures, tmp_path / "data", **how) as house:
        house.settle(2)
    postgres.stop()
    with House(pictures, tmp_path / "data", **how) as house:
        until(lambda: house.get("/readyz").status_code == 200, "readiness")
        assert_answers(house)
        postgres.start()
        until(lambda: house.services.keeper.leads)
        (pictures / "harbour.webp").write_bytes(sample("webp"))
        until(lambda: house.get("/search?q=harbour").json()["total"] == 1, "the new image")


def test_a_new_instance_without_the_database_serves_a_snapshot(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "RETRY", 0.1)
    monkeypatch.setattr(keeper, "PUBLISH", 0.1)
    pictures, derived = tmp_path / "pictures", tmp_path / "derived"
    pictures.mkdir()
    (pictures / "fox.png").write_bytes(sample("png"))
    (pictures / "owl.jpg").write_bytes(sample("jpeg"))
    how = {"catalog": postgres.database("calotype"), "secret": "s", "derived": str(derived)}
    with House(pictures, tmp_path / "old", **how) as house:
        until(lambda: list(derived.rglob("*.tar")), "a snapshot")
        house.settle(2)
    postgres.stop()
    with House(pictures, tmp_path / "new", **how) as house:
        until(lambda: house.get("/readyz").status_code == 200, "readiness")
        assert house.get("/search?q=fox").json()["total"] == 1
        postgres.start()
        until(lambda: house.services.keeper.leads)


def test_a_shared_catalog_needs_a_shared_secret(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"CALOTYPE_SECRET must be set .* openssl rand -hex 32"):
        House(tmp_path, tmp_path / "data", catalog="postgresql+psycopg://nobody@/nothing")
