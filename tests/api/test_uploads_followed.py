"""The place for uploads is a source that is always followed, and that nothing waits for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from calotype.catalog import Catalog
from calotype.errors import CatalogUnavailable, SourceUnavailable
from calotype.ingest import Summary

from . import library
from .house import House, until
from .test_edit import delete, patch
from .test_upload import Fresh, found, id_of, kept, picture, send


def ingest(house: House) -> Summary:
    return house.services.keeper._leading._ingest.run(house.services.writing.writes.uploads.source)


def test_ingest_finds_an_upload_unchanged(fresh: Fresh) -> None:
    house = fresh()
    send(house, ("red-kite.png", picture(), {"alt": "A kite"}))
    before = house.services.writing.writes.catalog.last_seq()
    summary = ingest(house)
    assert (summary.unchanged, summary.added, summary.changed) == (1, 0, 0)
    assert house.services.writing.writes.catalog.last_seq() == before


def test_a_file_that_a_crash_kept_from_the_catalog_is_found(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blob first, row second."""
    house = fresh()

    def down(*_: object) -> None:
        raise CatalogUnavailable("The catalog's database does not answer.")

    with monkeypatch.context() as broken:
        broken.setattr(house.services.writing.writes.catalog, "apply", down)
        answer = send(house, ("a.png", picture()))
    assert (answer.status_code, answer.json()["code"]) == (503, "catalog-unavailable")
    assert answer.headers["retry-after"]
    assert len(kept(house)) == 1
    assert ingest(house).added == 1
    until(lambda: found(house, id_of(picture())))


def test_what_was_uploaded_elsewhere_is_followed(fresh: Fresh) -> None:
    house = fresh(watch=True)
    id = id_of(picture())
    place = house.services.writing.writes.uploads.source.key
    library.save(Path(place) / id[:2] / f"{id}.png", (20, 20), library.GREEN)
    until(lambda: house.get("/search").json()["total"] == 3)


def test_uploads_outlive_the_catalog(tmp_path: Path) -> None:
    """Its edits and keys do not: it is what is to be kept copies of."""
    pictures = tmp_path / "pictures"
    library.save(pictures / "red.png", (40, 30), library.RED)
    with House(pictures, tmp_path / "data") as house:
        house.settle(1)
        send(house, ("a.png", picture()))
    for path in (tmp_path / "data").glob("catalog.sqlite*"):
        path.unlink()
    with House(pictures, tmp_path / "data") as house:
        house.settle(2)
        assert found(house, id_of(picture()))[0]["title"] == ""


def test_an_empty_place_is_no_problem_and_nothing_waits_for_it(fresh: Fresh) -> None:
    house = fresh(watch=True)
    until(lambda: house.get("/readyz").status_code == 200)
    assert house.get("/readyz").json()["ingest"]["problem"] == ""
    assert house.metric("errors_total", part="ingest", what="SourceUnavailable") == 0


def test_the_last_upload_may_go(fresh: Fresh) -> None:
    house = fresh()
    send(house, ("a.png", picture()))
    delete(house, id_of(picture()))
    assert ingest(house).removed == 0


def test_uploads_that_are_all_away_are_a_drive_that_is_not_mounted(fresh: Fresh) -> None:
    house = fresh()
    send(house, ("a.png", picture()))
    shutil.rmtree(house.services.writing.writes.uploads.source.key)
    with pytest.raises(SourceUnavailable):
        ingest(house)
    assert house.services.writing.writes.catalog.get(id_of(picture())) is not None


def test_a_listing_that_lags_takes_no_upload_away(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As that of a network drive may, where another instance has just written."""
    house = fresh()
    send(house, ("a.png", picture("#111111")), ("b.png", picture("#222222")))
    source = house.services.writing.writes.uploads.source
    first, *_ = list(source.walk())
    monkeypatch.setattr(source, "walk", lambda under="": iter([first]))
    assert ingest(house).removed == 0
    assert house.services.writing.writes.catalog.count() == 4


def test_the_place_may_not_lie_in_a_source(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    library.save(pictures / "red.png", (40, 30), library.RED)
    with pytest.raises(SourceUnavailable, match="lies inside the source"):
        House(pictures, tmp_path / "data", uploads=str(pictures / "uploads"))


def test_a_source_that_is_read_for_the_first_time_is_waited_for(fresh: Fresh) -> None:
    """Though the uploads have been read by then."""
    keeper = fresh().services.keeper
    keeper._walked = False
    leading = keeper._leading
    assert leading._uploads is not None
    leading._came(leading._uploads, None)
    assert not keeper._walked
    leading._came(leading._sources()[0], None)
    assert keeper._walked


def test_an_edit_outlives_a_restart(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    library.save(pictures / "red.png", (40, 30), library.RED)
    with House(pictures, tmp_path / "data") as house:
        house.settle(1)
        patch(house, house.image("red.png").id, {"title": "Lighthouse"})
    with House(pictures, tmp_path / "data") as house:
        until(lambda: found(house, "lighthouse"))
    catalog = Catalog.open(f"sqlite:///{tmp_path}/data/catalog.sqlite")
    assert catalog.count() == 1
    catalog.close()
