"""Images that differ from each other in every byte, and in their names."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pyvips  # type: ignore[import-untyped]

SUBJECTS = ("harbour", "orchard", "lantern", "glacier", "meadow", "viaduct", "tapestry", "canyon")


def draw(path: Path, number: int, width: int = 320, height: int = 240) -> Path:
    """A JPEG of patches in colours of its own."""
    patches = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    image = pyvips.Image.new_from_array(patches).copy(interpretation="srgb")
    image.resize(width / 8, vscale=height / 6, kernel="cubic").jpegsave(str(path), Q=80)
    return path


def gallery(folder: Path, number: int) -> list[str]:
    """So many images, their names; each eighth shows the same subject."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{SUBJECTS[n % len(SUBJECTS)]} {n:03}.jpg" for n in range(number)]
    for each, name in enumerate(names):
        draw(folder / name, each)
    return names


def heavy(path: Path, megabytes: int) -> Path:
    """A PNG of noise, which has about that many bytes."""
    side = round((megabytes * 1_000_000 / 3) ** 0.5)
    noise = np.random.default_rng(megabytes).integers(0, 256, (side, side, 3), dtype=np.uint8)
    pyvips.Image.new_from_array(noise).copy(interpretation="srgb").pngsave(str(path), compression=0)
    return path


class Mix:
    """What people ask for: mostly what the edge has; some that only an instance has; a few renders.

    A URL with `s` keeps parameters that no route knows, so that it passes the edge although the
    instance has what it asks for. `again` and `anew`: the share of these, and of renditions that
    nobody has asked for yet.
    """

    def __init__(self, ids: list[str], again: float = 0.3, anew: float = 0.04) -> None:
        self._ids, self._again, self._anew = ids, again, anew
        self._next = 0

    def target(self, chance: random.Random) -> str:
        self._next += 1
        id, what = chance.choice(self._ids), chance.random()
        if what < self._anew:
            return f"/i/{id}?w={chance.randrange(20, 300)}&h={chance.randrange(20, 200)}&fit=crop"
        if what < self._anew + self._again:
            return f"/i/{id}?w=160&s=none&x={self._next}"
        subject = chance.choice(SUBJECTS)
        if what < self._anew + self._again + 0.1:
            return f"/search?q={subject}&limit={chance.randrange(1, 20)}"
        return f"/image/{subject}?w=160&n={chance.randrange(1, 3)}"
