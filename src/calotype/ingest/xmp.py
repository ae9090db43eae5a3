"""XMP (ISO 16684-1), embedded or as a sidecar: what its RDF says of an image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from calotype.catalog import Words
from calotype.catalog.words import NOTHING, merge
from calotype.ingest.text import LONGEST, clean, clean_tags, iso_date

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CC = ("{http://creativecommons.org/ns#}", "{http://web.resource.org/cc/}")
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_IPTC = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
_TAKEN = "{http://ns.adobe.com/exif/1.0/}DateTimeOriginal"
_MADE = "{http://ns.adobe.com/xap/1.0/}CreateDate"
_MOST_BYTES = 1 << 20
_MOST_VALUES = 1000


def words_from_xmp(data: bytes) -> Words:
    """The words of an XMP packet. Raises ValueError if it is no XML, or no harmless one."""
    if len(data) > _MOST_BYTES:
        raise ValueError("the packet is too large")
    try:
        root = fromstring(data.strip(b"\0 \t\r\n"))
    except (ParseError, LookupError):  # the latter for an encoding that nobody knows
        raise ValueError("the packet is no XML") from None
    return merge([words_from_rdf(node) for node in root.iter(_RDF + "Description")] or [NOTHING])


def words_from_rdf(node: Element) -> Words:
    """The words of one RDF node: an `rdf:Description` of XMP, or the `cc:Work` of a drawing."""

    def text(longest: str, *names: str) -> str:
        found = (clean(", ".join(_values(node, name)), LONGEST[longest]) for name in names)
        return next(filter(None, found), "")

    dates = (iso_date(" ".join(_values(node, name))[:64]) for name in (
        _TAKEN, _PHOTOSHOP + "DateCreated", _MADE, _DC + "date"))  # fmt: skip
    return Words(
        title=text("title", _DC + "title", _PHOTOSHOP + "Headline"),
        description=text("description", _DC + "description"),
        alt=text("alt", _IPTC + "AltTextAccessibility"),
        tags=clean_tags([v for value in _values(node, _DC + "subject") for v in value.split(",")]),
        creator=text("creator", _DC + "creator"),
        license=text(
            "license",
            *(cc + "license" for cc in _CC),
            _RIGHTS + "WebStatement",
            _DC + "rights",
        ),
        created=next(filter(None, dates), ""),
    )


def _values(node: Element, name: str) -> list[str]:
    """The values of a property, written as attribute, as text, as resource or as a list."""
    values = [node.get(name, "")]
    for element in node.findall(name):
        values += _inside(element)
    return [value.strip() for value in values if value.strip()][:_MOST_VALUES]


def _inside(element: Element) -> Iterator[str]:
    alternatives = element.find(_RDF + "Alt")
    if alternatives is not None:
        items = alternatives.findall(_RDF + "li")
        default = [item for item in items if item.get(_LANG) == "x-default"]
        for item in (default or items)[:1]:
            yield "".join(item.itertext())
        return
    items = list(element.iter(_RDF + "li"))[:_MOST_VALUES]
    if items:
        yield from ("".join(item.itertext()) for item in items)
        return
    # cc:Agent holds its name in a dc:title; a licence is often a resource only.
    yield " ".join("".join(element.itertext()).split()) or element.get(_RDF + "resource", "")
