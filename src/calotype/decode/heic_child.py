"""The process that decodes HEIC: a script that knows pi-heif and nothing of ours.

Request, on standard input: `H` (header) or `P` (pixels), length of the file, the file.
Answer, on standard output: length, a JSON object, and then for each name in its `parts` a length
and as many bytes. An object without members: the file cannot be read.
It ends when its input does, so it never outlives who started it.
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
from typing import Any, BinaryIO

import pi_heif  # type: ignore[import-untyped]

MOST_MEMORY = 4 << 30
LENGTH = struct.Struct(">Q")
BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "RGBa": 4}
Answer = tuple[dict[str, Any], list["bytes | memoryview"]]


def answer(command: bytes, data: bytes) -> Answer:
    image = pi_heif.open_heif(data, convert_hdr_to_8bit=True)
    width, height = image.size
    if width < 1 or height < 1:
        raise ValueError("no pixels")
    facts = {"width": width, "height": height, "mode": image.mode}
    blobs = {"icc": image.info.get("icc_profile"), "exif": image.info.get("exif"),
             "xmp": image.info.get("xmp")}  # fmt: skip
    parts: dict[str, bytes | memoryview] = {name: blob for name, blob in blobs.items() if blob}
    if command == b"P":
        pixels = memoryview(image.data)
        row = width * BANDS[image.mode]
        if image.stride != row:
            rows = (pixels[i * image.stride : i * image.stride + row] for i in range(height))
            pixels = memoryview(b"".join(rows))
        # the decoder owns this memory and frees it with `image`
        parts["pixels"] = bytes(pixels)
    return {**facts, "parts": list(parts)}, list(parts.values())


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    while command := requests.read(1):
        data = requests.read(LENGTH.unpack(requests.read(LENGTH.size))[0])
        try:
            facts, parts = answer(command, data)
        except Exception:  # whatever a decoder raises, the next file is another one
            facts, parts = {}, []
        for part in (json.dumps(facts).encode(), *parts):
            answers.write(LENGTH.pack(len(part)))
            answers.write(part)
        answers.flush()


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
