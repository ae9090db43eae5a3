"""`/i/{id}/original`: the bytes as they lie in the source."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .house import House

TYPES = {
    "hoodies/black.jpg": "image/jpeg",
    "hoodies/red.png": "image/png",
    "hoodies/blue.webp": "image/webp",
    "blinking.gif": "image/gif",
    "drawing.svg": "image/svg+xml",
}


def original(house: House, name: str, **headers: str) -> httpx.Response:
    return house.get(f"/i/{house.image(name).id}/original", headers=headers)


@pytest.mark.parametrize("name", TYPES)
def test_is_the_file_and_says_what_it_is(house: House, name: str) -> None:
    answer = original(house, name)
    assert answer.content == (house.pictures / name).read_bytes()
    assert answer.headers["content-type"] == TYPES[name]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_is_shown_in_the_browser_under_the_name_of_the_file(house: House) -> None:
    disposition = original(house, "café au lait.png").headers["content-disposition"]
    assert disposition == "inline; filename*=UTF-8''caf%C3%A9%20au%20lait.png"


def test_a_drawing_runs_nothing_and_loads_nothing(house: House) -> None:
    policy = original(house, "drawing.svg").headers["content-security-policy"]
    assert "sandbox" in policy.split("; ")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_is_immutable_and_tagged(house: House) -> None:
    answer = original(house, "hoodies/red.png")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["cache-tag"] == f"img-{house.image('hoodies/red.png').id}"


def test_originals_can_be_kept_back(fresh: Any) -> None:
    house = fresh(server={"originals": False})
    answer = original(house, "red.png")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, None),
        ("bytes=-7", -7, None),
        ("Bytes=2-999999", 2, None),
    ],
)
def test_a_range_is_answered_with_those_bytes(
    house: House, asked: str, first: int, last: int | None
) -> None:
    whole = (house.pictures / "hoodies/red.png").read_bytes()
    wanted = whole[first:] if last is None else whole[first : last + 1]
    answer = original(house, "hoodies/red.png", range=asked)
    assert answer.status_code == 206
    assert answer.content == wanted
    start = first if first >= 0 else len(whole) + first
    end = start + len(wanted) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=-", "bytes=9-2", "bytes=a-b", "0-5"]
)
def test_a_range_of_another_kind_is_ignored(house: House, asked: str) -> None:
    answer = original(house, "hoodies/red.png", range=asked)
    assert answer.status_code == 200
    assert answer.content == (house.pictures / "hoodies/red.png").read_bytes()


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_a_416(house: House, asked: str) -> None:
    answer = original(house, "hoodies/red.png", range=asked)
    size = (house.pictures / "hoodies/red.png").stat().st_size
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert (answer.json()["code"], answer.json()["size"]) == ("bad-range", size)


def test_a_range_of_another_version_is_ignored(house: House) -> None:
    etag = original(house, "hoodies/red.png").headers["etag"]
    same = original(house, "hoodies/red.png", range="bytes=0-3", **{"if-range": etag})
    other = original(house, "hoodies/red.png", range="bytes=0-3", **{"if-range": '"old"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_head_knows_no_ranges(house: House) -> None:
    url = f"/i/{house.image('hoodies/red.png').id}/original"
    answer = house.request("HEAD", url, headers={"range": "bytes=0-3"})
    assert answer.status_code == 200
