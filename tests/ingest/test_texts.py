"""Where the words about an image come from, and which of them go before which."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from tests.decode.pictures import drawing, quadrants, sample, saved

from .library import Library

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
   xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
   xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
  <rdf:Description rdf:about="" photoshop:DateCreated="2021-02-03">
   <dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li>
     <rdf:li xml:lang="x-default">Harbour</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">Boats at dusk</rdf:li></rdf:Alt>
     </dc:description>
   <dc:subject><rdf:Bag><rdf:li>boat</rdf:li><rdf:li>sea</rdf:li></rdf:Bag></dc:subject>
   <dc:creator><rdf:Seq><rdf:li>Ann Example</rdf:li></rdf:Seq></dc:creator>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">CC BY 4.0</rdf:li></rdf:Alt></dc:rights>
   <Iptc4xmpCore:AltTextAccessibility><rdf:Alt><rdf:li xml:lang="x-default">Three boats</rdf:li>
     </rdf:Alt></Iptc4xmpCore:AltTextAccessibility>
  </rdf:Description>
 </rdf:RDF></x:xmpmeta>"""


def photo(**options: object) -> bytes:
    return saved(quadrants(), "jpeg", **options)


def iptc(**texts: bytes) -> bytes:
    """Photoshop's APP13 segment with IIM data sets (IPTC IIM 4.2)."""
    numbers = {"title": 5, "keyword": 25, "date": 55, "creator": 80, "rights": 116, "caption": 120}
    sets = b"".join(
        b"\x1c\x02" + bytes([numbers[name.rstrip("_")]]) + len(text).to_bytes(2, "big") + text
        for name, text in texts.items()
    )
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(sets).to_bytes(4, "big") + sets
    block += b"\0" * (len(sets) % 2)
    data = photo()
    return data[:2] + b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block + data[2:]


def exif(**values: str) -> Image.Exif:
    numbers = {"description": 0x010E, "make": 0x010F, "model": 0x0110, "artist": 0x013B,
               "copyright": 0x8298}  # fmt: skip
    made = Image.Exif()
    for name, number in numbers.items():
        if name in values:
            made[number] = values[name]
    if "taken" in values:
        made.get_ifd(0x8769)[0x9003] = values["taken"]
    return made


def test_xmp_in_the_file(library: Library) -> None:
    library.put("a.jpg", photo(xmp=XMP.encode()))
    found = library.image("a.jpg")
    assert (found.title, found.description, found.alt) == (
        "Harbour", "Boats at dusk", "Three boats",
    )  # fmt: skip
    assert (found.tags, found.creator, found.license) == (
        ("boat", "sea"), "Ann Example", "CC BY 4.0",
    )  # fmt: skip
    assert found.created == "2021-02-03"


def test_iptc_in_the_file(library: Library) -> None:
    data = iptc(
        title=b"Harbour",
        keyword=b"boat",
        keyword_=b"sea",
        date=b"20210203",
        creator=b"Ann",
        rights=b"CC0",
        caption="Boote am Kai, grün".encode(),
    )
    library.put("a.jpg", data)
    found = library.image("a.jpg")
    assert (found.title, found.description) == ("Harbour", "Boote am Kai, grün")
    assert (found.tags, found.creator, found.license) == (("boat", "sea"), "Ann", "CC0")
    assert found.created == "2021-02-03"


def test_exif_in_the_file(library: Library) -> None:
    library.put("a.jpg", photo(exif=exif(description="Boats", artist="Ann", copyright="CC0",
                                         make="Canon", model="Canon EOS R5",
                                         taken="2021:02:03 04:05:06")))  # fmt: skip
    found = library.image("a.jpg")
    assert (found.description, found.creator, found.license) == ("Boats", "Ann", "CC0")
    assert (found.camera, found.created) == ("Canon EOS R5", "2021-02-03T04:05:06")


def test_xmp_goes_before_exif_but_the_camera_knows_the_time(library: Library) -> None:
    both = exif(artist="Somebody", copyright="mine", taken="2020:01:01 01:01:01")
    library.put("a.jpg", photo(xmp=XMP.encode(), exif=both))
    found = library.image("a.jpg")
    assert (found.creator, found.created) == ("Ann Example", "2020-01-01T01:01:01")


