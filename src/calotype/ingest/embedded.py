"""What a file says of itself: EXIF, IPTC and XMP in a photograph, RDF in a drawing."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.catalog import Words
from calotype.catalog.words import NOTHING, merge
from calotype.decode import Header
from calotype.ingest.exif import read_exif
from calotype.ingest.iptc import read_iptc
from calotype.ingest.svgtext import read_svg
from calotype.ingest.xmp import words_from_xmp


@dataclass(frozen=True, slots=True)
class Embedded:
    words: Words = NOTHING
    camera: str = ""


def embedded_in(header: Header, data: bytes) -> Embedded:
    """The texts and the camera in a file whose header has passed.

    Where the blocks differ, XMP comes before IPTC before EXIF, as the Metadata Working Group has
    it; the time is the camera's own. A block that cannot be understood says nothing.
    """
    if header.format == "svg":
        return Embedded(read_svg(data))
    exif, camera = read_exif(header.exif or b"")
    origins = [Words(created=exif.created), _xmp(header.xmp), read_iptc(header.iptc or b""), exif]
    return Embedded(merge(origins), camera)


def _xmp(packet: bytes | None) -> Words:
    try:
        return words_from_xmp(packet) if packet else NOTHING
    except ValueError:
        return NOTHING
