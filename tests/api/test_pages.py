"""The pages and their files, as far as HTTP goes."""

from __future__ import annotations

import pytest

from calotype.api.pages import WEB

from .house import House


@pytest.mark.parametrize("path", ["/", "/upload", "/docs", "/status.html"])
def test_a_page_allows_nothing_from_elsewhere(house: House, path: str) -> None:
    answer = house.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["referrer-policy"] == "same-origin"


PAGES = sorted(page.name for page in WEB.rglob("*.html"))


@pytest.mark.parametrize("name", [*PAGES, "", "vendor", "vendor/", "css/", "css/../index.html",
                                  "index.html/", "/index.html", "index%2ehtml"])  # fmt: skip
def test_no_page_and_no_folder_is_among_the_assets(house: House, name: str) -> None:
    """Where no policy would be sent with it."""
    answer = house.get(f"/assets/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", ["/", "/upload", "/docs", "/assets/app.js"])
def test_a_page_is_asked_for_again_and_mostly_a_304(house: House, path: str) -> None:
    answer = house.get(path)
    assert answer.headers["cache-control"] == "no-cache"
    again = house.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code in (200, 304)
    if path.startswith("/assets"):
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_large_file_comes_whole(house: House, method: str) -> None:
    largest = max(WEB.rglob("*.js"), key=lambda file: file.stat().st_size)
    answer = house.request(method, f"/assets/{largest.relative_to(WEB).as_posix()}")
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(largest.stat().st_size)
    assert answer.content == (largest.read_bytes() if method == "GET" else b"")


@pytest.mark.parametrize("path", ["/", "/upload", "/docs"])
def test_a_page_loads_only_what_there_is(house: House, path: str) -> None:
    page = house.get(path).text
    for attribute in ('src="', 'href="'):
        for piece in page.split(attribute)[1:]:
            url = piece.split('"')[0]
            if url.startswith("/") and not url.startswith("//"):
                assert house.get(url).status_code == 200, url
