"""Renditions of the product photographs at 400 pixels: python -m benchmarks.render_small

Each photograph is read from its folder and rendered from its original, in a pool of two, as JPEG,
WebP and AVIF at their own qualities. How near each comes to the original is said by SSIM (Wang et
al. 2004, on luma, 8×8 windows) against the lossless rendition, so that speed is never bought with
quality unseen. Times are of the render alone: a wait for a thread is not counted. `cpu_ms` is the
processor's time for an image, which a busy machine changes least.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips  # type: ignore[import-untyped]
from PIL import Image as Pillow

from benchmarks.machine import facts
from benchmarks.relevance import CORPUS
from calotype.decode import Limits, header
from calotype.model import Image, Place, Rendition
from calotype.render.config import RenderConfig
from calotype.render.engine import Renderer
from calotype.render.quality import DEFAULT
from calotype.render.spec import RenderSpec

RESULT = Path(__file__).parent / "results" / "render_small.json"
FORMATS = ("jpeg", "webp", "avif")
WIDTH = 400
WORKERS = 2
COMPARED = 40
"""Photographs whose renditions are compared with lossless ones."""

Luma = npt.NDArray[np.float64]


def photographs(corpus: Path) -> list[tuple[Path, Image]]:
    """Each file with the record that a render needs."""
    found = []
    for path in sorted((corpus / "images").glob("*.jpg")):
        data = path.read_bytes()
        seen = header(data, Limits())
        id = hashlib.sha256(data).hexdigest()[:40]
        place = Place(str(corpus), path.name, "1")
        found.append((path, Image(id, seen.format, seen.width, seen.height, len(data), (place,))))
    return found


def measure(corpus: Path = CORPUS, rounds: int = 3) -> dict[str, Any]:
    """Figures by format: the median round's speed, and its times over all photographs."""
    photos = photographs(corpus)
    took: list[float] = []

    def observe(stage: str, seconds: float) -> None:
        if stage == "render":
            took.append(seconds * 1000)

    patient = RenderConfig(
        workers=WORKERS, queue=len(photos), refuse_seconds=600, deadline_seconds=600
    )
    renderer = Renderer(patient, observe=observe)
    figures: dict[str, Any] = {}
    try:
        asyncio.run(rendered(renderer, photos[:10], "jpeg"))
        for format in FORMATS:
            runs = []
            for _ in range(rounds):
                took.clear()
                started, worked = time.perf_counter(), time.process_time()
                made = asyncio.run(rendered(renderer, photos, format))
                seconds, worked = time.perf_counter() - started, time.process_time() - worked
                each = worked * 1000 / len(photos)
                runs.append((len(photos) / seconds, *np.percentile(took, [50, 95]), each))
            speed, p50, p95, cpu = sorted(runs)[len(runs) // 2]
            figures[format] = {
                "images_per_second": round(speed, 1),
                "p50_ms": round(float(p50), 1),
                "p95_ms": round(float(p95), 1),
                "cpu_ms": round(cpu, 1),
                "quality": DEFAULT[format],
                "mean_bytes": round(statistics.mean(len(one.body) for one in made)),
                "mean_ssim": round(likeness(renderer, photos, made), 4),
            }
    finally:
        renderer.close()
    return figures


async def rendered(
    renderer: Renderer, photos: list[tuple[Path, Image]], format: str
) -> list[Rendition]:
    spec = RenderSpec.parse({"w": str(WIDTH)})
    jobs = (
        renderer.submit(partial(path.read_bytes), image, spec, format) for path, image in photos
    )
    return list(await asyncio.gather(*jobs))


def likeness(renderer: Renderer, photos: list[tuple[Path, Image]], made: list[Rendition]) -> float:
    """Mean SSIM of some renditions to lossless ones."""
    step = max(1, len(photos) // COMPARED)
    spec = RenderSpec.parse({"w": str(WIDTH)})
    scores = []
    for (path, image), lossy in list(zip(photos, made, strict=True))[::step]:
        exact = renderer.render(path.read_bytes(), image, spec, "png")
        scores.append(ssim(luma(exact.body), luma(lossy.body)))
    return statistics.mean(scores)


def luma(body: bytes) -> Luma:
    return np.asarray(Pillow.open(io.BytesIO(body)).convert("L"), dtype=np.float64)


def ssim(one: Luma, other: Luma, side: int = 8) -> float:
    """Structural similarity of two images in grey levels of 255, 1 where they are equal."""

    def mean(values: Luma) -> Luma:
        windows = np.lib.stride_tricks.sliding_window_view(values, (side, side))
        result: Luma = windows.mean(axis=(2, 3))
        return result

    a, b = mean(one), mean(other)
    ab = mean(one * other) - a * b
    aa, bb = mean(one * one) - a * a, mean(other * other) - b * b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = (2 * a * b + c1) * (2 * ab + c2) / ((a * a + b * b + c1) * (aa + bb + c2))
    return float(values.mean())


def run(corpus: Path = CORPUS, rounds: int = 3) -> dict[str, Any]:
    """The figures and what they were measured on."""
    return {
        "machine": facts(),
        "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
        "width": WIDTH,
        "workers": WORKERS,
        "rounds": rounds,
        "photographs": len(list((corpus / "images").glob("*.jpg"))),
        "formats": measure(corpus, rounds),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    if not given.corpus.is_dir():
        options.exit(2, f"no corpus at {given.corpus}; name it with --corpus\n")
    figures = run(given.corpus, given.rounds)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
