"""Over HTTP a hostile file or request gets an image or a problem document, never a 500."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterator
from urllib.parse import quote, quote_from_bytes

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.render import parameters
from tests.api.house import House
from tests.decode.pictures import animated, quadrants, saved
from tests.render.wishes import VALUES, sixty_four

from . import corpus

pytestmark = pytest.mark.xdist_group("hostile requests")

EXAMPLES = int(os.environ.get("CALOTYPE_FUZZ") or 2_000) // 5
"""Queries; see `test_mutations` for the nightly mode."""
PATIENCE = 12
"""Seconds in which everything is answered: the time limit of 3, on a machine with other work."""
RENDER = {"seconds": 3, "max_output_pixels": 1_000_000, "max_avif_pixels": 100_000}
LIMITS = {"max_pixels": 9_000_000, "max_animation_pixels": 64_000_000}
SLOW = {"uses.svg"}
"""Takes the eight seconds that a drawing may; `test_corpus` has it, with a shorter limit."""
ANSWERS = {200, 303, 304, 400, 404, 422, 501}
MEDIA = ("image/", "application/json", "application/ld+json", "text/plain")


def check(answer: httpx.Response, url: str, began: float) -> None:
    """It is what it says, and came in time."""
    assert time.monotonic() - began < PATIENCE, url
    assert answer.status_code in ANSWERS, (url, answer.status_code, answer.text[:300])
    media = answer.headers.get("content-type", "")
    if answer.status_code >= 400:
        assert media == "application/problem+json", url
        assert answer.json()["status"] == answer.status_code, url
    elif answer.status_code == 200:
        assert media.startswith(MEDIA), url
        assert answer.content, url


@pytest.fixture(scope="module")
def infested(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service over all hostile files, and one that is good."""
    folder = tmp_path_factory.mktemp("infested")
    pictures = folder / "pictures"
    pictures.mkdir()
    for name, data in corpus.everything().items():
        if name not in SLOW:
            (pictures / name).write_bytes(data)
    with House(pictures, folder / "data", render=RENDER, limits=LIMITS) as made:
        assert made.services.keeper.settled.wait(60)
        yield made


def ids(house: House) -> list[str]:
    """Of all images that are found."""
    found: list[str] = []
    first = url = "/search?limit=100&facets=false"
    while url:
        page = house.get(url).json()
        found += [hit["id"] for hit in page["results"]]
        url = f"{first}&cursor={page['next']}" if page["next"] else ""
    return found


def test_hostile_files_are_answered_with_an_image_or_a_problem(infested: House) -> None:
    found = ids(infested)
    assert len(found) > 80
    queries = ["?w=50", "?fm=webp&w=80&h=40&fit=crop&crop=entropy", "?fm=json", "?fm=blurhash"]
    for at, id in enumerate(found):
        iiif = f"/iiif/3/{id}"
        ways = [f"{iiif}/square/!60,60/90/default.jpg", f"{iiif}/info.json", f"/images/{id}"]
        for url in (f"/i/{id}{queries[at % 4]}", f"/i/{id}/original", ways[at % 3]):
            check(infested.get(url), url, time.monotonic())


def test_other_requests_are_answered_beside_them(infested: House) -> None:
    assert infested.get("/healthz").status_code == 200
    assert infested.get("/image/palette?w=30").status_code == 200


def test_every_refused_file_is_counted(infested: House) -> None:
    reasons = ("truncated", "corrupt", "too-many-pixels", "too-many-frames", "too-many-pages",
               "svg-too-complex", "not-an-image")  # fmt: skip
    assert {r for r in reasons if not infested.metric("refused_total", reason=r)} == set()


ODD = st.sampled_from(
    ["", "0", "-0", "-1", "1e3", "1e999", "nan", "inf", "-inf", "+1", " 1", "1 ", "1_0", "0x10",
     "٣", "１", "²", "1.", ".5", ".", "-", ",", ",,,,", "1,2,3", "8192", "8193", "9999999999999999",
     "0.0000001", "true", "null", "undefined", "[]", "{}", "'", '"', "<svg>", "../../etc/passwd",
     "\0", "\r\nX: y", "%", "%%", "\U0001f5bc", "\u202e", "a" * 5_000, "9" * 5_000, "0." + "1" * 50]
)  # fmt: skip
NAMES = st.sampled_from([*parameters.ORDER, *parameters.ALIASES, "w64", "h64", "fit64", "s",
                         "expires", "ixlib", "", "W", "w[]", "n", "q64", "dl64"])  # fmt: skip
ACCEPT = st.sampled_from(["", "*/*", "image/avif", "image/webp;q=x", ",,;;==", "a" * 3_000])


@st.composite
def pairs(draw: st.DrawFn) -> str:
    """One `name=value`: mostly a good value of some parameter, or one of another, or an odd one."""
    name = draw(st.sampled_from(sorted(VALUES)) | NAMES)
    known = VALUES.get(parameters.known(name) or "", ODD)
    value = draw(st.one_of(known, known, known, ODD, st.sampled_from(sorted(VALUES)).flatmap(
        VALUES.__getitem__), st.text(max_size=8)))  # fmt: skip
    raw = value.encode(errors="surrogatepass")
    if draw(st.integers(0, 19)) == 0:
        raw = draw(st.binary(max_size=6))
    elif draw(st.integers(0, 9)) == 0:
        name, raw = f"{name}64", sixty_four(value.encode(errors="replace").decode()).encode()
    return f"{quote(name)}={quote_from_bytes(raw)}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, list[str]]]:
    """A service over two small images, one of which moves, and their ids."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "pictures").mkdir()
    (folder / "pictures/still.png").write_bytes(saved(quadrants(mode="RGBA"), "png"))
    (folder / "pictures/moving.gif").write_bytes(animated("gif"))
    with House(folder / "pictures", folder / "data", render=RENDER) as made:
        yield made.settle(2), ids(made)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    first=st.booleans(),
    side=st.integers(1, 300),
    asked=st.lists(pairs(), max_size=6),
    accept=ACCEPT,
)
def test_any_query_is_answered_with_an_image_or_a_problem(
    small: tuple[House, list[str]], first: bool, side: int, asked: list[str], accept: str
) -> None:
    house, known = small
    sized = [] if any(pair.startswith("w=") for pair in asked) else [f"w={side}"]
    url = f"/i/{known[first]}?" + "&".join([*sized, *asked])
    began = time.monotonic()
    check(house.get(url, headers={"accept": accept}), url, began)


PARTS = [
    ["full", "square", "0,0,9,9", "pct:0,0,50,50", "pct:-1,nan,1e9,0", "9,9,0,0", "1,2,3", ""],
    ["max", "^max", "9,", ",9", "^99999,", "pct:200", "^pct:1e9", "!9,9", "^!0,0", "1,1,1"],
    ["0", "!90", "22.5", "359.99999999", "-1", "1e2", "!!", "nan", "360.1"],
    ["default.jpg", "gray.png", "bitonal.webp", "color.gif", "x.jpg", "default.jp2", ".", "a.b.c"],
]


def test_any_iiif_path_is_answered_with_an_image_or_a_problem(
    small: tuple[House, list[str]],
) -> None:
    house, known = small
    rng = random.Random(7)
    assert math.prod(map(len, PARTS)) > 200
    for _ in range(200):
        url = f"/iiif/3/{known[0]}/" + "/".join(quote(rng.choice(part)) for part in PARTS)
        check(house.get(url), url, time.monotonic())
