"""One cell of the table: a size and a format, every server in turn, in rounds.

1. Each server renders each photograph at the nominal width with its own default quality. That
   gives its bytes and its SSIM, warms it up, and says how many passes make a run long enough.
2. Ours must be fair to every peer: at most 1.05 times its bytes, at an SSIM lower by at most 0.002.
   Where our default is not, the least quality is sought that is as like; it gives the bytes that
   are compared with that peer. What is timed is the highest quality that any peer called for.
3. The rounds: A B C, A B C. A run is whole passes over the photographs, each request with another
   width within 5 % of the nominal one, and never the nominal one: no URL twice in a run.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.render import processes
from benchmarks.render.load import Load, ask
from benchmarks.render.ours import Calotype
from benchmarks.render.photos import Photo
from benchmarks.render.quality import References, Seen, equal, fair
from benchmarks.render.servers import Server

FORMATS = ("jpeg", "webp", "avif")
WIDTHS = (400, 800)
NAMES = [f"{width}-{format}" for width in WIDTHS for format in FORMATS]
NEAR = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    width: int
    format: str

    @classmethod
    def named(cls, name: str) -> Cell:
        width, _, format = name.partition("-")
        return cls(int(width), format)

    def widths(self) -> list[int]:
        """Every width within 5 % but the nominal one."""
        spread = int(self.width * NEAR)
        near = range(self.width - spread, self.width + spread + 1)
        return [width for width in near if width != self.width]


@dataclass(frozen=True, slots=True)
class Runs:
    """How long and how often."""

    rounds: int
    seconds: float
    seed: int = 1


def measure(
    cell: Cell,
    servers: Sequence[Server],
    photos: Sequence[Photo],
    references: References,
    runs: Runs,
) -> dict[str, Any]:
    """Figures by server, and how ours compares with each peer."""
    failing = {s.name: why for s in servers if (why := s.renders(cell.format))}
    servers = [server for server in servers if server.name not in failing]
    seen: dict[str, Seen] = {}
    passes: dict[str, int] = {}
    for server in servers:
        load = nominal(cell, server, photos, None)
        seen[server.name] = references.seen(photos, _bodies(load, photos))
        wanted = round(runs.seconds * load.rps / len(photos))
        passes[server.name] = max(1, min(wanted, len(cell.widths())))
    quality, compared = _fairness(cell, servers, photos, references, seen)
    loads: dict[str, list[dict[str, float]]] = {server.name: [] for server in servers}
    for number in range(runs.rounds):
        for server in servers:
            asked = quality if isinstance(server, Calotype) else None
            dice = random.Random(runs.seed + number)
            paths = distinct(cell, server, photos, passes[server.name], asked, dice)
            loads[server.name].append(timed(server, paths))
    return {
        "servers": {
            server.name: {
                **_median(loads[server.name]),
                "bytes": round(seen[server.name].bytes),
                "ssim": round(seen[server.name].ssim, 4),
            }
            for server in servers
        },
        "timed_quality": quality or "default",
        "against": _ratios(servers, loads, compared),
        "failing": failing,
    }


def nominal(cell: Cell, server: Server, photos: Sequence[Photo], quality: int | None) -> Load:
    """Each photograph once at the cell's own width, bodies kept."""
    paths = [server.path(photo, cell.width, cell.format, quality) for photo in photos]
    return ask(server.origin, paths, keep=True)


def distinct(
    cell: Cell,
    server: Server,
    photos: Sequence[Photo],
    passes: int,
    quality: int | None,
    dice: random.Random,
) -> list[str]:
    """Whole passes in random order; photographs of one pass have different widths too."""
    widths = {photo.name: dice.sample(cell.widths(), passes) for photo in photos}
    paths = []
    for number in range(passes):
        for photo in dice.sample(list(photos), len(photos)):
            width = widths[photo.name][number]
            paths.append(server.path(photo, width, cell.format, quality))
    return paths


def timed(server: Server, paths: Sequence[str]) -> dict[str, float]:
    before = processes.cpu_seconds(server.pid)
    load = ask(server.origin, paths)
    used = processes.cpu_seconds(server.pid) - before
    return {
        "rps": load.rps,
        "p95_ms": load.p95_ms,
        "cpu_ms": used * 1000 / len(paths),
        "requests": len(paths),
        "failed": len(load.failures),
        "client_share": load.client_share,
    }


def _bodies(load: Load, photos: Sequence[Photo]) -> list[bytes]:
    if load.failures:
        raise RuntimeError(f"{len(load.failures)} failed, the first: {load.failures[0]}")
    return [load.bodies[number] for number in range(len(photos))]


def _fairness(
    cell: Cell,
    servers: Sequence[Server],
    photos: Sequence[Photo],
    references: References,
    seen: Mapping[str, Seen],
) -> tuple[int | None, dict[str, dict[str, Any]]]:
    """The quality to time ours at, None for its default, and the comparison with each peer."""
    ours = next((s for s in servers if isinstance(s, Calotype)), None)
    compared: dict[str, dict[str, Any]] = {}
    if ours is None:
        return None, compared
    made: dict[int, Seen] = {}

    def render(quality: int) -> Seen:
        if quality not in made:
            load = nominal(cell, ours, photos, quality)
            made[quality] = references.seen(photos, _bodies(load, photos))
        return made[quality]

    sought = []
    for peer in servers:
        if isinstance(peer, Calotype):
            continue
        its, quality, here = seen[peer.name], None, seen[ours.name]
        if not fair(here, its):
            quality, here = equal(render, its)
            sought.append(quality)
        compared[peer.name] = {
            "quality": quality or "default",
            "bytes_ratio": round(here.bytes / its.bytes, 3),
            "ssim_difference": round(here.ssim - its.ssim, 4),
            "fair": fair(here, its),
        }
    if any(facts["quality"] == "default" for facts in compared.values()):
        # the default is among what is timed: a lower quality must not be timed in its place
        sought = [q for q in sought if render(q).ssim > seen[ours.name].ssim]
    return (max(sought) if sought else None), compared


def _ratios(
    servers: Sequence[Server],
    loads: Mapping[str, Sequence[Mapping[str, float]]],
    compared: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Requests a second of each of our configurations over each peer's; the median of rounds."""
    ours = [server.name for server in servers if isinstance(server, Calotype)]

    def ratio(one: str, other: str) -> float:
        pairs = zip(loads[one], loads[other], strict=True)
        return round(statistics.median(a["rps"] / b["rps"] for a, b in pairs), 2)

    return {
        peer: {**facts, "rps_ratio": {name: ratio(name, peer) for name in ours}}
        for peer, facts in compared.items()
    }


def _median(loads: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    digits = {"client_share": 3, "requests": 0, "failed": 0}
    figures: dict[str, Any] = {
        name: round(statistics.median(load[name] for load in loads), digits.get(name, 1))
        for name in loads[0]
    }
    figures["failed"] = round(sum(load["failed"] for load in loads))
    figures["rps_runs"] = [round(load["rps"], 1) for load in loads]
    return figures
