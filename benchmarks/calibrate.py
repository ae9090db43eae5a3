"""What each encoder must be told to look like a JPEG: python -m benchmarks.calibrate

Debian's wallpaper photographs (lomiri-wallpapers-16.04, lomiri-wallpapers-20.04, mate-backgrounds)
are scaled to 400 and 800 pixels and written by each encoder at a grid of its own qualities. How
near each comes to the pixels it was given is said by SSIM on luma, as in `render_small`, averaged
over the photographs at both widths. `native` has, for a JPEG's qualities, the quality with the same
SSIM: what `calotype.render.quality` goes by. `defaults` compares our own qualities with what
imgproxy 4 writes by default, its encoders set as it sets them: AVIF with libheif's own tuning.

Times are of the processor, in one thread, and of encoding alone.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips  # type: ignore[import-untyped]

from benchmarks.machine import facts
from calotype.decode import VipsImage
from calotype.decode.vips import start
from calotype.render import encoders, quality

RESULT = Path(__file__).parent / "results" / "quality.json"
PHOTOGRAPHS = Path("/usr/share/backgrounds")
WIDTHS = (400, 800)
QUALITIES = (10, 25, 40, 50, 60, 70, 75, 80, 85, 90, 95)
GRIDS = {
    "jpeg": QUALITIES,
    "jpeg-slow": (10, 25, 40, 55, 70, 78, 86, 93, 98),
    "webp": (2, 12, 30, 50, 65, 75, 82, 88, 94, 99),
    "webp-slow": (2, 12, 30, 50, 65, 75, 82, 88, 94, 99),
    "avif": (10, 22, 34, 46, 56, 64, 72, 80, 90),
    "avif-slow": (10, 22, 34, 46, 56, 64, 72, 80, 90),
}
PEER: dict[str, Callable[[VipsImage], bytes]] = {
    "jpeg": lambda i: i.jpegsave_buffer(Q=80, optimize_coding=True, keep="none"),
    "webp": lambda i: i.webpsave_buffer(Q=79, effort=4, keep="none"),
    "avif": lambda i: i.heifsave_buffer(
        Q=63, effort=1, compression="av1", tune="ssim", keep="none"
    ),
}

Luma = npt.NDArray[np.float64]


@dataclass
class Sum:
    """Means over what was added."""

    number: int = 0
    ssim: float = 0
    bytes: float = 0
    ms: dict[int, list[float]] = field(default_factory=dict)

    def add(self, width: int, ssim: float, size: int, ms: float) -> None:
        self.number += 1
        self.ssim += ssim
        self.bytes += size
        self.ms.setdefault(width, []).append(ms)

    def means(self) -> dict[str, Any]:
        return {
            "ssim": round(self.ssim / self.number, 5),
            "bytes": round(self.bytes / self.number),
            "ms": {str(width): round(float(np.mean(all)), 1) for width, all in self.ms.items()},
        }


def photographs(folder: Path, most: int) -> list[Path]:
    found = sorted(folder.rglob("*.jpg"))
    return found[:: max(1, -(-len(found) // most))]


def luma(image: VipsImage) -> Luma:
    weighed: Luma = np.asarray(image.numpy())[..., :3] @ np.array([0.299, 0.587, 0.114])
    return weighed


def ssim(one: Luma, other: Luma, side: int = 8) -> float:
    """As `render_small.ssim`, by running sums: as exact, and ten times as fast."""

    def mean(values: Luma) -> Luma:
        sums = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
        window = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side]
        result: Luma = (window + sums[:-side, :-side]) / side**2
        return result

    a, b = mean(one), mean(other)
    ab = mean(one * other) - a * b
    aa, bb = mean(one * one) - a * a, mean(other * other) - b * b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = (2 * a * b + c1) * (2 * ab + c2) / ((a * a + b * b + c1) * (aa + bb + c2))
    return float(values.mean())


def measure(paths: list[Path]) -> dict[str, dict[int, Sum]]:
    """Sums by encoder and its own quality; `peer` by format instead, under quality 0."""
    names = [*GRIDS, *(f"peer-{format}" for format in PEER)]
    sums: dict[str, dict[int, Sum]] = {name: {} for name in names}
    for path in paths:
        for width in WIDTHS:
            image = VipsImage.thumbnail(str(path), width, height=10_000, size="down")
            image = image.colourspace("srgb").copy_memory()
            exact = luma(image)
            for name, grid in GRIDS.items():
                format, _, slow = name.partition("-")
                for native in grid:
                    write = _writer(format, native, bool(slow))
                    _note(sums[name].setdefault(native, Sum()), write, image, exact, width)
            for format, write in PEER.items():
                _note(sums[f"peer-{format}"].setdefault(0, Sum()), write, image, exact, width)
        print(path.name, flush=True)
    return sums


def _writer(format: str, native: int, slow: bool) -> Callable[[VipsImage], bytes]:
    return lambda image: encoders.save(image, format, native, slow=slow)


def _note(
    sum: Sum, write: Callable[[VipsImage], bytes], image: VipsImage, exact: Luma, width: int
) -> None:
    started = time.process_time()
    body = write(image)
    ms = (time.process_time() - started) * 1000
    sum.add(width, ssim(exact, luma(VipsImage.new_from_buffer(body, ""))), len(body), ms)


def tables(sums: dict[str, dict[int, Sum]]) -> dict[str, Any]:
    """For each quality of a JPEG: each encoder's own, and the bytes that it takes for that."""
    means = {name: {native: one.means() for native, one in by.items()} for name, by in sums.items()}
    wanted = [means["jpeg"][q]["ssim"] for q in QUALITIES]
    natives: dict[str, list[list[float]]] = {}
    sizes: dict[str, list[int]] = {}
    for name in GRIDS:
        by = means[name]
        known = [by[native]["ssim"] for native in GRIDS[name]]
        own = np.interp(wanted, known, GRIDS[name])
        natives[name] = [[q, round(float(n), 1)] for q, n in zip(QUALITIES, own, strict=True)]
        logs = np.log([by[native]["bytes"] for native in GRIDS[name]])
        sizes[name] = [round(float(n)) for n in np.exp(np.interp(wanted, known, logs))]
    del natives["jpeg"]
    ends = {name: [[1, 1], *curve, [100, 100]] for name, curve in natives.items()}
    return {"qualities": QUALITIES, "ssim": wanted, "native": ends, "bytes": sizes, "of": means}


