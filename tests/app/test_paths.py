"""No path leads to a file (and none to a 500), however it is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import SECRET
from .service import Service, status

ROUTES = ("/", "/image/", "/i/", "/i/{id}/", "/images/", "/assets/", "/search/", "/docs/")
ATTACKS = (
    "..", "../", "../secret.txt", "../../secret.txt", "../../../../../../../../etc/passwd",
    "..%2fsecret.txt", "..%2F..%2Fsecret.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%252e%252e%252fsecret.txt", "/etc/passwd", "%2fetc%2fpasswd",
    "//etc/passwd", "..\\secret.txt", "..%5csecret.txt", "%5c%5cserver%5cshare", "C:%5cwindows",
    "secret.txt%00", "%00", "%00.png", "x%00/../secret.txt", ".hidden", "./secret.txt",
    "....//secret.txt", "..;/secret.txt", "%c0%ae%c0%ae/secret.txt", "%uff0e%uff0e/secret.txt",
    "file:///etc/passwd", "~/secret.txt", "a/../../secret.txt", "a%2fb",
)  # fmt: skip


@pytest.fixture(scope="module")
def id(service: Service) -> str:
    found: str = service.get("/search?q=red hat").json()["results"][0]["id"]
    return found


@pytest.mark.parametrize("route", ROUTES)
def test_no_path_leads_out(service: Service, id: str, route: str) -> None:
    for attack in ATTACKS:
        target = (route.replace("{id}", id) + attack).encode()
        answer = service.target(target)
        assert status(answer) in (400, 404), target
        assert SECRET.encode() not in answer
        assert b"root:" not in answer


SEGMENTS = st.sampled_from(
    ["..", ".", "", "%2e%2e", "%2f", "%5c", "\\", "%00", "image", "i", "images", "assets", "search",
     "original", "secret.txt", ".hidden", "catalog.sqlite", "index", "%ff", "%", "%2", "~", "é",
     "red hat.png", "?", "#", ";", ":", "%0d%0a", "{id}", "@", "*"]
)  # fmt: skip
RAW = st.one_of(
    st.lists(SEGMENTS, max_size=8).map("/".join),
    st.lists(SEGMENTS, max_size=8).map("".join),
    st.text(max_size=40),
).map(lambda text: "/" + text)


@settings(max_examples=300, deadline=None)
@given(raw=RAW)
def test_any_path_gets_an_answer_and_never_a_file(service: Service, id: str, raw: str) -> None:
    target = raw.replace("{id}", id).replace(" ", "%20").encode("utf-8", "replace")
    target = b"".join(b"%%%02x" % byte if byte < 0x21 or byte == 0x7F else bytes([byte])
                      for byte in target)  # fmt: skip
    answer = service.target(target)
    if status(answer) == 405:  # known, but not to be read
        assert target.partition(b"?")[0] == b"/images", target
    else:
        assert status(answer) in (200, 304, 400, 404), target
    assert SECRET.encode() not in answer
    if status(answer) == 404:
        assert b"application/problem+json" in answer


@settings(max_examples=150, deadline=None)
@given(query=st.binary(max_size=60), route=st.sampled_from(["/search", "/image/hat", "/i/{id}"]))
def test_any_query_string_gets_an_answer(
    service: Service, id: str, route: str, query: bytes
) -> None:
    names = [b"q=", b"w=", b"limit=", b"cursor=", b"tag=", b"width=", b"n="]
    prefix = names[len(query) % len(names)]
    encoded = b"".join(b"%%%02x" % byte if byte < 0x21 or byte > 0x7E or byte == 0x23
                       else bytes([byte]) for byte in query)  # fmt: skip
    answer = service.target(route.replace("{id}", id).encode() + b"?" + prefix + encoded)
    assert status(answer) in (200, 400, 404), query
