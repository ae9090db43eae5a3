"""Problem documents have one shape, whatever went wrong (RFC 9457)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from calotype import errors
from calotype.api.explained import explained
from calotype.errors import CalotypeError

from .house import House

MEMBERS = {"type", "title", "status", "detail", "code"}

PROBLEMS = [
    ("GET", "/nowhere", 404, "not-found"),
    ("GET", "/image/zzzz", 404, "no-match"),
    ("GET", "/i/nobody", 404, "not-found"),
    ("GET", "/i/nobody/original", 404, "not-found"),
    ("GET", "/images/nobody", 404, "not-found"),
    ("GET", "/assets/nothing.js", 404, "not-found"),
    ("GET", "/i/nobody?w=0", 400, "bad-parameter"),
    ("GET", "/search?limit=x", 400, "bad-parameter"),
    ("GET", "/search?q=color:mauve", 400, "bad-query"),
    ("GET", "/search?cursor=x", 400, "bad-cursor"),
    ("GET", "/search?q=%ff", 400, "bad-parameter"),
    ("POST", "/search", 405, "method-not-allowed"),
    ("DELETE", "/image/hoodie", 405, "method-not-allowed"),
    ("BREW", "/healthz", 405, "method-not-allowed"),
    ("PUT", "/assets/app.js", 405, "method-not-allowed"),
]


@pytest.mark.parametrize(("method", "path", "status", "code"), PROBLEMS)
def test_every_problem_has_the_one_shape(
    house: House, method: str, path: str, status: int, code: str
) -> None:
    answer = house.request(method, path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) >= MEMBERS
    assert all(isinstance(problem[name], str) for name in MEMBERS - {"status"})
    assert problem["code"] == code
    assert problem["type"].endswith(f"#errors-{code}")
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize("path", ["/search", "/image/x", "/i/x", "/metrics", "/", "/assets/app.js"])
def test_another_method_is_a_405_that_says_which_there_are(house: House, path: str) -> None:
    answer = house.request("POST", path)
    assert answer.status_code == 405
    assert answer.headers.get_list("allow") == ["GET, HEAD"]


@pytest.mark.parametrize("path", ["/image/fox/snow", "/image/fox%2Fsnow"])
def test_a_query_with_a_slash_is_told_what_to_do(house: House, path: str) -> None:
    answer = house.get(path)
    assert answer.status_code == 404
    assert "put a space in its place" in answer.json()["detail"]


def test_a_405_names_the_methods_of_all_routes_of_the_path(house: House) -> None:
    for path, methods in (("/images", "POST"), ("/images/x", "GET, HEAD, PATCH, DELETE")):
        answer = house.request("PUT", path)
        assert answer.status_code == 405
        assert answer.headers.get_list("allow") == [methods]


LONG = "a" * 10_000


@pytest.mark.parametrize("path", ["/image/{}", "/search?q={}"])
def test_a_query_of_10_kb_is_a_400(house: House, path: str) -> None:
    answer = house.get(path.format(LONG))
    assert answer.status_code == 400
    assert answer.json()["bound"].startswith("at most")
    assert len(answer.content) < 1000


@pytest.mark.parametrize("path", ["/image/{}", "/search?q={}"])
@pytest.mark.parametrize("sign", ["\0", "\x01", "\n", "\r\n", "\x7f", "\x1b[31m", "\x85"])
def test_control_characters_are_a_400(house: House, path: str, sign: str) -> None:
    answer = house.get(path.format(quote(f"red{sign}hoodie")))
    assert answer.status_code == 400
    assert answer.json()["parameter"] == ("q" if "search" in path else "query")
    assert answer.json()["bound"] == "free of control characters"


@pytest.mark.parametrize("query", ["%ff", "q=%ff", "q=%c3%28", "q=%ed%a0%80", "%c0%af=1", "q=%80"])
@pytest.mark.parametrize("path", ["/search", "/image/hoodie", "/i/nobody"])
def test_a_query_string_that_is_no_utf_8_is_a_400(house: House, path: str, query: str) -> None:
    answer = house.get(f"{path}?{query}")
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "query string"


@pytest.mark.parametrize("bytes_", ["%ff", "%c3%28", "%ed%a0%80", "red%80"])
def test_a_query_in_the_path_that_is_no_utf_8_is_a_400(house: House, bytes_: str) -> None:
    answer = house.get(f"/image/{bytes_}")
    assert answer.status_code == 400
    assert answer.json()["bound"] == "percent-encoded UTF-8"


@pytest.mark.parametrize("text", ["%", "100%", "%zz", "%4"])
def test_a_percent_sign_that_encodes_nothing_is_one(house: House, text: str) -> None:
    assert house.get(f"/search?q={text}").json()["query"] == text


@pytest.mark.parametrize("text", ["%20", "!!!", "%20%20", "-", '""', "..."])
def test_a_query_that_asks_for_nothing_is_a_400(house: House, text: str) -> None:
    answer = house.get(f"/image/{text}")
    assert answer.status_code in (400, 404)
    assert answer.json()["code"] in ("bad-query", "not-found")


def test_very_many_parameters_are_a_400(house: House) -> None:
    query = "&".join(f"p{number}=1" for number in range(101))
    answer = house.get(f"/search?{query}")
    assert answer.status_code == 400
    assert answer.json()["bound"] == "at most 100 parameters"


def test_a_very_long_query_string_is_a_400(house: House) -> None:
    answer = house.get(f"/search?q=red&x={LONG}")
    assert answer.status_code == 400
    assert answer.json()["bound"] == "at most 8192 bytes"


@pytest.mark.parametrize("name", ["q", "limit", "cursor", "prefix", "facets"])
def test_a_parameter_of_search_is_given_once(house: House, name: str) -> None:
    answer = house.get(f"/search?{name}=1&{name}=1")
    assert answer.status_code == 400
    assert (answer.json()["parameter"], answer.json()["bound"]) == (name, "given once")


def kinds(kind: type[CalotypeError]) -> list[type[CalotypeError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in kinds(below))]


def test_every_error_is_in_the_tree_with_its_status() -> None:
    tree = errors.__doc__ or ""
    for kind in kinds(CalotypeError):
        if kind.__module__ == errors.__name__:
            (line,) = [
                line
                for line in tree.splitlines()
                if line.strip("│├└─ ").split()[:1] == [kind.__name__]
            ]
            if kind is not CalotypeError:
                assert f" {kind.status} " in line, kind


def test_what_was_sent_is_shown_shortened(house: House) -> None:
    problem: dict[str, Any] = house.get("/search", params={"limit": "9" * 500}).json()
    assert len(problem["value"]) <= 80


def test_every_code_is_explained_where_its_type_leads(house: House) -> None:
    page = house.get("/docs").text
    for code in {each[3] for each in PROBLEMS} | {each.code for each in explained()}:
        assert page.count(f'id="errors-{code}"') == 1, code


def test_an_error_without_a_code_of_its_own_is_not_explained_twice() -> None:
    codes = [each.code for each in explained()]
    assert len(codes) == len(set(codes))
    unrenderable = next(each for each in explained() if each.code == "unrenderable")
    assert unrenderable.meaning.startswith("The original breaks")
