"""Hostile files, all made in memory: `python -m tests.hostile.corpus FOLDER` writes them out.

truncated   every format, cut at each tenth of its length
lying       headers that declare other sizes than there are pixels
bombs       little to store, much to decode
drawings    SVGs that are deep, wide or endless
polyglots   files that are two things at once
odd         right files that few decoders see: colour models, profiles, proportions
"""

from __future__ import annotations

import base64
import io
import struct
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path

from PIL import Image, ImageCms

from calotype.decode.vips import VipsImage, guard
from tests.decode.pictures import (
    FORMATS,
    animated,
    banded,
    chunk,
    drawing,
    long_gif,
    png,
    quadrants,
    sample,
    saved,
    tiff_with_pages,
)

Files = dict[str, bytes]

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99" viewBox="0 0 99 99">'
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
EXTENSIONS = {"jpeg": "jpg", "tiff": "tif"}


@cache
def everything() -> Files:
    """All of them, by a name that says what is wrong and ends as the format's files do."""
    made: Files = {}
    for part in (truncated, lying, bombs, drawings, polyglots, odd):
        made |= part()
    return made


def originals() -> Files:
    """The small good files that others are made from."""
    made = {format: sample(format) for format in FORMATS}
    made |= {"moving gif": animated("gif"), "moving webp": animated("webp")}
    made["pages tiff"] = tiff_with_pages(3)
    made["clear webp"] = saved(quadrants(mode="RGBA"), "webp", lossless=True)
    made["progressive jpeg"] = saved(quadrants(200, 150), "jpeg", progressive=True)
    made["profiled jpeg"] = saved(quadrants(), "jpeg", icc_profile=SRGB, exif=_exif())
    made["deflated tiff"] = saved(quadrants(), "tiff", compression="tiff_adobe_deflate")
    return made


