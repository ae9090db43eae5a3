"""What the README shows of results/render.json: its figures, and the servers beside each other."""

from __future__ import annotations

from typing import Any

from benchmarks.figure import Figure

CELLS = "400 and 800 px, JPEG, WebP, AVIF"
WANTED = {"imgproxy": ("imgproxy 4", 3.0), "thumbor": ("thumbor 7.8", 5.0), "ipx": ("ipx 3", 5.0)}


def _figures() -> list[Figure]:
    found = []
    for name, (label, times) in WANTED.items():
        least, most = f"least.{name}.rps_ratio", f"least.{name}.bytes_ratio_most"
        what = f"requests/s over {label}, the least of {CELLS}"
        found.append(Figure(what, "render", least, times, unit="×", needs=name))
        what = f"bytes over {label} at equal SSIM, the most of them"
        found.append(Figure(what, "render", most, 1.05, True, "×", name))
    what = "first touch: requests/s over imgproxy 4, the least of them"
    path = "least.imgproxy.first_touch_rps_ratio"
    found.append(Figure(what, "render", path, 1.0, unit="×", needs="imgproxy"))
    what, path = "renders for 200 clients of one cold URL", "one_url.renders_most"
    found.append(Figure(what, "render", path, 1, True))
    what, path = "the same URL warm, one process", "one_url.warm_rps"
    found.append(Figure(what, "render", path, 8_000, unit="requests/s"))
    what = "deep zoom, all tiles of 16 to 24 megapixels: times quicker than decoding for each"
    found.append(Figure(what, "render", "tiles.seconds_ratio_least", unit="×"))
    what = "the same, CPU a tile, the most of them"
    found.append(Figure(what, "render", "tiles.held_cpu_ms_most", unit="ms"))
    what = "memory after 100,000 renders of mixed sources, over that after 10,000"
    found.append(Figure(what, "render", "soak.growth", 1.1, True, "×"))
    what = "its peak, sources of up to 24 megapixels"
    found.append(Figure(what, "render", "soak.peak_mb", 600, True, "MB"))
    return found


FIGURES = _figures()


def least(cells: dict[str, Any]) -> dict[str, dict[str, float]]:
    """For each peer, over all cells: our least ratio of requests a second, and most of bytes."""
    found: dict[str, dict[str, float]] = {}
    for peer in {peer for cell in cells.values() for peer in cell["against"]}:
        facts = [cell["against"][peer] for cell in cells.values() if peer in cell["against"]]
        found[peer] = {"bytes_ratio_most": max(each["bytes_ratio"] for each in facts)}
        for key, ours in (("", "calotype"), ("first_touch_", "calotype-first-touch")):
            ratios = [each["rps_ratio"][ours] for each in facts if ours in each["rps_ratio"]]
            if ratios:
                found[peer][f"{key}rps_ratio"] = min(ratios)
    return found


def beside(result: dict[str, Any]) -> str:
    """A Markdown table: every server in every cell, and what our quality was."""
    cells, labels = result["cells"], result["labels"]
    head = ("size, format", "server", "requests/s", "p95", "CPU an image", "bytes", "SSIM",
            "Calotype over it", "bytes at equal SSIM")  # fmt: skip
    lines = [head, ("---",) * len(head)]
    for name, cell in cells.items():
        width, _, format = name.partition("-")
        for server, seen in cell["servers"].items():
            against = cell["against"].get(server, {})
            lines.append((
                f"{width} px, {format.upper()}", labels[server], f"{seen['rps']:,.1f}",
                f"{seen['p95_ms']:,.0f} ms", f"{seen['cpu_ms']:,.1f} ms",
                f"{seen['bytes']:,}", f"{seen['ssim']:.4f}", *_against(against),
            ))  # fmt: skip
    peaks = ", ".join(f"{labels[name]} {mb:,} MB" for name, mb in result["peak_mb"].items())
    missing = "".join(f" Not measured: {_first(why)}." for why in result["missing"].values())
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{text}\n\nPeak memory: {peaks}.{missing}"


def _against(facts: dict[str, Any]) -> tuple[str, str]:
    if not facts:
        return "", ""
    times = f"{facts['rps_ratio']['calotype']:.1f} ×"
    fair = "" if facts["fair"] else ", **not equal**"
    return times, f"{facts['bytes_ratio']:.2f} × at q {facts['quality']}{fair}"


def _first(why: str) -> str:
    """The reason as far as its second colon: the rest are a tool's own words."""
    return ":".join(why.split(":")[:2])
