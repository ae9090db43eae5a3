"""Small originals in every format, all of the same four colours."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from calotype.decode import VipsImage

FORMATS = ("jpeg", "png", "webp", "avif", "gif", "tiff", "svg", "heic")
RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 180, 60), (40, 60, 220), (230, 210, 40)
QUADRANTS = (RED, GREEN, BLUE, YELLOW)
"""Top left, top right, bottom left, bottom right."""

HERE = Path(__file__).parent
TURNED = HERE / "turned.heic"
"""62×46, turned by the container (irot), with EXIF that has a place and claims orientation 6."""
SEE_THROUGH = HERE / "see-through.heic"
"""62×46, the quadrant that would be green is transparent."""
GREY = HERE / "grey.heic"
"""64×48, one band."""


def quadrants(width: int = 62, height: int = 46, mode: str = "RGB") -> Image.Image:
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    across, down = width // 2, height // 2
    draw.rectangle((across, 0, width, down - 1), fill=GREEN)
    draw.rectangle((0, down, across - 1, height), fill=BLUE)
    draw.rectangle((across, down, width, height), fill=YELLOW)
    return image.convert(mode)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@cache
def sample(format: str, width: int = 62, height: int = 46) -> bytes:
    """The quadrants in one of `FORMATS`; a HEIC is always 62×46."""
    if format == "heic":
        return TURNED.read_bytes()
    if format == "svg":
        return drawing(width, height)
    fine = {"quality": 95, "subsampling": 0} if format == "jpeg" else {}
    fine |= {"quality": 90} if format in ("webp", "avif") else {}
    return saved(quadrants(width, height), format, **fine)


def drawing(width: int = 62, height: int = 46, inside: str = "") -> bytes:
    rects = "".join(
        f'<rect x="{x}" y="{y}" width="31" height="23" fill="rgb{color}"/>'
        for (x, y), color in zip([(0, 0), (31, 0), (0, 23), (31, 23)], QUADRANTS, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 62 46" preserveAspectRatio="none">{rects}{inside}</svg>'
    ).encode()


def animated(
    format: str, frames: int = 3, size: tuple[int, int] = (40, 30), **options: object
) -> bytes:
    """Each frame another colour; 50, 100, 150 … ms long; its loop count is 3."""
    made = [Image.new("RGB", size, (40 * i % 256, 255 - 30 * i % 256, 90)) for i in range(frames)]
    given = {"duration": [50 * (i + 1) for i in range(frames)], "loop": 3, **options}
    if format == "webp":
        given |= {"lossless": True}
    return saved(made[0], format, save_all=True, append_images=made[1:], **given)


def banded(bands: int, width: int = 62, height: int = 46, kind: str = "uchar") -> bytes:
    """A TIFF of so many bands, all of them 0; `kind` is libvips' name of a value's."""
    image = VipsImage.black(width, height, bands=bands).cast(kind)
    return bytes(image.tiffsave_buffer(compression="deflate", tile=False))


def long_gif(frames: int) -> bytes:
    """One pixel, many frames, 20 bytes each."""
    frame = b"!\xf9\x04\0\x0a\0\0\0" + b",\0\0\0\0\1\0\1\0\0" + b"\2\2L\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0" + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


def png(width: int, height: int, rows: bytes = b"", depth: int = 8, kind: int = 2) -> bytes:
    """A PNG that declares a size and has whatever rows it is given."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in chunks)


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tiff_with_pages(pages: int, loop: bool = False) -> bytes:
    """A grey pixel as the first page, then that page again and again."""
    entries = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1)]
    entries += [(279, 1)]
    size = 2 + 12 * len(entries) + 4
    pages_at = [12 + i * size for i in range(pages)]
    following = [*pages_at[1:], pages_at[0] if loop else 0]
    body = b"".join(
        struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        + struct.pack("<I", after)
        for after in following
    )
    return b"II*\0" + struct.pack("<I", 12) + b"\x80\0\0\0" + body


def corners(image: VipsImage) -> list[tuple[float, ...]]:
    """The colour in the middle of each quadrant."""
    width, height = image.width, image.height
    return [
        tuple(image(width * x // 4, height * y // 4)) for x, y in ((1, 1), (3, 1), (1, 3), (3, 3))
    ]


def alike(one: tuple[float, ...], other: tuple[float, ...], by: float = 6) -> bool:
    """Whether two colours differ by at most `by` of 255 in each band."""
    return len(one) == len(other) and all(abs(a - b) <= by for a, b in zip(one, other, strict=True))
