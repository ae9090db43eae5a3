"""libvips, made safe before its first use.

The only module that imports pyvips as such: the package has no `py.typed`.
"""

from __future__ import annotations

import functools
import logging
import re
import threading
from typing import Any

import pyvips  # type: ignore[import-untyped]

from calotype.errors import CalotypeError, Overloaded, Unrenderable

VipsImage = pyvips.Image
VipsError = pyvips.Error

INT = pyvips.GValue.gint_type
INTS = pyvips.GValue.array_int_type

_NO_MEMORY = re.compile(r"^\s*vips_(?:tracked|malloc): out of memory", re.MULTILINE)
"""Not what a codec says, which may only have believed a file."""

ALLOWED = ("Jpeg", "Png", "Webp", "Nsgif", "Tiff", "Heif")
"""Loaders that may ever run in this process, as libvips names their classes."""


_BYTES = {"uchar": 1, "char": 1, "ushort": 2, "short": 2, "uint": 4, "int": 4, "float": 4,
          "complex": 8, "double": 8, "dpcomplex": 16}  # fmt: skip
"""Of one value, by libvips' name of its kind."""


def start(concurrency: int = 1) -> None:
    """Set the threads that one operation may use. Call it once, before the first render.

    A server gets its parallelism from rendering several images at once: one thread for each
    gives more of them a second than several threads for one.
    """
    guard()
    pyvips.vips_lib.vips_concurrency_set(concurrency)


_guarding = threading.Lock()


def guard() -> None:
    """Block every loader but ours, keep no operation cache, and write nothing to stderr.

    The cache would hold decoded pixels of images that are seldom asked for twice; renditions have
    a cache of their own. Whoever calls while another thread is at it waits: for a moment all
    loaders are blocked, and a good file would be refused as corrupt.
    """
    with _guarding:
        _guard_once()


@functools.cache
def _guard_once() -> None:
    logging.getLogger("pyvips").setLevel(logging.CRITICAL)
    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for name in ALLOWED:
        pyvips.operation_block_set(f"VipsForeignLoad{name}", False)
    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.cache_set_max_files(0)
    # The text of a VipsError may quote the file, whose bytes need not be UTF-8.
    pyvips.error._to_string = _text


def _text(pointer: Any) -> str:
    """A text of libvips' own, which pyvips would decode strictly."""
    found = pyvips.ffi.string(pointer) if pointer != pyvips.ffi.NULL else b""
    return bytes(found).decode(errors="replace")


def verdict(error: Any, message: str) -> CalotypeError:
    """Unrenderable with `message` for a VipsError, unless it was libvips that got no memory."""
    if _NO_MEMORY.search(str(error)):
        return Overloaded("There is no memory left to decode this; try again in a moment.")
    return Unrenderable(message)


def field(image: Any, name: str, default: Any = None) -> Any:
    """The metadata `name` of an image, or `default` where it has none.

    The list of all names is never asked for: libvips makes names of a PNG's keywords (Latin-1) and
    of an AVIF's item types (any bytes), and pyvips raises UnicodeDecodeError for such a list.
    """
    return image.get(name) if image.get_typeof(name) else default


def pixel_bytes(image: Any) -> int:
    """What one pixel takes in memory."""
    bands: int = image.bands
    return bands * _BYTES[image.format]
