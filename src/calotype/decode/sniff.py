"""Which format a file has, by its content: names and extensions say nothing."""

from __future__ import annotations

import re

SNIFFED = 64 << 10
"""Bytes that are looked at: a drawing may begin with a long comment."""

_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_XML_ENCODINGS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SKIPPED = (("<?", "?>"), ("<!--", "-->"))
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[[^\]]*\]\s*)?>", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?svg[\s/>]")


def sniff(data: bytes) -> str | None:
    """One of `model.FORMATS`, or None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(_TIFF):
        return "tiff"
    if data[4:8] == b"ftyp":
        return _sniff_heif(data)
    return "svg" if _is_svg(data) else None


def _sniff_heif(data: bytes) -> str | None:
    """AVIF and HEIC share a container; the brands of its first box tell them apart."""
    end = min(int.from_bytes(data[:4], "big"), len(data), 1024)
    brands = [data[8:12], *(data[i : i + 4] for i in range(16, end - 3, 4))]
    for brand in brands:
        if brand in _AVIF:
            return "avif"
        if brand in _HEIC:
            return "heic"
    return None


def _is_svg(data: bytes) -> bool:
    """Whether the first element is `svg`, after what may stand before it in XML."""
    encoding = next((e for bom, e in _XML_ENCODINGS.items() if data.startswith(bom)), "utf-8")
    text = data[:SNIFFED].decode(encoding, "replace").lstrip()
    while text.startswith("<"):
        if _ROOT.match(text):
            return True
        for opening, closing in _SKIPPED:
            if text.startswith(opening):
                end = text.find(closing)
                if end < 0:
                    return False
                text = text[end + len(closing) :].lstrip()
                break
        else:
            doctype = _DOCTYPE.match(text)
            if doctype is None:
                return False
            text = text[doctype.end() :].lstrip()
    return False
