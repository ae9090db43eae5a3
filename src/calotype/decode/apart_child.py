"""The process that decodes what may crash or never end: a script that imports nothing of ours.

Requests come on standard input: an operation as a JSON object, then the file. Answers go to
standard output: a JSON object, then each of its `parts`. All of them with 8 bytes of length before.
An object without members: the file cannot be decoded. Where there is not the memory to tell, it
ends with `OUT_OF_MEMORY`. It ends when its input does, so it never
outlives who started it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import json
import struct
import sys
from typing import Any, BinaryIO

MOST_MEMORY = 4 << 30
OUT_OF_MEMORY = 77
BIG = 8 << 20
"""Bytes of a file and its answer that leave memory worth giving back."""
LENGTH = struct.Struct(">Q")
BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}
Parts = dict[str, "bytes | memoryview"]
Answer = tuple[dict[str, Any], Parts]


def heic(operation: dict[str, Any], data: bytes) -> Answer:
    import pi_heif  # type: ignore[import-untyped]

    image = pi_heif.open_heif(data, convert_hdr_to_8bit=True)
    width, height = image.size
    if width < 1 or height < 1:
        raise ValueError("no pixels")
    blobs = {"icc": image.info.get("icc_profile"), "exif": image.info.get("exif"),
             "xmp": image.info.get("xmp")}  # fmt: skip
    parts: Parts = {name: bytes(blob) for name, blob in blobs.items() if blob}
    if operation["pixels"]:
        pixels = memoryview(image.data)
        row = width * BANDS[image.mode]
        # a copy: the decoder owns this memory and frees it with `image`
        parts["pixels"] = b"".join(
            pixels[i * image.stride : i * image.stride + row] for i in range(height)
        )
    return {"width": width, "height": height, "mode": image.mode}, parts


def svg(operation: dict[str, Any], data: bytes) -> Answer:
    pyvips = only_svg()
    if not operation["pixels"]:
        image = pyvips.Image.svgload_buffer(data)
        return {"width": image.width, "height": image.height}, {}
    image = pyvips.Image.thumbnail_buffer(data, operation["width"], **operation["options"])
    if image.format != "uchar" or image.interpretation != "srgb":
        image = image.colourspace("srgb").cast("uchar")
    pixels = image.write_to_memory()
    return {"width": image.width, "height": image.height}, {"pixels": memoryview(pixels)}


@functools.cache
def only_svg() -> Any:
    """libvips with every loader but one blocked."""
    import pyvips  # type: ignore[import-untyped]

    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    pyvips.operation_block_set("VipsForeignLoadSvg", False)
    pyvips.cache_set_max(0)
    pyvips.vips_lib.vips_concurrency_set(1)
    return pyvips


DECODERS = {"heic": heic, "svg": svg}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    while head := requests.read(LENGTH.size):
        if answer(requests.read(LENGTH.unpack(head)[0]), requests, answers) > BIG:
            give_back()


def answer(asked: bytes, requests: BinaryIO, answers: BinaryIO) -> int:
    """Answer one request, and say how many bytes that were. Nothing of it outlives the call: the
    wait for the next request may be long.
    """
    operation = json.loads(asked)
    data = requests.read(LENGTH.unpack(requests.read(LENGTH.size))[0])
    facts: dict[str, Any] = {}
    parts: Parts = {}
    try:
        facts, parts = DECODERS[operation["decoder"]](operation, data)
        facts["parts"] = list(parts)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    except Exception:  # whatever a decoder raises, the next file is another one
        facts = {}
    for part in (json.dumps(facts).encode(), *parts.values()):
        answers.write(LENGTH.pack(len(part)))
        answers.write(part)
    answers.flush()
    return len(data) + sum(map(len, parts.values()))


def give_back() -> None:
    """Free memory to the system; only glibc has to be told (as `memory` does in the service)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def bound_memory() -> None:
    """Where the system has such a bound; a file that needs more fails alone."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    bound_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
