"""Validators, lifetimes and tags."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.deliver import caching
from calotype.deliver.config import DeliverConfig
from calotype.render.spec import RenderSpec

CONFIG = DeliverConfig()
ID = "a" * 40
SPEC = RenderSpec.parse({"w": "400"})
KEY = "b7e3f2bba4c31b2d7c0f3bb4bd2a3a63"


def name(id: str = ID, spec: RenderSpec = SPEC, format: str = "webp", version: str = "1") -> str:
    return caching.rendition_key(id, spec, format, version)


def test_a_key_depends_on_all_that_makes_the_bytes_and_on_nothing_else() -> None:
    others = [
        name(id="c" * 40),
        name(spec=RenderSpec.parse({"w": "401"})),
        name(format="avif"),
        name(version="2"),
    ]
    assert len({name(), *others}) == 5
    assert name() == name(spec=RenderSpec.parse({"w": "200", "dpr": "2", "utm_source": "x"}))


def test_a_key_is_the_same_in_every_process() -> None:
    """Python's own hashes are not: a fleet must agree, and a restart must not empty caches."""
    script = (
        "from calotype.deliver.caching import rendition_key\n"
        "from calotype.render.spec import RenderSpec\n"
        f"print(rendition_key('{ID}', RenderSpec.parse({{'w': '400'}}), 'webp', '1'))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout.strip() == name()


def test_an_etag_is_a_strong_validator_unless_it_is_a_weak_one() -> None:
    assert re.fullmatch(r'"[0-9a-f]{32}"', caching.etag(name()))
    assert caching.weak_etag(name()) == f"W/{caching.etag(name())}"


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (None, False),
        ("", False),
        ("*", True),
        (" * ", True),
        (f'"{KEY}"', True),
        (f'W/"{KEY}"', True),
        (f'"other", "{KEY}"', True),
        (f'"other",W/"{KEY}" , "more"', True),
        (f'"other"\t,\t"{KEY}"', True),
        ('"other"', False),
        (KEY, False),
        (f"'{KEY}'", False),
        (f'"{KEY[:-1]}"', False),
        (f'"x{KEY}"', False),
        (f'w/"{KEY}"', False),
        (f'"a,b", "{KEY}"', True),
        (f'"*", "{KEY[1:]}"', False),
        (f'"{KEY}-gzip"', False),
    ],
)
def test_if_none_match_is_a_list_compared_weakly(header: str | None, matches: bool) -> None:
    assert caching.held(header, f'"{KEY}"') == (f'"{KEY}"' if matches else None)


def test_a_weak_validator_matches_itself() -> None:
    assert caching.held('W/"a-1"', 'W/"a-1"') == 'W/"a-1"'
    assert caching.held('"a-1"', 'W/"a-1"') == 'W/"a-1"'
    assert caching.held('W/"a-2"', 'W/"a-1"') is None


@pytest.mark.parametrize("weak", ["", "W/"])
def test_who_has_the_slow_encoding_needs_no_quick_one_but_may_have_the_reverse(weak: str) -> None:
    quick, slow = f'{weak}"{KEY}"', f'{weak}"{caching.slow_key(KEY)}"'
    assert caching.held(slow, quick) == slow
    assert caching.held(f"{slow}, {quick}", quick) == quick
    assert caching.held(quick, slow) is None
    assert caching.held(slow, slow) == slow


@pytest.mark.parametrize("key", ["a" * 40, "a" * 30, "a-1"])
def test_what_is_no_rendition_has_one_validator(key: str) -> None:
    assert caching.held(f'"{caching.slow_key(key)}"', f'"{key}"') is None


@given(st.text(max_size=60))
def test_no_header_breaks_the_comparison(header: str) -> None:
    found = caching.held(header, f'"{KEY}"')
    assert (found is not None) == (header.strip() == "*" or KEY in header)


def directives(value: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in value.split(","))
    return {key: number for key, _, number in pairs}


def test_an_answer_about_one_image_lives_a_year() -> None:
    assert directives(caching.IMMUTABLE) == {
        "public": "",
        "max-age": "31536000",
        "immutable": "",
    }


def test_an_answer_to_a_query_lives_a_minute_in_the_browser_and_long_at_the_edge() -> None:
    assert directives(caching.for_query(CONFIG)) == {
        "public": "",
        "max-age": "60",
        "s-maxage": "86400",
        "stale-while-revalidate": "86400",
        "stale-if-error": "86400",
    }


def test_one_with_more_images_than_tags_lives_short_at_the_edge() -> None:
    assert directives(caching.for_query(CONFIG, complete=False))["s-maxage"] == "60"


@pytest.mark.parametrize(("status", "kept"), [(404, True), (422, True), (400, False), (503, False)])
def test_an_error_is_never_kept_in_a_browser(status: int, kept: bool) -> None:
    found = directives(caching.for_error(CONFIG, status))
    assert found == ({"public": "", "max-age": "0", "s-maxage": "5"} if kept else {"no-store": ""})


def test_tags_name_the_images_the_terms_and_the_query() -> None:
    tags, complete = caching.cache_tags([ID, "c" * 40], ["hoodi", "black"])
    assert tags.split(",") == ["q", "t-hoodi", "t-black", f"img-{ID}", f"img-{'c' * 40}"]
    assert complete


def test_an_answer_without_a_query_has_the_image_alone() -> None:
    assert caching.cache_tags([ID]) == (f"img-{ID}", True)


def test_an_answer_to_an_empty_query_or_without_images_has_the_query_tag() -> None:
    assert caching.cache_tags([], []) == ("q", True)


def test_each_tag_is_there_once() -> None:
    assert caching.cache_tags([ID, ID], ["a", "a"]) == (f"q,t-a,img-{ID}", True)


@pytest.mark.parametrize(("images", "complete"), [(47, True), (48, False), (100, False)])
def test_at_most_fifty_tags(images: int, complete: bool) -> None:
    ids = [f"{number:040x}" for number in range(images)]
    tags, fits = caching.cache_tags(ids, ["black", "hoodi"])
    assert len(tags.split(",")) == min(50, 3 + images)
    assert fits is complete
    assert tags.startswith("q,t-black,t-hoodi,")


def test_more_terms_than_tags_is_incomplete() -> None:
    tags, fits = caching.cache_tags([], [f"word{number}" for number in range(80)])
    assert len(tags.split(",")) == 50
    assert not fits


@given(st.lists(st.text(max_size=100), max_size=60))
def test_tags_can_stand_in_a_header_whatever_was_asked(stems: list[str]) -> None:
    tags, _ = caching.cache_tags([ID], stems)
    parts = tags.split(",")
    assert len(parts) <= 50
    assert all(re.fullmatch(r"[A-Za-z0-9-]{1,70}[*]?", part, re.ASCII) for part in parts)


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_terms_have_different_tags(one: str, other: str) -> None:
    assert (caching.cache_tags([], [one]) == caching.cache_tags([], [other])) is (one == other)


@pytest.mark.parametrize(
    ("lifetime", "seconds", "bounded"),
    [
        (caching.IMMUTABLE, 90.9, "public, max-age=90, must-revalidate"),
        (caching.for_query(CONFIG), 90, "public, max-age=60, s-maxage=90, must-revalidate"),
        (caching.for_query(CONFIG), -5, "public, max-age=0, s-maxage=0, must-revalidate"),
        (caching.NO_STORE, 90, "no-store"),
    ],
)
def test_no_lifetime_reaches_past_the_end(lifetime: str, seconds: float, bounded: str) -> None:
    assert caching.until(lifetime, seconds) == bounded
