"""With the catalog's database down a change is a 503, and none that was acknowledged is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.house import House, until
from tests.api.test_edit import etag
from tests.api.test_upload import bearer, found, id_of, picture, send
from tests.contract.postgres import Server, running_server
from tests.decode.pictures import sample

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("catalog down")]


@pytest.fixture
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


def assert_no_change(house: House, id: str, headers: dict[str, str]) -> None:
    for answer in (
        send(house, ("b.png", picture("#222222")), headers=headers),
        house.request("PATCH", f"/images/{id}", json={"title": "Vixen"}, headers=headers),
        house.request("DELETE", f"/images/{id}", headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "catalog-unavailable")
        assert int(answer.headers["retry-after"]) > 0


def test_a_change_is_a_503_while_the_database_is_down(postgres: Server, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "fox.png").write_bytes(sample("png"))
    with House(
        pictures, tmp_path / "data", catalog=postgres.database("calotype"), secret="s"
    ) as house:
        house.settle(1)
        headers, id = bearer(house), house.image("fox.png").id
        assert send(house, ("a.png", picture("#111111")), headers=headers).status_code == 201
        edit = {"json": {"title": "Vixen"}, "headers": headers}
        assert house.request("PATCH", f"/images/{id}", **edit).status_code == 200
        postgres.stop()
        assert_no_change(house, id, headers)
        postgres.start()
        until(lambda: found(house, "vixen"), "the edit")
        until(lambda: found(house, id_of(picture("#111111"))), "the upload")

        def again() -> bool:
            answer = send(house, ("b.png", picture("#222222")), headers=headers)
            return answer.status_code in (200, 201)

        until(again, "an upload after the database was back")
        assert etag(house, id)


def test_a_change_is_a_503_while_the_database_says_nothing(
    postgres: Server, tmp_path: Path
) -> None:
    """Its host answers, and it does not: nothing but the clock tells."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "fox.png").write_bytes(sample("png"))
    with House(
        pictures, tmp_path / "data", catalog=postgres.database("calotype"), secret="s"
    ) as house:
        house.settle(1)
        headers, id = bearer(house), house.image("fox.png").id
        assert send(house, ("a.png", picture("#111111")), headers=headers).status_code == 201
        with postgres.frozen():
            assert_no_change(house, id, headers)
            assert house.get(f"/i/{id}?w=20").status_code == 200
            assert house.get("/search?q=fox").json()["total"] == 1
        edit = {"json": {"title": "Vixen"}, "headers": headers}
        until(lambda: house.request("PATCH", f"/images/{id}", **edit).status_code == 200)
