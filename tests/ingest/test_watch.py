"""A folder that is served is followed: what changes in it can be found without being told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.house import House, until
from tests.decode.pictures import sample

pytestmark = pytest.mark.xdist_group("watch")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    (folder / "fox.png").write_bytes(sample("png"))
    (folder / "sub" / "owl.jpg").write_bytes(sample("jpeg"))
    return folder


@pytest.fixture
def house(folder: Path, tmp_path: Path) -> Iterator[House]:
    """Served, settled, and with the first whole comparison of the watch behind it."""
    with House(folder, tmp_path / "data", watch=True) as house:
        house.settle(2)
        yield house


def found(house: House, query: str) -> list[str]:
    hits = house.get(f"/search?q={query}&limit=100").json()["results"]
    return sorted(hit["name"] for hit in hits)


def wait_for(house: House, query: str, names: list[str]) -> None:
    until(lambda: found(house, query) == names, f"{query} → {names}")


def test_a_new_file(house: House, folder: Path) -> None:
    (folder / "sub" / "harbour.webp").write_bytes(sample("webp"))
    wait_for(house, "harbour", ["sub/harbour.webp"])


def test_a_file_that_is_written_slowly_is_taken_when_it_is_whole(
    house: House, folder: Path
) -> None:
    data = sample("jpeg", 400, 300)
    with (folder / "harbour.jpg").open("wb", buffering=0) as file:
        file.write(data[:900])
        until(lambda: house.metric("refused_total", reason="truncated"), "a first look")
        file.write(data[900:])
    wait_for(house, "harbour", ["harbour.jpg"])


def test_a_changed_file(house: House, folder: Path) -> None:
    (before,) = house.get("/search?q=fox").json()["results"]
    (folder / "fox.png").write_bytes(sample("png", 200, 100))

    def changed() -> bool:
        (now,) = house.get("/search?q=fox").json()["results"]
        return bool(now["id"] != before["id"] and now["width"] == 200)

    until(changed, "the new fox")
    assert found(house, "") == ["fox.png", "sub/owl.jpg"]
    assert house.get(f"/images/{before['id']}").status_code == 404


def test_a_removed_file(house: House, folder: Path) -> None:
    (folder / "fox.png").unlink()
    wait_for(house, "", ["sub/owl.jpg"])


def test_a_moved_file_is_the_same_image(house: House, folder: Path) -> None:
    before = house.image("fox.png")
    (folder / "fox.png").rename(folder / "sub" / "badger.png")
    wait_for(house, "badger", ["sub/badger.png"])
    wait_for(house, "", ["sub/badger.png", "sub/owl.jpg"])
    assert house.image("sub/badger.png").id == before.id


def test_a_folder_that_moves_in_and_out(house: House, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "harbour"
    outside.mkdir()
    (outside / "boat.webp").write_bytes(sample("webp"))
    outside.rename(folder / "harbour")
    wait_for(house, "boat", ["harbour/boat.webp"])
    (folder / "harbour").rename(outside)
    wait_for(house, "", ["fox.png", "sub/owl.jpg"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sub/owl.txt", "A barn at night"),
        ("sub/owl.jpg.json", '{"title": "Barn"}'),
        ("metadata.jsonl", '{"file_name": "sub/owl.jpg", "tags": ["barn"]}'),
        ("sub/metadata.csv", "file_name,title\nowl.jpg,Barn\n"),
    ],
)
def test_a_text_beside_an_image(house: House, folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    wait_for(house, "barn", ["sub/owl.jpg"])
    (folder / name).unlink()
    wait_for(house, "barn", [])


def test_a_file_that_is_no_image_is_counted_and_harms_nothing(house: House, folder: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"nonsense")
    until(lambda: house.metric("refused_total", reason="not-an-image") == 1, "a refusal")
    assert found(house, "") == ["fox.png", "sub/owl.jpg"]


def test_the_folder_goes_away_and_comes_back(house: House, folder: Path, tmp_path: Path) -> None:
    """As a drive does; meanwhile what is known is still found."""
    folder.rename(tmp_path / "away")
    until(lambda: house.metric("errors_total", part="watch", what="SourceUnavailable"), "a fault")
    assert found(house, "") == ["fox.png", "sub/owl.jpg"]
    (tmp_path / "away" / "harbour.webp").write_bytes(sample("webp"))
    (tmp_path / "away").rename(folder)
    wait_for(house, "harbour", ["harbour.webp"])


def test_many_files_at_once(house: House, folder: Path, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for width in range(10, 210):
        (many / f"gull {width}.png").write_bytes(sample("png", width, 10))
    shutil.copytree(many, folder / "gulls")
    until(lambda: house.get("/search?q=gull").json()["total"] == 200, "200 gulls")
