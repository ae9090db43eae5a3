"""`/iiif/3/{id}`: the IIIF Image API 3.0."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image

from calotype.deliver import iiif_info
from calotype.deliver.iiif import Asked, Bounds

from .house import House

BOUNDS = Bounds(8192, 40_000_000)
LANDSCAPE = (2400, 1200)


@pytest.fixture(scope="module")
def url(house: House) -> str:
    return f"/iiif/3/{house.image('jackets/green.jpg').id}"


def picture(house: House, url: str) -> Image.Image:
    answer = house.get(url)
    assert answer.status_code == 200, answer.text
    return Image.open(BytesIO(answer.content))


def canonical(path: str, size: tuple[int, int] = LANDSCAPE, bounds: Bounds = BOUNDS) -> str:
    region, wanted, rotation, last = path.split("/")
    quality, format = last.split(".")
    return Asked.parse(region, wanted, rotation, quality, format).of(*size, bounds).path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("full/max", (2400, 1200)),
        ("square/max", (1200, 1200)),
        ("100,200,300,400/max", (300, 400)),
        ("2300,1100,300,400/max", (100, 100)),
        ("pct:50,50,25,25/max", (600, 300)),
        ("full/300,", (300, 150)),
        ("full/,300", (600, 300)),
        ("full/pct:10", (240, 120)),
        ("full/300,300", (300, 300)),
        ("full/!300,300", (300, 150)),
        ("full/!3000,300", (600, 300)),
        ("0,0,100,50/^200,", (200, 100)),
        ("0,0,100,50/^pct:300", (300, 150)),
        ("0,0,100,50/^!400,400", (400, 200)),
    ],
)
def test_region_and_size_decide_how_large_it_is(
    house: House, url: str, path: str, expected: tuple[int, int]
) -> None:
    assert picture(house, f"{url}/{path}/0/default.jpg").size == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("full/max/0/default.jpg", "full/max/0/default.jpg"),
        ("0,0,9999,9999/2400,/0/color.jpg", "full/max/0/default.jpg"),
        ("pct:0,0,100,100/pct:100/360/default.jpg", "full/max/0/default.jpg"),
        ("square/max/0/gray.png", "600,0,1200,1200/max/0/gray.png"),
        ("full/,300/!90.50/bitonal.webp", "full/600,300/!90.5/bitonal.webp"),
        ("0,0,10,10/^20,/0/default.jpg", "0,0,10,10/^20,20/0/default.jpg"),
        ("0,0,10,10/^max/0/default.jpg", "0,0,10,10/^max/0/default.jpg"),
    ],
)
def test_each_request_has_one_canonical_path(path: str, expected: str) -> None:
    assert canonical(path) == expected
    assert canonical(expected) == expected


def test_max_stops_at_our_bounds() -> None:
    small = Bounds(1000, 100_000)
    assert Asked.parse("full", "max", "0", "default", "jpg").of(*LANDSCAPE, small).size == (
        447,
        223,
    )
    asked = Asked.parse("0,0,100,100", "^max", "0", "default", "jpg")
    assert asked.of(*LANDSCAPE, small).size == (316, 316)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("2400,0,10,10/max/0/default.jpg", "region"),
        ("0,0,0,10/max/0/default.jpg", "region"),
        ("0,0,10/max/0/default.jpg", "region"),
        ("-1,0,10,10/max/0/default.jpg", "region"),
        ("pct:100,0,1,1/max/0/default.jpg", "region"),
        ("٠,0,10,10/max/0/default.jpg", "region"),
        ("full/2401,/0/default.jpg", "size"),
        ("full/pct:101/0/default.jpg", "size"),
        ("full/pct:0/0/default.jpg", "size"),
        ("full/0,/0/default.jpg", "size"),
        ("full/,/0/default.jpg", "size"),
        ("full/!300,/0/default.jpg", "size"),
        ("full/full/0/default.jpg", "size"),
        ("full/^9000,/0/default.jpg", "size"),
        ("full/max/361/default.jpg", "rotation"),
        ("full/max/-1/default.jpg", "rotation"),
        ("full/max/1e1/default.jpg", "rotation"),
        ("full/^8000,4000/45/default.jpg", "rotation"),
        ("full/max/0/native.jpg", "quality"),
        ("full/max/0/default.bmp", "format"),
    ],
)
def test_what_is_out_of_bounds_is_named(house: House, url: str, path: str, parameter: str) -> None:
    answer = house.get(f"{url}/{path}")
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["parameter"] == parameter


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("0,0,0,9/max/0/default.jpg", "with w and h above 0"),
        ("pct:0,0,9,0/max/0/default.jpg", "with w and h above 0"),
        ("full/0,/0/default.jpg", "at least 1"),
    ],
)
def test_nothing_is_told_from_what_lies_outside(
    house: House, url: str, path: str, said: str
) -> None:
    assert said in house.get(f"{url}/{path}").json()["bound"]


def test_a_format_of_the_specification_that_we_lack_is_a_501(house: House, url: str) -> None:
    answer = house.get(f"{url}/full/max/0/default.jp2")
    assert (answer.status_code, answer.json()["code"]) == (501, "not-implemented")


@pytest.mark.parametrize("rest", ["", "/info.json", "/full/max/0/default.jpg"])
def test_an_unknown_id_is_a_404(house: House, rest: str) -> None:
    answer = house.get(f"/iiif/3/{'0' * 40}{rest}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_the_base_uri_leads_to_the_information(house: House, url: str) -> None:
    answer = house.get(url)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{url}/info.json")


def test_a_picture_is_mirrored_and_then_turned_clockwise(fresh: Any) -> None:
    house = fresh(watch=True)
    corner = Image.new("RGB", (40, 20), "white")
    corner.paste("red", (0, 0, 8, 8))
    corner.save(house.pictures / "corner.png")
    house.settle(3)
    url = f"/iiif/3/{house.image('corner.png').id}"
    # from the top left to the top right, and on to the bottom right
    turned = picture(house, f"{url}/full/max/!90/default.png").convert("RGB")
    assert turned.size == (20, 40)
    assert turned.getpixel((17, 37)) == (255, 0, 0)
    assert turned.getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize(("format", "corner"), [("png", (0,)), ("jpg", (255, 255, 255))])
def test_the_corners_of_a_turned_picture_are_empty(
    house: House, url: str, format: str, corner: tuple[int, ...]
) -> None:
    turned = picture(house, f"{url}/full/200,/30/default.{format}")
    assert turned.size == (223, 187)
    pixel = turned.getpixel((1, 1))
    assert isinstance(pixel, tuple)
    assert pixel[-len(corner) :] == corner


def test_gray_has_no_colours_and_bitonal_only_two(house: House, url: str) -> None:
    assert picture(house, f"{url}/full/300,/0/gray.jpg").mode == "L"
    both = picture(house, f"{url}/full/300,/45/bitonal.png")
    assert both.mode == "LA"
    assert {pixel[0] for _, pixel in both.getcolors(1 << 16) or []} == {0, 255}  # type: ignore[index]


@pytest.mark.parametrize("format", ["jpg", "png", "webp", "avif", "gif"])
def test_the_format_is_the_one_asked_for(house: House, url: str, format: str) -> None:
    answer = house.get(f"{url}/full/60,/0/default.{format}", headers={"accept": "image/avif"})
    kind = "jpeg" if format == "jpg" else format
    assert answer.headers["content-type"] == f"image/{kind}"
    assert "vary" not in answer.headers


def test_a_moving_picture_stands_still(house: House) -> None:
    url = f"/iiif/3/{house.image('blinking.gif').id}/full/max/0/default.gif"
    assert getattr(picture(house, url), "n_frames", 1) == 1


def test_a_picture_says_what_it_is_canonically(house: House, url: str) -> None:
    answer = house.get(f"{url}/full/,300/0/color.jpg")
    assert answer.headers["link"] == (
        f'<{url}/full/600,300/0/default.jpg>;rel="canonical", '
        '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_equal_requests_have_one_etag_and_a_304_costs_no_render(house: House, url: str) -> None:
    etag = house.get(f"{url}/full/500,/0/default.jpg").headers["etag"]
    before = house.metric("render_seconds_count", setting="quick")
    same = house.get(f"{url}/full/,250/360/color.jpg", headers={"if-none-match": etag})
    assert (same.status_code, same.headers["etag"]) == (304, etag)
    assert same.headers["access-control-allow-origin"] == "*"
    unseen = house.get(f"{url}/full/501,/0/default.jpg", headers={"if-none-match": "*"})
    assert unseen.status_code == 304
    assert house.metric("render_seconds_count", setting="quick") == before


def test_the_second_answer_comes_from_memory(house: House, url: str) -> None:
    first, second = (house.get(f"{url}/0,0,99,99/max/0/default.jpg") for _ in range(2))
    assert second.headers["server-timing"] == "memory;desc=hit"
    assert second.content == first.content
    assert second.headers["link"] == first.headers["link"]
    assert second.headers.get_list("access-control-allow-origin") == ["*"]
    head = house.request("HEAD", f"{url}/0,0,99,99/max/0/default.jpg")
    assert (head.status_code, head.content) == (200, b"")


def test_the_information_has_tiles_down_to_one(house: House, url: str) -> None:
    found = house.get(f"{url}/info.json").json()
    assert found["id"] == f"http://house{url}"
    assert (found["width"], found["height"], found["profile"]) == (2400, 1200, "level2")
    assert found["tiles"] == [{"width": 1024, "height": 1024, "scaleFactors": [1, 2, 4]}]
    assert found["sizes"][0] == {"width": 38, "height": 19}
    assert found["sizes"][-1] == {"width": 2400, "height": 1200}
    assert (found["maxWidth"], found["maxArea"]) == (8192, 40_000_000)
    assert "rights" not in found  # CC-BY-4.0 is no URI


def test_every_size_and_tile_of_the_information_is_served(house: House, url: str) -> None:
    found = house.get(f"{url}/info.json").json()
    for size in found["sizes"]:
        path = f"{url}/full/{size['width']},{size['height']}/0/default.jpg"
        assert picture(house, path).size == (size["width"], size["height"])
    for factor in found["tiles"][0]["scaleFactors"]:
        left = 1024 * factor * (2400 // (1024 * factor))  # the last tile of a row
        width, height = 2400 - left, min(1200, 1024 * factor)
        size = (-(-width // factor), -(-height // factor))
        tile = f"{left},0,{width},{height}/{size[0]},{size[1]}/0/default.jpg"
        assert picture(house, f"{url}/{tile}").size == size


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'),
        ("*/*", 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'),
        ("application/json", "application/json"),
        ("application/json, application/ld+json",
         'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'),
    ],
)  # fmt: skip
def test_the_information_is_linked_data_unless_json_is_asked_for(
    house: House, url: str, accept: str, expected: str
) -> None:
    answer = house.get(f"{url}/info.json", headers={"accept": accept})
    assert answer.headers["content-type"] == expected
    assert answer.headers["vary"] == "Accept"
    same = {"accept": accept, "if-none-match": answer.headers["etag"]}
    assert house.get(f"{url}/info.json", headers=same).status_code == 304


@pytest.mark.parametrize("host", ["[", "a b", "a/b", "<x>", "a@b", ""])
def test_a_host_that_is_none_gets_no_document_about_it(house: House, url: str, host: str) -> None:
    answer = house.get(f"{url}/info.json", headers={"host": host})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "Host")


def test_the_base_url_is_the_one_that_was_set(fresh: Any) -> None:
    house = fresh(server={"base_url": "https://images.example.org"})
    id = house.image("red.png").id
    found = house.get(f"/iiif/3/{id}/info.json", headers={"host": "["}).json()
    assert found["id"] == f"https://images.example.org/iiif/3/{id}"


def test_rights_are_the_licence_where_that_is_a_uri(house: House) -> None:
    licence = "http://creativecommons.org/licenses/by/4.0/"
    image = replace(house.image("tokyo.jpg"), license=licence)
    assert iiif_info.document(image, "http://x", BOUNDS)["rights"] == licence
