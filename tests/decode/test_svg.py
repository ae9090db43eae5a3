"""Drawings: nothing outside of them, nothing that grows, and every ordinary one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.decode import Limits, header, load
from calotype.errors import Refused, Unrenderable

from .pictures import QUADRANTS, RED, alike, corners, drawing, quadrants, saved

LIMITS = Limits()
SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, before: str = "", attributes: str = "") -> bytes:
    return f'{before}<svg {SPACES} width="62" height="46" {attributes}>{inside}</svg>'.encode()


def reason(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(Refused) as refusal:
        header(data, limits)
    return refusal.value.reason


HTML = 'xmlns="http://www.w3.org/1999/xhtml"'
OUTSIDE = {
    "a file": '<image href="file:///etc/passwd" width="9" height="9"/>',
    "a path": '<image xlink:href="/etc/passwd"/>',
    "a neighbour": '<image href="secret.png"/>',
    "a URL": '<image href="http://example.org/a.png"/>',
    "a URL without scheme": '<image href="//example.org/a.png"/>',
    "a URL in spaces": '<image href="  https://example.org/a.png"/>',
    "a part of another drawing": '<use href="other.svg#part"/>',
    "a drawing within": '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
    "a text within": '<use href="data:text/html,x#a"/>',
    "an included file": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
    'href="/etc/passwd" parse="text"/>',
    "a filter's image": '<filter id="f"><feImage href="/a.png"/></filter>',
    "a paint elsewhere": '<rect fill="url(http://example.org/a.svg#p)"/>',
    "a style elsewhere": "<rect style=\"filter: url('file:///a.svg#f')\"/>",
    "a style sheet": "<style>@import url(http://example.org/a.css);</style>",
    "a style sheet without url": "<style>@import 'a.css';</style>",
    "a font": "<style>@font-face { src: url(http://example.org/a.woff) }</style>",
    "an escaped url": r"<style>rect { fill: u\72l(http://example.org/a.svg#p) }</style>",
    "an escaped import": r"<style>@\69mport 'a.css';</style>",
    "a style in pieces": "<style><![CDATA[@imp]]>ort 'a.css';</style>",
    "a base": '<g xml:base="http://example.org/"><use href="#a"/></g>',
    "a script": '<script src="http://example.org/a.js"/>',
    "a page's image": f'<foreignObject><img {HTML} src="http://example.org/a.png"/></foreignObject>',
    "a page's images": f'<img {HTML} srcset="data:image/png,a 1x, http://example.org/a.png 2x"/>',
    "a page's object": f'<h:object xmlns:h="{HTML[7:-1]}" data="file:///etc/passwd"/>',
    "a page's film": f'<video {HTML} poster="a.png"/>',
    "a page's form": f'<form {HTML} action="http://example.org/"/>',
    "a page within": f'<iframe {HTML} srcdoc="&lt;img src=//example.org/a.png&gt;"/>',
    "a set of images": "<rect style=\"fill: image-set('http://example.org/a.png' 1x)\"/>",
    "an entity in a reference": '<image href="&#104;ttp://example.org/a.png"/>',
}


@pytest.mark.parametrize("inside", OUTSIDE.values(), ids=OUTSIDE)
def test_a_drawing_that_refers_to_something_outside_is_refused(inside: str) -> None:
    assert reason(svg(inside)) == "svg-external"


BEFORE = {
    "an external entity": '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "an entity from the network": '<!DOCTYPE svg [<!ENTITY x PUBLIC "a" "http://example.org/">]>',
    "a style sheet": '<?xml-stylesheet href="http://example.org/a.css"?>',
    "a reference by default": '<!DOCTYPE svg [<!ATTLIST svg xlink:href CDATA "file:///a">]>',
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_what_stands_before_the_drawing_is_looked_at_as_well(before: str) -> None:
    assert reason(svg("", before)) == "svg-external"


def bomb(levels: int) -> str:
    entities = '<!ENTITY a0 "lol">' + "".join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, levels)
    )
    return f"<!DOCTYPE svg [{entities}]>"


COMPLEX = {
    "entities in entities": svg("<text>&a9;</text>", bomb(10)),
    "an entity used too often": svg("&a;" * 9000, f'<!DOCTYPE svg [<!ENTITY a "{"x" * 1000}">]>'),
    "a long entity": svg("", f'<!DOCTYPE svg [<!ENTITY a "{"x" * 2000}">]>'),
    "an element in an entity": svg("&a;", '<!DOCTYPE svg [<!ENTITY a "<g/>">]>'),
    "a parameter entity": svg("", '<!DOCTYPE svg [<!ENTITY % a "x">]>'),
    "many entities": svg(
        "", "<!DOCTYPE svg [" + "".join(f'<!ENTITY a{i} "x">' for i in range(300)) + "]>"
    ),
    "depth": svg("<g>" * 300 + "</g>" * 300),
    "elements": svg("<g/>" * 200_000),
    "attributes": svg('<g a="" b="" c="" d="" e="" f=""/>' * 90_000),
    "attributes of one element": svg("<g " + " ".join(f'a{i}=""' for i in range(5_000)) + "/>"),
}


@pytest.mark.parametrize("data", COMPLEX.values(), ids=COMPLEX)
def test_a_drawing_that_grows_is_refused(data: bytes) -> None:
    assert reason(data) == "svg-too-complex"


def test_a_drawing_has_a_limit_of_bytes_of_its_own() -> None:
    assert reason(svg(" " * 2000), replace(LIMITS, max_svg_bytes=2000)) == "too-large"


@pytest.mark.parametrize("data", [svg("<g>"), svg("&none;"), svg("\x01"), b"<svg ", b"<svg/> more"])
def test_broken_xml_is_refused(data: bytes) -> None:
    assert reason(data) == "corrupt"


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    assert reason(svg("", '<?xml version="1.0" encoding="x-none"?>')) == "corrupt"


PNG = "data:image/png;base64,"
ORDINARY = {
    "a gradient": '<linearGradient id="g"/><rect fill="url(#g)"/><use xlink:href="#g"/>',
    "a picture inside": f'<image href="{PNG}iVBORw0KGgo=" width="1" height="1"/>',
    "metadata": '<metadata><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:li rdf:resource="http://creativecommons.org/ns#Reproduction"/></rdf:RDF></metadata>',
    "a style": "<style>rect { fill: red; stroke: url('#g') }</style>",
    "a page's image inside": f'<img {HTML} src="{PNG}iVBORw0KGgo="/>',
    "attributes of one's own": '<g data="1,2" data-src="a.png" my:src="a" xmlns:my="x:y"/>',
    "a script, which nobody runs": "<script>alert(1)</script>",
    "a text": '<text x="3" y="20">url(http://example.org) &amp; more</text>',
}


@pytest.mark.parametrize("inside", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_drawing_is_taken(inside: str) -> None:
    assert header(svg(inside), LIMITS).format == "svg"
    assert load(svg(inside), LIMITS).width == 62


def test_plain_entities_and_a_public_doctype_are_taken() -> None:
    before = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd" ['
    data = svg('<rect width="62" height="46" fill="&c;"/>', before + '<!ENTITY c "#dc2828">]>')
    assert alike(corners(load(data, LIMITS))[0][:3], RED)


def test_a_file_beside_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the wall has a hole, librsvg is given bytes and no place to start from."""
    (tmp_path / "secret.png").write_bytes(saved(quadrants(), "png"))
    monkeypatch.chdir(tmp_path)
    wall = sys.modules["calotype.decode.header"]
    monkeypatch.setattr(wall, "check_svg", lambda data, limits: None)
    for target in ("secret.png", f"file://{tmp_path}/secret.png", f"{tmp_path}/secret.png"):
        image = load(svg(f'<image href="{target}" width="62" height="46"/>'), LIMITS)
        assert [color[3] for color in corners(image)] == [0, 0, 0, 0]


def test_a_drawing_is_drawn() -> None:
    image = load(drawing(), LIMITS)
    assert all(alike(color[:3], as_drawn) for color, as_drawn in zip(
        corners(image), QUADRANTS, strict=True))  # fmt: skip


PIECES = st.sampled_from(
    ["<g>", "</g>", "<!--", "-->", "<![CDATA[", "]]>", "&a;", "&#0;", "&#x10FFFF;", "'", '"',
     '<rect width="1e99" height="-1"/>', '<use href="#a" id="a"/>', "<style>", "</style>",
     '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter>', 'width="nan"',
     '<g filter="url(#f)">', "\\", "url(", "<?a?>", '<g transform="scale(1e30)">', "\ud7ff"]
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(PIECES, max_size=12).map("".join), st.lists(PIECES, max_size=3).map("".join))
def test_any_drawing_is_taken_or_refused(inside: str, attributes: str) -> None:
    try:
        load(svg(inside, attributes=attributes), LIMITS)
    except (Refused, Unrenderable):
        return