def test_a_drawing_says_its_title_and_description(library: Library) -> None:
    library.put("a.svg", drawing(inside="<title>Harbour</title><desc>Boats</desc>"))
    found = library.image("a.svg")
    assert (found.title, found.description) == ("Harbour", "Boats")


ROW = {"title": "Harbour", "description": "Boats", "tags": ["boat", "sea"], "alt": "Three boats",
       "license": "CC0", "creator": "Ann"}  # fmt: skip


def assert_row(library: Library, name: str = "sub/a.png") -> None:
    found = library.image(name)
    assert {key: getattr(found, key) for key in ROW} == {**ROW, "tags": ("boat", "sea")}


@pytest.mark.parametrize("table", ["metadata.jsonl", "sub/metadata.jsonl"])
def test_metadata_jsonl(library: Library, table: str) -> None:
    name = "a.png" if table.startswith("sub") else "sub/a.png"
    library.put("sub/a.png", sample("png"))
    library.put(table, json.dumps({"file_name": name, **ROW}) + "\n")
    assert_row(library)


def test_metadata_csv(library: Library) -> None:
    library.put("sub/a.png", sample("png"))
    header = "file_name,title,description,tags,alt,license,creator"
    library.put(
        "metadata.csv", f'{header}\nsub/a.png,Harbour,Boats,"boat, sea",Three boats,CC0,Ann\n'
    )
    assert_row(library)


@pytest.mark.parametrize("sidecar", ["sub/a.png.json", "sub/a.json"])
def test_a_json_sidecar(library: Library, sidecar: str) -> None:
    library.put("sub/a.png", sample("png"))
    library.put(sidecar, json.dumps(ROW))
    assert_row(library)


@pytest.mark.parametrize("sidecar", ["a.txt", "a.png.txt"])
def test_a_text_sidecar_is_a_caption(library: Library, sidecar: str) -> None:
    library.put("a.png", sample("png"))
    library.put(sidecar, "Boats at dusk\n")
    assert library.image("a.png").description == "Boats at dusk"


@pytest.mark.parametrize("sidecar", ["a.xmp", "a.png.xmp"])
def test_an_xmp_sidecar(library: Library, sidecar: str) -> None:
    library.put("a.png", sample("png"))
    library.put(sidecar, XMP)
    found = library.image("a.png")
    assert (found.title, found.tags, found.alt) == ("Harbour", ("boat", "sea"), "Three boats")


def test_what_lies_beside_goes_before_what_is_in_the_file(library: Library) -> None:
    library.put("a.jpg", photo(xmp=XMP.encode()))
    library.put("a.jpg.json", '{"title": "By hand", "tags": ["mine"]}')
    found = library.image("a.jpg")
    assert (found.title, found.creator) == ("By hand", "Ann Example")
    assert found.tags == ("mine", "boat", "sea")


def test_a_sidecar_goes_before_a_table_and_a_near_table_before_a_far_one(library: Library) -> None:
    library.put("sub/a.png", sample("png"))
    library.put("metadata.jsonl", '{"file_name": "sub/a.png", "title": "Far", "alt": "Far"}')
    library.put("sub/metadata.jsonl", '{"file_name": "a.png", "title": "Near", "creator": "Near"}')
    library.put("sub/a.json", '{"title": "Beside"}')
    found = library.image("sub/a.png")
    assert (found.title, found.creator, found.alt) == ("Beside", "Near", "Far")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("red-fox_in-snow.jpg", "Red fox in snow"),
        ("redFoxInSnow.jpg", "Red Fox In Snow"),
        ("harbour/IMG_2041.jpg", "Harbour"),
        ("harbour/0a1b2c3d4e5f.jpg", "Harbour"),
        ("IMG_2041.jpg", ""),
    ],
)
def test_without_any_text_the_name_is_the_title(library: Library, name: str, title: str) -> None:
    library.put(name, sample("jpeg"))
    assert library.image(name).title == title