def truncated() -> Files:
    made = {}
    for kind, data in originals().items():
        format = kind.rsplit(" ", 1)[-1]
        for tenth in range(1, 10):
            made[_name(f"{kind} at {tenth}0%", format)] = data[: len(data) * tenth // 10]
    return made


def lying() -> Files:
    """Sizes in headers that are not those of the pixels that follow."""
    jpeg = sample("jpeg")
    sof = jpeg.index(b"\xff\xc0") + 5
    gif, webp, avif = sample("gif"), sample("webp"), sample("avif")
    vp8 = webp.index(b"\x9d\x01\x2a") + 3
    ispe = avif.index(b"ispe") + 8
    screen = gif.index(b",") + 5
    made: Files = {}
    for what, (width, height) in {
        "nothing": (0, 0), "no width": (0, 46), "one": (1, 1), "double": (124, 92),
        "wide": (16_000, 46), "tall": (62, 16_000), "most": (65_535, 65_535), "large": (2999, 2999),
    }.items():  # fmt: skip
        size = struct.pack("<HH", width, height)
        made[f"lying {what}.jpg"] = _over(jpeg, sof, struct.pack(">HH", height, width))
        made[f"lying {what}.png"] = png(width, height, sample("png"))
        made[f"lying {what} screen.gif"] = _over(gif, 6, size)
        made[f"lying {what} frame.gif"] = _over(gif, screen, size)
        kept = struct.pack("<HH", width & 0x3FFF, height & 0x3FFF)
        made[f"lying {what}.webp"] = _over(webp, vp8, kept)
        made[f"lying {what}.avif"] = _over(avif, ispe, struct.pack(">II", width, height))
        made[f"lying {what}.tif"] = _tiff({256: width, 257: height})
    made["lying palette.png"] = png(62, 46, bytes(63 * 46), kind=3)
    made["lying filter.png"] = png(62, 46, b"\x09" * (187 * 46))
    made["lying depth.png"] = png(62, 46, bytes(9999), depth=7)
    made["lying kind.png"] = png(62, 46, bytes(9999), kind=5)
    made["lying strip.tif"] = _tiff({278: 0xFFFFFFFF, 279: 0xFFFFFFF0})
    made["lying samples.tif"] = _tiff({277: 60_000})
    made["lying bits.tif"] = _tiff({258: 64})
    made["lying planes.tif"] = _tiff({284: 2, 277: 3})
    made["lying sample format.tif"] = _tiff({258: 32, 339: 3})
    made["lying riff.webp"] = _over(webp, 4, b"\xff\xff\xff\xff")
    made["lying box.avif"] = _over(avif, 0, b"\xff\xff\xff\xff")
    made["lying segment.jpg"] = _over(jpeg, 4, b"\xff\xff")
    return made


def bombs() -> Files:
    """Each declares, or holds, far more than its bytes; sides of 3,000 are within the limits."""
    made = {
        "bomb huge.png": png(30_000, 30_000, bytes(3_000_000), depth=1, kind=0),
        "bomb full.png": _full_png(3000, 3000),
        "bomb interlaced.png": _full_png(3000, 3000, interlaced=True),
        "bomb deep and interlaced.png": _full_png(3000, 3000, depth=16, interlaced=True),
        "bomb text.png": _with_chunk(b"zTXt", b"Comment\0\0" + _zeros(64 << 20)),
        "bomb profile.png": _with_chunk(b"iCCP", b"icc\0\0" + _zeros(64 << 20)),
        "bomb packed texts.png": _with_chunk(b"zTXt", b"a\0\0" + _zeros(49_000_000), 20),
        "bomb packed words.png": _with_chunk(b"iTXt", b"a\0\1\0\0\0" + _zeros(49_000_000), 20),
        "bomb chunks.png": _with_chunk(b"IDAT", b"", 200_000),
        "bomb many texts.png": _with_chunk(b"tEXt", b"a\0b", 50_000),
        "bomb rows too many.png": png(62, 46, bytes(64 << 20)),
        "bomb frames.gif": long_gif(100_000),
        "bomb some frames.gif": long_gif(900).replace(b"\0\1\0\1\0\0\2", b"\0\xb8\x0b\xb8\x0b\0\2"),
        "bomb trimmed.gif": _strip(60),
        "bomb screen.gif": _over(sample("gif"), 6, b"\xff\xff\xff\xff"),
        "bomb huge.tif": _tiff({256: 100_000, 257: 100_000}),
        "bomb deflated.tif": _tiff({256: 3000, 257: 3000, 259: 8, 278: 3000}, _zeros(9_000_000)),
        "bomb more than rows.tif": _tiff({259: 8}, _zeros(48 << 20)),
        "bomb tile.tif": _tiled(60_000, 60_000),
        "bomb large tile.tif": _tiled(16_000, 16_000),
        "bomb turned.png": _full_png(2400, 3600, depth=16, interlaced=True),
        "bomb bands.tif": banded(100, 2000, 2000),
        "bomb few bands.tif": banded(5, 2600, 2600),
        "bomb floats.tif": banded(4, 2100, 2100, "float"),
        "bomb pages.tif": tiff_with_pages(50_000),
        "bomb circle.tif": tiff_with_pages(5, loop=True),
        "bomb circle of one.tif": tiff_with_pages(1, loop=True),
        "bomb huge.webp": _over(sample("webp"), sample("webp").index(b"\x9d\x01\x2a") + 3,
                                b"\xff\x3f\xff\x3f"),
        "bomb full.webp": saved(Image.new("RGB", (3000, 3000)), "webp", lossless=True, method=0),
        "bomb frames.webp": animated("webp", 300, (8, 8)),
        "bomb full.avif": saved(Image.new("RGB", (3000, 3000)), "avif", speed=10),
        "bomb full.jpg": saved(Image.new("L", (3000, 3000)), "jpeg", quality=1),
        "bomb scans.jpg": _scans(),
    }  # fmt: skip
    avif = sample("avif")
    made["bomb huge.avif"] = _over(avif, avif.index(b"ispe") + 8, b"\0\1\0\0\0\1\0\0")
    return made


def drawings() -> Files:
    def drawn(inside: bytes, defs: bytes = b"") -> bytes:
        return SVG + b"<defs>" + defs + b"</defs>" + inside + b"</svg>"

    laughs = b"".join(
        b'<g id="l%d">' % i + b'<use href="#l%d"/>' % (i - 1) * 10 + b"</g>" for i in range(1, 10)
    )
    blurs = b'<filter id="f">' + b'<feGaussianBlur stdDeviation="4000"/>' * 60 + b"</filter>"
    noise = b'<filter id="f"><feTurbulence numOctaves="9999" baseFrequency="9"/></filter>'
    nested = b"".join(
        b'<pattern id="p%d" width="1" height="1" patternUnits="userSpaceOnUse">'
        b'<rect width="99" height="99" fill="url(#p%d)"/></pattern>' % (i, i + 1)
        for i in range(12)
    )
    made = {
        "deep.svg": SVG + b"<g>" * 100_000 + b"</g>" * 100_000 + b"</svg>",
        "deep unclosed.svg": SVG + b"<g>" * 100_000,
        "as deep as allowed.svg": SVG + b"<g>" * 198 + b"<path/>" + b"</g>" * 198 + b"</svg>",
        "wide.svg": SVG + b"<g/>" * 300_000 + b"</svg>",
        "attributes.svg": SVG + b"<g " + b" ".join(b'a%d="1"' % i for i in range(50_000))
        + b"/></svg>",
        "laughs.svg": b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + SVG
        + b"<text>&b;</text></svg>",
        "quadratic.svg": b'<!DOCTYPE svg [<!ENTITY a "' + b"x" * 1000 + b'">]>' + SVG
        + b"&a;" * 100_000 + b"</svg>",
        "uses.svg": drawn(b'<use href="#l9"/>', b'<rect id="l0" width="9" height="9"/>' + laughs),
        "use of itself.svg": drawn(b'<g id="a"><use href="#a"/></g>'),
        "patterns.svg": drawn(b'<rect width="99" height="99" fill="url(#p0)"/>', nested),
        "blurs.svg": drawn(b'<rect width="99" height="99" filter="url(#f)"/>', blurs),
        "noise.svg": drawn(b'<rect width="99" height="99" filter="url(#f)"/>', noise),
        "dashes.svg": drawn(b'<path d="M0 0H9e9" stroke="red" stroke-dasharray=".001"/>'),
        "numbers.svg": drawn(b'<path d="M0 0L1e308 1e308 nan -1e999"/><rect width="1e38"/>'),
        "no size.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "zero.svg": drawing(0, 0),
        "sliver.svg": drawing(30_000, 1),
        "as large as allowed.svg": drawing(30_000, 30_000),
        "large.svg": drawing(12_000, 12_000),
        "endless.svg": drawing(10**9, 10**9),
        "infinite.svg": SVG.replace(b'width="99"', b'width="1e999"') + b"</svg>",
        "negative.svg": SVG.replace(b'width="99"', b'width="-99"') + b"</svg>",
        "empty box.svg": SVG.replace(b"0 0 99 99", b"0 0 0 0") + b"</svg>",
        "utf-7.svg": b'<?xml version="1.0" encoding="utf-7"?>' + SVG + b"</svg>",
        "nul.svg": SVG + b"\0</svg>",
        "utf-16.svg": (SVG + b"</svg>").decode().encode("utf-16"),
    }  # fmt: skip
    inner = _base64(png(30_000, 30_000, bytes(3_000_000), depth=1, kind=0))
    href = b'<image width="9" height="9" href="data:image/png;base64,' + inner + b'"/>'
    made["image bomb.svg"] = drawn(href)
    return made


def polyglots() -> Files:
    """What one program takes for an image and another for something else."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    script = b"<script>alert(1)</script>"
    gif = sample("gif")
    return {
        "jpeg and zip.jpg": sample("jpeg") + packed.getvalue(),
        "png and zip.png": sample("png") + packed.getvalue(),
        "gif and js.gif": b"GIF89a/*" + gif[8:] + b"*/=1;alert(1)",
        "gif with script.gif": gif[:-1] + b"!\xfe" + bytes([len(script)]) + script + b"\0;",
        "jpeg with html.jpg": _over(sample("jpeg"), 2, _segment(0xFE, b"<html>" + script), 0),
        "svg in png.png": _with_chunk(b"tEXt", b"svg\0" + SVG + script + b"</svg>"),
        "png in svg.svg": SVG + b"<!--" + _base64(sample("png")) + b"--></svg>",
        "html in svg.svg": SVG + b"<foreignObject>" + script + b"</foreignObject></svg>",
        "script in svg.svg": SVG + script + b"</svg>",
        "pdf and jpeg.jpg": b"%PDF-1.4\n" + sample("jpeg"),
        "jpeg then svg.jpg": sample("jpeg") + drawing(),
        "png named jpg.jpg": sample("png"),
        "jpeg named svg.svg": sample("jpeg"),
        "two jpegs.jpg": sample("jpeg") + sample("jpeg", 90, 90),
        "two gifs.gif": gif + gif,
        "heic as avif.avif": sample("heic").replace(b"ftypheic", b"ftypavif"),
        "avif as heic.heic": sample("avif").replace(b"ftypavif", b"ftypheic"),
        "only magic.jpg": b"\xff\xd8\xff", "only magic.png": b"\x89PNG\r\n\x1a\n",
        "only magic.gif": b"GIF89a", "only magic.webp": b"RIFF\4\0\0\0WEBP",
        "only magic.avif": b"\0\0\0\x10ftypavif\0\0\0\0", "only magic.tif": b"II*\0\0\0\0\0",
        "only magic.heic": b"\0\0\0\x10ftypheic\0\0\0\0", "only magic.svg": b"<svg>",
    }  # fmt: skip


def odd() -> Files:
    """Right files, mostly: these should be shown, if they are not larger than the limits."""
    grey = quadrants(mode="L")
    made = {
        "16 bit.png": png(62, 46, (b"\0" + bytes(range(124)) * 3) * 46, 16, 2),
        "16 bit grey.png": saved(grey.convert("I;16"), "png"),
        "16 bit.tif": saved(grey.convert("I;16"), "tiff"),
        "float.tif": saved(grey.convert("F"), "tiff"),
        "1 bit.png": saved(quadrants(mode="1"), "png"),
        "1 bit.tif": saved(quadrants(mode="1"), "tiff", compression="group4"),
        "palette.png": saved(quadrants(mode="P"), "png"),
        "cmyk.jpg": saved(quadrants(mode="CMYK"), "jpeg"),
        "cmyk.tif": saved(quadrants(mode="CMYK"), "tiff"),
        "ycbcr.tif": saved(quadrants(mode="YCbCr"), "tiff"),
        "lab.tif": saved(Image.merge("LAB", quadrants().split()), "tiff"),
        "lab 16 bit.tif": _lab("labs"),
        "lab float.tif": _lab("lab"),
        "grey.jpg": saved(grey, "jpeg"),
        "grey with alpha.png": saved(quadrants(mode="LA"), "png"),
        "grey with alpha.tif": saved(quadrants(mode="LA"), "tiff"),
        "grey with alpha.webp": saved(quadrants(mode="LA"), "webp"),
        "one pixel.png": saved(Image.new("RGBA", (1, 1)), "png"),
        "one pixel.gif": long_gif(1),
        "wide line.png": saved(Image.new("RGB", (60_000, 1), "red"), "png"),
        "tall line.png": saved(Image.new("RGB", (1, 60_000), "red"), "png"),
        "wide line.jpg": saved(Image.new("RGB", (60_000, 1), "red"), "jpeg"),
        "tall line.jpg": saved(Image.new("RGB", (1, 60_000), "red"), "jpeg"),
        "wide line.tif": saved(Image.new("L", (60_000, 1), 99), "tiff"),
        "tall line.tif": saved(Image.new("L", (1, 60_000), 99), "tiff"),
        "wide line.gif": saved(Image.new("P", (60_000, 1), 1), "gif"),
        "tall line.gif": saved(Image.new("P", (1, 60_000), 1), "gif"),
        "wide line.webp": saved(Image.new("RGB", (16_383, 1), "red"), "webp"),
        "tall line.webp": saved(Image.new("RGB", (1, 16_383), "red"), "webp"),
    }  # fmt: skip
    profiles = {
        "empty": b"\0", "cut off": SRGB[:200], "noise": bytes(i * 71 % 256 for i in range(900)),
        "lying": b"\x7f\xff\xff\xff" + SRGB[4:], "no tags": SRGB[:128] + b"\0\0\0\0",
        "many tags": SRGB[:128] + b"\xff\xff\xff\xff" + SRGB[132:], "lab": LAB,
        "grey": SRGB[:16] + b"GRAY" + SRGB[20:], "cmyk": SRGB[:16] + b"CMYK" + SRGB[20:],
    }  # fmt: skip
    for what, profile in profiles.items():
        for mode, format in (("RGB", "jpeg"), ("L", "jpeg"), ("CMYK", "jpeg"), ("CMYK", "tiff")):
            image = saved(quadrants(mode=mode), format, icc_profile=profile)
            made[_name(f"{what} profile, {mode}", format)] = image
        made[f"{what} profile.png"] = saved(quadrants(), "png", icc_profile=profile)
        made[f"{what} profile.webp"] = saved(quadrants(), "webp", icc_profile=profile)
        made[f"{what} profile.avif"] = saved(quadrants(), "avif", icc_profile=profile)
    for what, exif in {
        "turned": _exif(), "cut off": _exif()[:20], "noise": b"Exif\0\0" + bytes(range(255)),
        "in a circle": b"Exif\0\0II*\0\x08\0\0\0\1\0\x69\x87\4\0\1\0\0\0\x08\0\0\0\x08\0\0\0",
    }.items():  # fmt: skip
        made[f"exif {what}.jpg"] = saved(quadrants(), "jpeg", exif=exif)
        made[f"exif {what}.webp"] = saved(quadrants(), "webp", exif=exif)
    return made


def _name(what: str, format: str) -> str:
    return f"{what}.{EXTENSIONS.get(format, format)}"


def _over(data: bytes, at: int, value: bytes, replaced: int | None = None) -> bytes:
    """With `value` at a place, instead of as many bytes, or of `replaced`."""
    return data[:at] + value + data[at + (len(value) if replaced is None else replaced) :]


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Künstler"
    return exif.tobytes()


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data)


@cache
def _zeros(count: int) -> bytes:
    """So many, deflated to a thousandth."""
    packer, piece = zlib.compressobj(1), bytes(1 << 20)
    parts = [packer.compress(piece) for _ in range(count >> 20)]
    return b"".join([*parts, packer.compress(bytes(count & 0xFFFFF)), packer.flush()])


def _lab(space: str) -> bytes:
    guard()
    image = VipsImage.pngload_buffer(sample("png")).colourspace(space)
    return bytes(image.tiffsave_buffer())


def _full_png(width: int, height: int, depth: int = 8, interlaced: bool = False) -> bytes:
    """RGBA with every row that it declares, and a little more for what interlacing adds."""
    rows = height * (width * depth // 2 + 1) + (8 * height if interlaced else 0)
    head = struct.pack(">IIBBBBB", width, height, depth, 6, 0, 0, int(interlaced))
    chunks = ((b"IHDR", head), (b"IDAT", _zeros(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks)


def _with_chunk(name: bytes, data: bytes, times: int = 1) -> bytes:
    good = sample("png")
    return good[:33] + chunk(name, data) * times + good[33:]


def _segment(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def _strip(frames: int) -> bytes:
    """An animation of 8000×8: white but for a square, which `trim` leaves, to be enlarged."""
    made = [Image.new("L", (8000, 8), 255) for _ in range(frames)]
    for number, frame in enumerate(made):
        frame.paste(0, (4000, 0, 4008, 8))
        frame.putpixel((4000 + number % 8, number // 8), 99)
    return saved(made[0], "gif", save_all=True, append_images=made[1:], duration=50)


def _scans() -> bytes:
    """A progressive JPEG whose last scan is there a thousand times: each is decoded."""
    data = saved(Image.new("L", (1000, 1000), 99), "jpeg", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 1000 + data[-2:]


def _tiff(changes: dict[int, int], strip: bytes = bytes(62 * 46)) -> bytes:
    """A grey TIFF of 62×46 in one strip, with other values for some of its tags."""
    tags = {256: 62, 257: 46, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: 46, 279: len(strip)}
    return _tagged({**tags, **changes}, 273, strip)


def _tiled(width: int, height: int) -> bytes:
    """62×46 pixels in one tile, deflated, of any size."""
    tags = {256: 62, 257: 46, 258: 8, 259: 8, 262: 1, 277: 1, 322: width, 323: height, 324: 0}
    tile = _zeros(1 << 20)
    return _tagged({**tags, 325: len(tile)}, 324, tile)


def _tagged(tags: dict[int, int], place: int, pixels: bytes) -> bytes:
    tags[place] = 8 + 2 + 12 * len(tags) + 4
    entries = (struct.pack("<HHII", tag, 4, 1, tags[tag] & 0xFFFFFFFF) for tag in sorted(tags))
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(entries)
            + bytes(4) + pixels)  # fmt: skip


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in everything().items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
