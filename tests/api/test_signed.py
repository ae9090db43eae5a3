"""Signed URLs over HTTP: who gets an answer, for how long, and that memory does not help."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from calotype.deliver.signing import Key, Signer
from calotype.deliver.urls import Urls

from .house import House
from .test_warm import from_memory

SECRET = "s3same-0pen-s3same"
SIGNER = Signer([Key("now", SECRET.encode())])
STRANGER = Signer([Key("now", b"somebody else's own")])
KEYS = f"now:{SECRET},before:{SECRET[::-1]}"
REQUIRED = {"mode": "required", "keys": KEYS}
NOW = 1_800_000_000


class Clock:
    now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def strict(fresh: Any, clock: Clock) -> House:
    """Where everything has to be signed."""
    house: House = fresh(signing=REQUIRED, clock=clock)
    return house


def code(answer: Any) -> str:
    return str(answer.json()["code"]) if answer.status_code == 403 else str(answer.status_code)


def paths(house: House) -> tuple[str, ...]:
    id = house.image("red.png").id
    return "/image/red?w=80", f"/i/{id}?w=80", f"/i/{id}", f"/i/{id}/original"


def lifetimes(answer: Any) -> dict[str, int]:
    found = re.findall(r"([a-z-]+)=(\d+)", answer.headers["cache-control"])
    return {name: int(seconds) for name, seconds in found}


def test_what_is_not_signed_is_refused_and_not_stored(strict: House) -> None:
    for path in paths(strict):
        answer = strict.get(path)
        assert code(answer) == "bad-signature", path
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith("#errors-bad-signature")


def test_what_is_signed_is_answered_by_any_key(strict: House) -> None:
    before = Signer([Key("before", SECRET[::-1].encode())])
    for path in paths(strict):
        for signer in (SIGNER, before):
            assert strict.get(signer.signed(path)).status_code == 200
        assert code(strict.get(STRANGER.signed(path))) == "bad-signature"


def test_a_signature_is_for_one_path_and_its_parameters(strict: House) -> None:
    red, blue = (strict.image(name).id for name in ("red.png", "blue.jpg"))
    url = SIGNER.signed(f"/i/{red}?w=80")
    for other in (
        url.replace(red, blue),
        url.replace("w=80", "w=81"),
        url.replace("w=80", "w=80&fm=png"),
        url.replace("?", "/original?"),
        url + "&x=1",
    ):
        assert code(strict.get(other)) == "bad-signature", other
    query = url.partition("?")[2].split("&")
    assert strict.get(f"/i/{red}?{'&'.join(reversed(query))}").status_code == 200


def test_nothing_is_looked_up_for_who_is_refused(strict: House) -> None:
    """Neither images nor queries can be tried out."""
    for path in ("/i/nobody", "/image/zzzzqqq", "/i/nobody/original"):
        assert code(strict.get(path)) == "bad-signature"
        assert code(strict.get(SIGNER.signed(path))) == "404"


def test_memory_gives_nothing_to_those_without_a_signature(strict: House) -> None:
    for path in paths(strict)[:3]:
        url = SIGNER.signed(path)
        assert strict.get(url).status_code == 200
        assert from_memory(strict.get(url))
        assert code(strict.get(path)) == "bad-signature"
        assert code(strict.get(url[:-1] + ("A" if url[-1] != "A" else "B"))) == "bad-signature"
        assert strict.request("HEAD", path).status_code == 403
        etag = strict.get(url).headers["etag"]
        assert strict.get(path, headers={"if-none-match": etag}).status_code == 403


def test_memory_gives_nothing_after_the_end(strict: House, clock: Clock) -> None:
    for path in paths(strict)[:2]:
        clock.now = NOW
        url = SIGNER.signed(path, NOW + 60)
        etag = strict.get(url).headers["etag"]
        clock.now = NOW + 59.9
        assert from_memory(strict.get(url))
        clock.now = NOW + 60
        for headers in ({}, {"if-none-match": etag}):
            answer = strict.get(url, headers=headers)
            assert code(answer) == "expired-signature"
            assert answer.json()["expires"] == NOW + 60
            assert answer.headers["cache-control"] == "no-store"


def test_an_original_expires_too(strict: House, clock: Clock) -> None:
    url = SIGNER.signed(paths(strict)[3], NOW + 60)
    answer = strict.get(url, headers={"range": "bytes=0-9"})
    assert answer.status_code == 206
    assert answer.headers["cache-control"] == "public, max-age=60, must-revalidate"
    clock.now = NOW + 60
    assert code(strict.get(url)) == "expired-signature"


@pytest.mark.parametrize("after", [0, 40, 59.5])
def test_no_cache_may_keep_it_for_longer_than_it_is_good(
    strict: House, clock: Clock, after: float
) -> None:
    for path in ("/image/red?w=80", paths(strict)[1], "/image/zzzzqqq"):
        clock.now = NOW
        url = SIGNER.signed(path, NOW + 60)
        etag = strict.get(url).headers.get("etag", '"none"')
        clock.now = NOW + after
        for headers in ({}, {"if-none-match": etag}):
            answer = strict.get(url, headers=headers)
            assert max(lifetimes(answer).values()) <= 60 - after
            assert "immutable" not in answer.headers["cache-control"]
            assert "must-revalidate" in answer.headers["cache-control"]
            assert "stale-" not in answer.headers["cache-control"]


def test_a_short_lifetime_stays_short(strict: House) -> None:
    answer = strict.get(SIGNER.signed("/image/red?w=80", NOW + 10_000))
    assert lifetimes(answer) == {"max-age": 60, "s-maxage": 10_000}


def test_without_an_end_the_lifetimes_are_the_usual_ones(strict: House) -> None:
    answer = strict.get(SIGNER.signed(paths(strict)[1]))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_signature_and_expiry_are_in_no_etag_and_no_cache_key(strict: House) -> None:
    path = paths(strict)[1]
    urls = [SIGNER.signed(path), SIGNER.signed(path, NOW + 60), SIGNER.signed(path, NOW + 61)]
    before = strict.metric("renders_total", outcome="ok")
    assert len({strict.get(url).headers["etag"] for url in urls}) == 1
    assert strict.metric("renders_total", outcome="ok") == before + 1


def test_content_location_is_signed_and_good_for_no_longer(strict: House, clock: Clock) -> None:
    for expires in (None, NOW + 60):
        url = strict.get(SIGNER.signed("/image/red?w=80", expires)).headers["content-location"]
        assert strict.get(url).status_code == 200
        given = dict(parse_qsl(urlsplit(url).query))
        assert given.get("expires") == (str(expires) if expires else None)
        assert set(given) - {"expires"} == {"w", "s"}
    clock.now = NOW + 60
    assert code(strict.get(url)) == "expired-signature"


def test_every_url_in_json_is_good(strict: House) -> None:
    (hit, *_) = strict.get("/search?q=red").json()["results"]
    record = strict.get(f"/images/{hit['id']}").json()
    assert record["urls"] == hit["urls"]
    for name in ("thumb", "small", "regular", "full", "original"):
        assert strict.get(hit["urls"][name]).status_code == 200, name
    # The base of other URLs, and none itself.
    assert "?" not in hit["urls"]["iiif"]


def test_a_srcset_is_signed(strict: House) -> None:
    image = strict.image("blue.jpg")
    for part in strict.services.urls.srcset(image).split(", "):
        assert strict.get(part.split()[0]).status_code == 200
    assert strict.get(Urls().srcset(image).split()[0]).status_code == 403


def test_presets_need_none_and_all_else_does(fresh: Any) -> None:
    presets = {"mode": "presets", "keys": KEYS, "presets": "w=80 w=40&h=40&fit=crop"}
    house = fresh(signing=presets)
    id = house.image("red.png").id
    for _ in range(2):  # from memory too
        for free in (f"/i/{id}?w=80", "/image/red?w=40&dpr=2", "/image/red?h=40&fit=crop&w=40"):
            assert house.get(free).status_code == 200, free
        for other in (f"/i/{id}", f"/i/{id}?w=81", f"/i/{id}/original", f"/i/{id}?w=80&q=9"):
            assert code(house.get(other)) == "bad-signature"
            assert house.get(SIGNER.signed(other)).status_code == 200
    assert code(house.get(f"/i/{id}?w=80&s=wrong")) == "bad-signature"
    location = house.get("/image/red?w=80").headers["content-location"]
    assert house.get(location).status_code == 200


def test_originals_and_the_default_can_be_presets(fresh: Any) -> None:
    signing = {"mode": "presets", "keys": KEYS, "presets": "default original"}
    house = fresh(signing=signing)
    _, sized, default, original = paths(house)
    assert house.get(default).status_code == house.get(original).status_code == 200
    assert code(house.get(sized)) == "bad-signature"


@pytest.mark.parametrize("free", [False, True])
def test_of_iiif_images_are_signed_and_the_information_is_open(fresh: Any, free: bool) -> None:
    house = fresh(signing={**REQUIRED, "mode": "presets", "presets": "w=80" + " iiif" * free})
    base = f"/iiif/3/{house.image('red.png').id}"
    image = f"{base}/full/40,/0/default.jpg"
    assert house.get(f"{base}/info.json").status_code == 200
    assert house.get(base).status_code == 303
    assert code(house.get(image)) == ("200" if free else "bad-signature")
    assert house.get(SIGNER.signed(image)).status_code == 200


def test_where_all_is_signed_the_information_of_iiif_is_open_as_the_record_is(
    strict: House,
) -> None:
    id = strict.image("red.png").id
    for path in (f"/images/{id}", f"/iiif/3/{id}/info.json"):
        assert strict.get(path).status_code == 200
    assert code(strict.get(f"/iiif/3/{id}/full/40,/0/default.jpg")) == "bad-signature"


def test_every_route_that_wants_a_signature_says_so(house: House) -> None:
    described = house.get("/openapi.json").json()["paths"]
    for path, methods in described.items():
        if "get" not in methods:
            continue
        takes = {each["name"] for each in methods["get"].get("parameters", [])}
        signed = path.startswith(("/image/", "/i/")) or path.endswith("{quality}.{format}")
        assert ({"s", "expires"} <= takes, "403" in methods["get"]["responses"]) == (signed,) * 2


def test_with_a_key_and_off_urls_are_signed_and_none_is_checked(fresh: Any) -> None:
    house = fresh(signing={"keys": KEYS})
    path = paths(house)[1]
    (hit, *_) = house.get("/search?q=red").json()["results"]
    assert "s" in dict(parse_qsl(urlsplit(hit["urls"]["thumb"]).query))
    for url in (path, SIGNER.signed(path, 1), f"{path}&s=wrong&expires=never"):
        assert house.get(url).headers["cache-control"].endswith("immutable")


def test_without_a_key_nothing_is_signed(house: House) -> None:
    (hit, *_) = house.get("/search?q=hoodie").json()["results"]
    assert all("s=" not in url.partition("?")[2] for url in hit["urls"].values())


def test_a_query_in_any_script_can_be_signed(strict: House) -> None:
    """What the path decodes to is what is signed, whoever encoded it."""
    for query in ("rot: 100% (wool)!", "red~*'", "東京 red", "re+d"):
        url = strict.services.urls.query(query, {"w": 80})
        assert code(strict.get(url)) in ("200", "404", "400"), query


@pytest.mark.parametrize("query", ["s=%ff", "s=", "s=a&s=b", "s=%00", "&".join(["a=1"] * 200)])
def test_hostile_signatures_are_problems(strict: House, query: str) -> None:
    for path in paths(strict)[1:]:
        assert strict.get(f"{path.partition('?')[0]}?{query}").status_code in (400, 403)


@pytest.mark.parametrize(
    ("signing", "said"),
    [
        ({"keys": KEYS}, None),
        (REQUIRED, "required"),
        ({"keys": KEYS, "mode": "presets", "presets": "w=80"}, "required"),
        ({"keys": KEYS, "mode": "presets", "presets": "iiif"}, None),
    ],
)
def test_the_information_says_whether_tiles_need_a_signature(
    fresh: Any, signing: dict[str, str], said: str | None
) -> None:
    house: House = fresh(signing=signing)
    answer = house.get(f"/iiif/3/{house.image('red.png').id}/info.json")
    assert (answer.status_code, answer.headers.get("x-signature")) == (200, said)
