"""The one URL builder."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.deliver.urls import Urls
from calotype.render.spec import MAX_SIDE, RenderSpec

from .shelf import image

ID = "a" * 40
URLS = Urls()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_any_text_survives_a_url(text: str) -> None:
    path = urlsplit(URLS.query(text)).path
    assert path.count("/") == 2
    assert unquote(path.removeprefix("/image/")) == text.replace("/", " ")


def test_slashes_dots_and_questions_are_text() -> None:
    assert URLS.query("a/../b?c#d e") == "/image/a%20..%20b%3Fc%23d%20e"


def test_parameters_have_one_order() -> None:
    one = URLS.rendition(ID, {"fm": "webp", "h": 3, "w": 2, "zebra": 1, "ant": "a b&c"})
    assert one == f"/i/{ID}?w=2&h=3&fm=webp&ant=a%20b%26c&zebra=1"


def test_the_url_of_a_spec_leads_back_to_it() -> None:
    for params in ({}, {"w": "300", "h": "200", "fit": "crop", "fm": "avif", "q": "50"}):
        spec = RenderSpec.parse(params)
        url = urlsplit(URLS.spec(ID, spec))
        assert url.path == f"/i/{ID}"
        assert RenderSpec.parse(dict(parse_qsl(url.query))) == spec


def test_a_base_makes_whole_urls() -> None:
    for base in ("https://images.example.org", "https://images.example.org/"):
        assert Urls(base).original(ID) == f"https://images.example.org/i/{ID}/original"
        assert Urls(base).iiif(ID) == f"https://images.example.org/iiif/3/{ID}"


def test_the_urls_of_an_image_are_all_good() -> None:
    urls = URLS.of(image(id=ID))
    assert list(urls) == ["thumb", "small", "regular", "full", "original", "iiif"]
    sides = [RenderSpec.parse(dict(parse_qsl(urlsplit(urls[n]).query))) for n in list(urls)[:4]]
    assert [spec.width for spec in sides] == [320, 640, 1080, 2048]
    assert all(spec.fit == "max" and spec.width == spec.height for spec in sides)


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (300, [300]),
        (320, [320]),
        (800, [320, 480, 640, 800]),
        (9000, [320, 480, 640, 960, 1280, 1600, 2048]),
    ],
)
def test_a_srcset_goes_up_to_the_width_of_the_image(width: int, widths: list[int]) -> None:
    parts = [part.split() for part in URLS.srcset(image(id=ID, width=width)).split(", ")]
    assert [descriptor for _, descriptor in parts] == [f"{w}w" for w in widths]
    assert [url for url, _ in parts] == [f"/i/{ID}?w={w}" for w in widths]
    assert max(widths) <= MAX_SIDE


def test_the_srcset_of_a_drawing_has_every_width() -> None:
    assert URLS.srcset(image(format="svg", width=24)).count(",") == 6