def defaults(found: dict[str, Any]) -> dict[str, Any]:
    """Ours at our defaults, against the peer at its own."""
    compared = {}
    for format, q in quality.DEFAULT.items():
        peer = found["of"][f"peer-{format}"][0]
        likeness = float(np.interp(q, QUALITIES, found["ssim"]))
        size = float(np.exp(np.interp(q, QUALITIES, np.log(found["bytes"][format]))))
        compared[format] = {
            "q": q,
            "peer": peer,
            "bytes_ratio": round(size / peer["bytes"], 3),
            "ssim_more": round(likeness - peer["ssim"], 5),
        }
    return compared


def timings(found: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds of each encoder by width, at the grid's quality nearest to 80."""
    return {
        name: by[min(by, key=lambda native: abs(native - 80))]["ms"]
        for name, by in found["of"].items()
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--photographs", type=Path, default=PHOTOGRAPHS)
    options.add_argument("--most", type=int, default=100)
    given = options.parse_args()
    paths = photographs(given.photographs, given.most)
    if not paths:
        options.exit(2, f"no JPEGs below {given.photographs}; install the three packages\n")
    start()
    found = tables(measure(paths))
    figures = {
        "machine": facts(),
        "libvips": ".".join(str(pyvips.version(part)) for part in range(3)),
        "photographs": len(paths),
        "widths": WIDTHS,
        **{name: found[name] for name in ("qualities", "ssim", "native", "bytes")},
        "encode_ms": timings(found),
        "defaults": defaults(found),
    }
    RESULT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
