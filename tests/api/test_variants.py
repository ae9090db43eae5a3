"""However a URL and `Accept` are spelt, there are few different answers, and few are kept."""

from __future__ import annotations

import itertools
import random
from typing import Any
from urllib.parse import urlencode

import pytest

from calotype.api import params, rendering
from calotype.api.variants import Variants
from calotype.deliver.ladder import Ladder
from calotype.deliver.negotiate import TOKENS

from .house import House
from .test_warm import from_memory

RANGES = ("image/avif", "image/webp", "image/jpeg", "image/png", "image/*", "*/*", "text/html")
WEIGHTS = ("", ";q=0", ";q=0.3", "; q=0.8", ";Q=1", ";q=0.999", ";level=1", ";q=nonsense")


def spellings(count: int) -> list[str]:
    """Different values of `Accept`, some of them broken."""
    choice = random.Random(7)
    found: dict[str, None] = {}
    while len(found) < count:
        some = choice.sample(RANGES, choice.randint(0, len(RANGES)))
        value = choice.choice((",", ", ", " ,\t")).join(r + choice.choice(WEIGHTS) for r in some)
        found[value if choice.random() < 0.8 else value.upper()] = None
    return list(found)


def test_a_thousand_spellings_of_accept_make_four_variants_at_most(fresh: Any) -> None:
    house = fresh()
    before = len(house.services.memory)
    answers = [house.get("/image/blue?w=40", headers={"accept": a}) for a in spellings(1000)]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["vary"] for answer in answers} == {"Accept, Save-Data"}
    assert 2 <= len({answer.headers["etag"] for answer in answers}) <= len(TOKENS)
    assert house.metric("renders_total", outcome="ok") <= len(TOKENS)
    assert len(house.services.memory) - before <= len(TOKENS)
    assert sum(not from_memory(answer) for answer in answers) <= len(TOKENS)


def test_hits_as_json_are_kept_once_whatever_is_accepted(fresh: Any) -> None:
    house = fresh()
    before = len(house.services.memory)
    for accept in spellings(50):
        house.get("/search?q=blue", headers={"accept": accept})
    assert len(house.services.memory) == before + 1


@pytest.mark.parametrize("path", ["/image/blue", "/i/{id}"])
def test_order_and_unknown_parameters_make_no_variant(fresh: Any, path: str) -> None:
    house = fresh()
    path = path.format(id=house.image("blue.jpg").id)
    before = len(house.services.memory)
    etags = set()
    for number, pairs in enumerate(itertools.permutations(["w=40", "h=30", "fit=crop", "q=70"])):
        answer = house.get(f"{path}?utm={number}&{'&'.join(pairs)}&x{number}=y")
        etags.add(answer.headers["etag"])
    assert len(etags) == 1
    assert len(house.services.memory) == before + 1
    assert house.metric("renders_total", outcome="ok") == 1


def test_an_error_is_an_error_however_warm_its_neighbours_are(fresh: Any) -> None:
    house = fresh()
    house.get("/image/blue?w=40")
    for wrong in ("w=40&w=41", "w=40&q=0", "w=40&fit=none", "w=40&%ff"):
        assert house.get(f"/image/blue?{wrong}").status_code == 400, wrong
    assert house.get("/image/blue?w=40&n=2").status_code == 404


def every_parameter() -> list[tuple[str, str]]:
    listed = [*rendering.RENDER, params.RANK, *params.FILTERS, *params.SEARCH]
    return [(each["name"], str(each["example"])) for each in listed]


@pytest.mark.parametrize(("name", "value"), every_parameter())
@pytest.mark.parametrize("path", ["/image/black", "/i/{id}", "/search"])
def test_what_shares_a_key_shares_its_answer(
    house: House, path: str, name: str, value: str
) -> None:
    """For each parameter there is: it is part of the key, or it changes nothing."""
    path = path.format(id=house.image("jackets/green.jpg").id)
    plain, more = "w=60&h=50", urlencode({"w": "60", "h": "50", name: value})
    scopes = [
        {"path": path, "query_string": text.encode(), "headers": []} for text in (plain, more)
    ]
    keys = [house.services.variants.key(scope) for scope in scopes]
    if keys[0] == keys[1]:
        one, other = (_unremembered(house, f"{path}?{text}") for text in (plain, more))
        assert one.status_code == other.status_code
        assert _lasting(one) == _lasting(other)


def _unremembered(house: House, url: str) -> Any:
    house.services.memory.clear()
    return house.get(url)


