"""All that is done to one file, in a process of its own; what it found is a line of JSON.

    python -m tests.hostile.attempt corpus FROM UNTIL   files of corpus.py, by number
    python -m tests.hostile.attempt mutated FROM UNTIL  a mutation for each seed

A line `{"begun": …}` stands before each outcome: a decoder that takes the process with it has its
name on the last line.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from calotype.decode import Limits, header, thumbnail
from calotype.errors import BadParameter, Refused, Unfinished, Unrenderable
from calotype.ingest.embedded import embedded_in
from calotype.model import Image
from calotype.render.config import RenderConfig
from calotype.render.engine import Renderer
from calotype.render.spec import RenderSpec
from tests.render.studio import record

from . import corpus
from .mutate import mutated

LIMITS = Limits(max_pixels=9_000_000, max_animation_pixels=64_000_000, seconds=0.7)
CONFIG = RenderConfig(
    workers=1, seconds=3, max_output_pixels=4_000_000, max_avif_pixels=1_000_000,
    deadline_seconds=600,
)  # fmt: skip
Wish = tuple[str, dict[str, str]]
SPECS: list[Wish] = [
    ("png", {"w": "32"}),
    ("jpeg", {}),
    ("webp", {"w": "120", "h": "50", "fit": "crop", "crop": "entropy"}),
    ("avif", {"w": "40", "h": "40", "fit": "fill", "fill": "blur", "or": "6"}),
    ("gif", {"w": "60", "trim": "auto", "rot": "10", "rot-type": "pivot"}),
    ("webp", {"w": "90", "rect": "0.5,0.5,0.5,0.5", "blur": "40", "mask": "ellipse"}),
    ("blurhash", {"page": "1"}),
    ("png", {"frame": "2", "h": "20", "monochrome": "4a6fa5"}),
]
MADE_FOR: dict[str, Wish] = {
    "as large as allowed.svg": (
        "png",
        {"w": "2000", "h": "2000", "fit": "scale", "rect": "0,0,2000,2000"},
    ),
    "large.svg": ("png", {"w": "300", "trim": "color"}),
    "bomb turned.png": ("png", {"w": "300", "trim": "color", "or": "6"}),
    "bomb few bands.tif": ("png", {"w": "300", "trim": "color"}),
    "bomb floats.tif": ("png", {"w": "300", "trim": "color"}),
    "bomb trimmed.gif": ("webp", {"w": "2048", "trim": "color", "fit": "fillmax"}),
}
"""What some files are asked for in particular."""
STUCK = 60
"""Seconds after which a process that hangs over a file ends itself."""
SHOWN, TAKEN, REFUSED = "shown", "taken", "refused"


def attempt(renderer: Renderer, data: bytes, specs: Sequence[Wish]) -> dict[str, object]:
    """What became of it; an error that is none of ours is raised."""
    try:
        found = header(data, LIMITS)
    except Unfinished:
        return {"outcome": REFUSED, "why": "unfinished"}
    except Refused as refused:
        return {"outcome": REFUSED, "why": refused.reason}
    embedded_in(found, data)
    image = record(data)
    renders = {}
    longest = 0.0
    for format, params in specs:
        started = time.monotonic()
        spec = "&".join(f"{name}={value}" for name, value in params.items())
        renders[f"{format} {spec}"] = rendered(renderer, data, image, format, params)
        longest = max(longest, time.monotonic() - started)
    with suppress(Unrenderable):
        thumbnail(data, LIMITS, 100)
    return {"outcome": TAKEN, "renders": renders, "longest": longest}


def rendered(
    renderer: Renderer, data: bytes, image: Image, format: str, params: dict[str, str]
) -> str:
    spec = RenderSpec.parse(params)
    try:
        done = asyncio.run(renderer.submit(lambda: data, image, spec, format))
    except (BadParameter, Unrenderable) as error:
        return str(error)
    assert done.body, "an empty rendition"
    return SHOWN


def files(what: str, first: int, until: int) -> Iterator[tuple[str, bytes, Sequence[Wish]]]:
    if what == "corpus":
        for name, data in list(corpus.everything().items())[first:until]:
            others = random.Random(name).sample(SPECS[1:], 1 if "profile" in name else 2)
            particular = [MADE_FOR[name]] if name in MADE_FOR else []
            yield name, data, [SPECS[0], *others, *particular]
        return
    originals = corpus.originals()
    for seed in range(first, until):
        rng = random.Random(seed)
        name = rng.choice(sorted(originals))
        yield f"seed {seed}, {name}", mutated(originals[name], rng), [rng.choice(SPECS)]


def memory(what: str) -> int:
    """Of this process, in megabytes: VmHWM, its peak, or VmRSS."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{what}:\s+(\d+)", status)
    return int(found[1]) // 1024 if found else 0


def forget_peak() -> None:
    """VmHWM counts from now on (proc(5), clear_refs)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def main(what: str, first: str, until: str) -> None:
    renderer = Renderer(CONFIG, LIMITS)
    for name, data, specs in files(what, int(first), int(until)):
        print(json.dumps({"begun": name}), flush=True)
        faulthandler.dump_traceback_later(STUCK, exit=True)
        forget_peak()
        before, started = memory("VmRSS"), time.monotonic()
        try:
            done = attempt(renderer, data, specs)
        except Exception as error:
            done = {"outcome": "broken", "why": f"{type(error).__name__}: {error}"}
        done |= {
            "name": name,
            "seconds": time.monotonic() - started,
            "resident": memory("VmRSS"),
            "grown": memory("VmHWM") - before,
        }
        print(json.dumps(done), flush=True)
    renderer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
