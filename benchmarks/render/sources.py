"""Images of every kind that the soak renders, made once into a folder; photographs up to 24 MP."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image

from benchmarks.render.photos import Photo

SEED = 7
SMALL = 12
"""How many of each small kind."""


def mixed(folder: Path, photos: Sequence[Photo]) -> dict[str, list[Path]]:
    """Files by kind: `large` (16 to 24 MP), `jpeg`, `png`, `webp`, `gif` (moving), `svg`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    dice = np.random.default_rng(SEED)
    made: dict[str, list[Path]] = {"large": []}
    for photo in photos:
        if photo.width * photo.height > 16_000_000:
            made["large"].append(Path(shutil.copy(photo.path, folder / f"large-{photo.name}")))
    for kind in ("jpeg", "png", "webp", "gif", "svg"):
        made[kind] = [folder / f"{number:02}.{kind}" for number in range(SMALL)]
    for number in range(SMALL):
        photo = photos[number % len(photos)]
        with PIL.Image.open(photo.path) as original:
            original.draft("RGB", (1200, 1200))
            side = int(dice.integers(300, 900))
            small = original.convert("RGB")
        small.thumbnail((side, side))
        small.save(made["jpeg"][number], quality=85)
        small.save(made["webp"][number], quality=80)
        translucent = small.copy()
        translucent.putalpha(small.convert("L"))
        (translucent if number % 2 else small).save(made["png"][number])
        _moving(small, made["gif"][number])
        made["svg"][number].write_text(_drawing(dice))
    return made


def _moving(image: PIL.Image.Image, path: Path) -> None:
    frames = [image.resize((96, 96)).rotate(30 * turn) for turn in range(4)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=80, loop=0)


def _drawing(dice: np.random.Generator) -> str:
    shapes = (
        f'<circle cx="{x}" cy="{y}" r="{r}" fill="rgb({x % 256},{y % 256},{r * 3 % 256})"/>'
        for x, y, r in dice.integers(5, 300, (20, 3))
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300">'
        f"{''.join(shapes)}</svg>\n"
    )
