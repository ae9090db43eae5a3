"""`PATCH` and `DELETE /images/{id}`: what is said of an image, and whether it is there."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from .house import House, until
from .test_upload import Fresh, bearer, found, id_of, kept, picture, send


def patch(house: House, id: str, values: Any, **headers: str) -> httpx.Response:
    given = {**bearer(house), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return house.request("PATCH", f"/images/{id}", json=values, headers=given)


def delete(house: House, id: str, **headers: str) -> httpx.Response:
    given = {**bearer(house), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return house.request("DELETE", f"/images/{id}", headers=given)


def etag(house: House, id: str) -> str:
    return house.get(f"/images/{id}").headers["etag"]


def test_an_edit_is_in_the_answer_and_found_at_once(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    answer = patch(house, id, {"title": "Lighthouse", "tags": ["coast", "sea, north"]})
    assert answer.status_code == 200
    assert answer.json()["title"] == "Lighthouse"
    (hit,) = until(lambda: found(house, "lighthouse"))
    assert hit["tags"] == ["coast", "sea, north"]
    assert etag(house, id) == answer.headers["etag"]


def test_null_brings_back_what_the_file_says(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    patch(house, id, {"title": "Lighthouse"})
    assert patch(house, id, {"title": None}).json()["title"] == "Red"


def test_an_edit_stays_when_the_source_is_read_again(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    patch(house, id, {"title": "Lighthouse"})
    (house.pictures / "red.png").touch()
    (house.pictures / "red.png.txt").write_text("A disc")
    ingest_again(house)
    until(lambda: house.get(f"/images/{id}").json()["description"] == "A disc")
    assert house.get(f"/images/{id}").json()["title"] == "Lighthouse"


def ingest_again(house: House) -> None:
    ingest = house.services.keeper._leading._ingest
    for source in (*house.services.ingested(), house.services.writing.writes.uploads.source):
        ingest.run(source)
    house.services.keeper.wake()


@pytest.mark.parametrize(
    "type", ["application/json", "application/merge-patch+json; charset=utf-8"]
)
def test_a_merge_patch_may_be_called_by_either_name(fresh: Fresh, type: str) -> None:
    house = fresh()
    assert patch(house, house.image("red.png").id, {}, content_type=type).status_code == 200


@pytest.mark.parametrize(
    ("body", "type", "status", "code"),
    [
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b"{", "application/json", 400, "bad-body"),
        (b"[]", "application/json", 400, "bad-body"),
        (b"[" * 5000, "application/json", 400, "bad-body"),
        (b'{"title": "\xff"}', "application/json", 400, "bad-body"),
        (b'{"title": "%s"}' % (b"x" * 300_000), "application/json", 413, "too-large"),
    ],
)
def test_what_is_no_merge_patch_is_refused(
    fresh: Fresh, body: bytes, type: str, status: int, code: str
) -> None:
    house = fresh()
    path, headers = f"/images/{house.image('red.png').id}", bearer(house)
    headers["content-type"] = type
    answer = house.request("PATCH", path, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"title": 7}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": "bell\x07"}, "title"),
        ({"description": "x" * 20_001}, "description"),
        ({"alt": "\u2028"}, "alt"),
        ({"tags": "a, b"}, "tags"),
        ({"tags": ["a", 1]}, "tags"),
        ({"tags": ["x" * 101]}, "tags"),
        ({"tags": [str(n) for n in range(201)]}, "tags"),
        ({"creator": {"name": "Ada"}}, "creator"),
        ({"width": 1}, "width"),
        ({"fallback": "x"}, "fallback"),
    ],
)
def test_a_field_out_of_bounds_is_named_and_nothing_is_changed(
    fresh: Fresh, values: Any, parameter: str
) -> None:
    house = fresh()
    id = house.image("red.png").id
    before = etag(house, id)
    answer = patch(house, id, {"license": "CC0-1.0", **values})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert etag(house, id) == before


def test_an_edit_of_no_image_is_a_404(fresh: Fresh) -> None:
    house = fresh()
    assert patch(house, "0" * 40, {"title": "x"}).status_code == 404
    assert patch(house, "nobody", {"title": "x"}, if_match='"x"').status_code == 404


@pytest.mark.parametrize("field", ["title", "tags", "other"])
@pytest.mark.parametrize("opening", ['{"a":', "["])
def test_a_value_that_is_nested_deep_is_a_bad_parameter(
    fresh: Fresh, field: str, opening: str
) -> None:
    house, deep = fresh(), 1_000
    closing = {"[": "]", '{"a":': "}"}[opening]
    body = f'{{"{field}":{opening * deep}1{closing * deep}}}'
    headers = {**bearer(house), "content-type": "application/merge-patch+json"}
    id = house.image("red.png").id
    answer = house.request("PATCH", f"/images/{id}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-parameter")
    assert answer.json()["parameter"] == field
    assert len(answer.json()["value"]) <= 80


# If-Match --------------------------------------------------------------------------------------


def test_an_edit_of_the_version_that_was_seen_is_taken(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    first = patch(house, id, {"title": "One"}, if_match=etag(house, id))
    assert first.status_code == 200
    assert patch(house, id, {"title": "Two"}, if_match=first.headers["etag"]).status_code == 200


@pytest.mark.parametrize("given", ['"x"', '"{other}-1"', "nonsense", '"{id}-999"'])
def test_an_edit_of_another_version_is_a_412(fresh: Fresh, given: str) -> None:
    house = fresh()
    id = house.image("red.png").id
    given = given.format(id=id, other=house.image("blue.jpg").id)
    answer = patch(house, id, {"title": "x"}, if_match=given)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition-failed")
    assert house.get(f"/images/{id}").json()["title"] == "Red"


@pytest.mark.parametrize("given", ["", " ", "\t"])
@pytest.mark.parametrize("change", ["PATCH", "DELETE"])
def test_if_match_that_says_nothing_is_a_bad_parameter(
    fresh: Fresh, given: str, change: str
) -> None:
    """Whoever sends it wants a condition: none at all would overwrite what they mean to keep."""
    house = fresh()
    id = house.image("red.png").id
    if change == "PATCH":
        answer = patch(house, id, {"title": "x"}, if_match=given)
    else:
        answer = delete(house, id, if_match=given)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-parameter")
    assert answer.json()["parameter"] == "If-Match"
    assert house.get(f"/images/{id}").json()["title"] == "Red"


@pytest.mark.parametrize("form", ["*", "{}", '"x", {}', "W/{}"])
def test_if_match_may_be_a_star_a_list_or_made_weak_on_the_way(fresh: Fresh, form: str) -> None:
    house = fresh()
    id = house.image("red.png").id
    answer = patch(house, id, {"title": "x"}, if_match=form.format(etag(house, id)))
    assert answer.status_code == 200


def test_of_edits_of_one_version_at_the_same_time_one_is_taken(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    headers = {**bearer(house), "if-match": etag(house, id)}

    async def all_of_them() -> list[httpx.Response]:
        edits = [
            house._client.patch(f"/images/{id}", json={"title": f"No {n}"}, headers=headers)
            for n in range(6)
        ]
        return list(await asyncio.gather(*edits))

    answers = house.run(all_of_them())
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5
    (taken,) = (answer.json()["title"] for answer in answers if answer.status_code == 200)
    until(lambda: house.get(f"/images/{id}").json()["title"] == taken)


# DELETE ----------------------------------------------------------------------------------------


def gone(house: House, id: str) -> None:
    house.wait_for(f"/images/{id}", lambda answer: answer.status_code == 404)


def test_an_upload_that_is_deleted_is_gone_with_its_file(fresh: Fresh) -> None:
    house, id = fresh(), id_of(picture())
    send(house, ("a.png", picture(), {"title": "Lilac"}))
    answer = delete(house, id)
    assert (answer.status_code, answer.content) == (204, b"")
    gone(house, id)
    assert house.get(f"/i/{id}").status_code == 404
    assert kept(house) == []
    assert delete(house, id).status_code == 404


def test_an_image_of_a_source_stays_there_and_stays_out(fresh: Fresh) -> None:
    house = fresh()
    image = house.image("red.png")
    before = (house.pictures / "red.png").read_bytes()
    assert delete(house, image.id).status_code == 204
    gone(house, image.id)
    (house.pictures / "copy.png").write_bytes(before)
    (house.pictures / "red.png").touch()
    ingest_again(house)
    until(lambda: house.get("/search").json()["total"] == 1)
    assert (house.pictures / "red.png").read_bytes() == before
    assert house.get(f"/i/{image.id}").status_code == 404


def test_what_was_deleted_comes_back_when_it_is_uploaded(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    patch(house, id, {"title": "Forgotten"})
    delete(house, id)
    gone(house, id)
    answer = send(house, ("disc.png", (house.pictures / "red.png").read_bytes()))
    assert answer.status_code == 201
    assert answer.json()["images"][0]["image"]["title"] == "Red"
    house.wait_for(f"/i/{id}?w=10", lambda answer: answer.status_code == 200)


def test_deleting_another_version_is_a_412(fresh: Fresh) -> None:
    house = fresh()
    id = house.image("red.png").id
    assert delete(house, id, if_match='"x"').status_code == 412
    assert delete(house, id, if_match=etag(house, id)).status_code == 204


def test_a_file_that_could_not_be_deleted_is_deleted_by_trying_again(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, id = fresh(), id_of(picture())
    send(house, ("a.png", picture()))
    uploads = house.services.writing.writes.uploads
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", refuse)
        assert delete(house, id).status_code == 503
    (uploads.source.root / id[:2] / f"{id}.png").write_bytes(picture())  # type: ignore[attr-defined]
    ingest_again(house)
    gone(house, id)
    assert delete(house, id).status_code == 204
    assert kept(house) == []


def refuse(_: int) -> None:
    raise OSError(5, "Input/output error")