def _lasting(answer: Any) -> dict[str, str]:
    """Headers that do not differ each time; the ETag among them stands for the body, whose length
    differs with the time that a search took."""
    varying = ("server-timing", "content-length")
    return {name: value for name, value in answer.headers.items() if name not in varying}


def test_a_signed_url_is_known_by_its_own_spelling_alone() -> None:
    """A signature is for this very query string: no other may be answered in its place."""
    variants = Variants(Ladder(), 40_000_000)
    texts = (b"w=40", b"w=40&s=abc", b"w=40&x=1&s=abc", b"w=40&expires=1", b"s=abc&w=40")
    keys = {variants.key({"path": "/i/1", "query_string": text, "headers": []}) for text in texts}
    assert len(keys) == len(texts)


IIIF = "/iiif/3/{id}/full/40,/0/default.png"


@pytest.mark.parametrize("junk", ["?x={}", "?s={}", "?w=1&w={}", "?expires={}", "?%ff{}"])
def test_no_parameter_makes_a_variant_of_a_iiif_image(fresh: Any, junk: str) -> None:
    house = fresh()
    url = IIIF.format(id=house.image("blue.jpg").id) + junk
    before = len(house.services.memory)
    assert {house.get(url.format(number)).status_code for number in range(50)} == {200}
    assert len(house.services.memory) == before + 1


def test_a_iiif_image_is_kept_apart_for_who_signed(fresh: Any) -> None:
    """And for no other parameter, where signatures are looked at."""
    presets = {"mode": "presets", "keys": "now:s3same-0pen-s3same", "presets": "iiif"}
    variants = fresh(signing=presets).services.variants
    texts = (b"", b"x=1", b"w=1&w=2", b"s=abc", b"%73=abc", b"s=abc&x=1", b"expires=1")
    keys = [variants.key({"path": "/iiif/3/1", "query_string": t, "headers": []}) for t in texts]
    assert [key[1] for key in keys] == [b"", b"", b"", *texts[3:]]


@pytest.mark.parametrize("path", ["/image/blue", "/i/{id}"])
def test_where_nothing_is_signed_a_signature_makes_no_variant(fresh: Any, path: str) -> None:
    house = fresh()
    url = path.format(id=house.image("blue.jpg").id)
    before = len(house.services.memory)
    for number in range(20):
        assert house.get(f"{url}?w=40&s={number}").status_code == 200
    assert len(house.services.memory) == before + 1


def test_on_a_ladder_every_width_is_one_of_few(fresh: Any) -> None:
    house = fresh(deliver={"ladder_widths": "50,100,200"})
    before = len(house.services.memory)
    answers = [house.get(f"/image/blue?w={width}") for width in range(1, 201)]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    assert {answer.headers["content-location"] for answer in answers} == {
        f"/i/{house.image('blue.jpg').id}?w={rung}" for rung in (50, 100, 200)
    }
    assert len(house.services.memory) == before + 3
    assert house.metric("renders_total", outcome="ok") == 3


def test_on_a_ladder_every_share_is_one_of_few(fresh: Any) -> None:
    house = fresh(deliver={"ladder_widths": "50,100,200", "ladder_dprs": "1,2"})
    shares = [f"w={share / 1000:.4f}" for share in range(1, 1000, 20)]
    shares += ["w=0.1234&dpr64=MS4zMQ", "w=0.1235&dpr=1.32", "w=0.1234&h=0.2&dpr=1.4"]
    answers = [house.get(f"/image/blue?{share}") for share in shares]
    assert {answer.status_code for answer in answers} == {200}
    assert house.metric("renders_total", outcome="ok") <= 6
    plain = house.get("/image/blue?w=100")
    assert plain.headers["etag"] in {answer.headers["etag"] for answer in answers}


@pytest.mark.parametrize("orient", ["", "&or=6"])
def test_a_share_on_a_rung_is_as_large_as_without_a_ladder(fresh: Any, orient: str) -> None:
    free, house = fresh(), fresh(deliver={"ladder_qualities": "60,80"})
    url = f"/image/blue?w=0.3&dpr=1.5&q=80{orient}"
    assert house.get(url).content == free.get(url).content


def test_a_rung_that_would_be_too_many_pixels_is_sized_down(fresh: Any) -> None:
    house = fresh(deliver={"ladder_widths": "50,400"}, render={"max_output_pixels": 90_000})
    for width, seen in ((160, 259), (200, 259), (160, 259), (10, 50)):
        answer = house.get(f"/image/blue?w={width}")
        assert answer.headers["content-location"].endswith(f"?w={seen}")