def test_a_text_that_is_gone_says_nothing_any_more(library: Library) -> None:
    library.put("a.png", sample("png"))
    library.put("a.txt", "Boats at dusk")
    assert library.image("a.png").description == "Boats at dusk"
    (library.folder / "a.txt").unlink()
    assert library.image("a.png").description == ""


def test_a_changed_line_changes_that_image_alone(library: Library) -> None:
    library.put("a.png", sample("png"))
    library.put("b.jpg", sample("jpeg"))
    rows = ['{"file_name": "a.png", "title": "A"}', '{"file_name": "b.jpg", "title": "B"}']
    library.put("metadata.jsonl", "\n".join(rows))
    library.run()
    library.put("metadata.jsonl", "\n".join([rows[0], rows[1].replace('"B"', '"Better"')]))
    summary = library.run()
    assert (summary.changed, summary.unchanged) == (1, 1)
    assert library.image("b.jpg").title == "Better"


def test_a_bad_line_is_told_and_the_rest_used(library: Library) -> None:
    library.put("a.png", sample("png"))
    library.put(
        "metadata.jsonl", 'nonsense\n{"title": "no name"}\n{"file_name": "a.png", "title": "A"}'
    )
    assert library.refused() == {"metadata.jsonl": "bad-metadata"}
    (told,) = library.run().refused
    assert "lines 1, 2" in told.message
    assert library.image("a.png").title == "A"


@pytest.mark.parametrize("sidecar", ["a.json", "a.xmp"])
def test_a_broken_sidecar_is_told_and_the_image_taken(library: Library, sidecar: str) -> None:
    library.put("a.png", sample("png"))
    library.put(sidecar, "<<< {{{")
    assert library.refused() == {sidecar: "bad-metadata"}
    assert library.image("a.png").format == "png"


XMP_IN_NO_ENCODING = b'<?xml version="1.0" encoding="bogus"?><x/>'


def test_an_xmp_in_an_encoding_that_nobody_knows_is_told(library: Library) -> None:
    library.put("a.jpg", photo(xmp=XMP_IN_NO_ENCODING))
    library.put("a.xmp", XMP_IN_NO_ENCODING)
    assert library.refused() == {"a.xmp": "bad-metadata"}
    assert library.image("a.jpg").format == "jpeg"


ENDLESS = ["&#" + "1" * 5_000 + ";", "&#" + "0" * 5_000, "&#x" + "f" * 5_000 + ";"]


@pytest.mark.parametrize("reference", ENDLESS, ids=["decimal", "zeros", "hexadecimal"])
def test_a_reference_of_endless_digits_is_no_character(library: Library, reference: str) -> None:
    escaped = reference.replace("&", "&amp;")
    library.put("a.svg", drawing(inside=f"<title>Boat {escaped}</title>"))
    library.put("a.json", json.dumps({"description": f"At {reference} sea &#38; land"}))
    found = library.image("a.svg")
    assert found.title.rstrip(";") == "Boat \ufffd"
    assert found.description.replace(";", "") == "At \ufffd sea & land"


def test_an_xmp_that_expands_without_end_is_refused(library: Library) -> None:
    library.put("a.png", sample("png"))
    library.put("a.xmp", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>')
    assert library.refused() == {"a.xmp": "bad-metadata"}


def test_texts_of_any_language_stay_as_they_are(library: Library) -> None:
    library.put("a.png", sample("png"))
    library.put("a.json", json.dumps({"title": "日の出 — Où?", "tags": ["Größe", "лес"]}))
    found = library.image("a.png")
    assert (found.title, found.tags) == ("日の出 — Où?", ("Größe", "лес"))


def test_markup_and_control_characters_are_no_part_of_a_text(library: Library) -> None:
    library.put("a.png", sample("png"))
    library.put("a.json", json.dumps({"title": "<b>Red</b>\x07 &amp; blue", "alt": "x" * 9_999}))
    found = library.image("a.png")
    assert found.title == "Red & blue"
    assert len(found.alt) == 2_000
