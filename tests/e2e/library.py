"""A small library for the browser tests: coloured shapes, three formats, three orientations."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

from PIL import Image, ImageDraw

COLORS = {"red": "#d62828", "green": "#2a9d3a", "blue": "#2456d6", "yellow": "#f7c81e"}
SHAPES = ("circle", "triangle", "diamond")
SIZES = {"landscape": (360, 240), "portrait": (240, 360), "square": (300, 300)}
FORMATS = ("jpeg", "png", "webp")
COUNT = len(COLORS) * len(SHAPES) * len(SIZES) * len(FORMATS)
"""108: more than two pages of the gallery."""

HOSTILE = '<img src=x title="<" onerror="document.title=1"> & "friends"'
"""The title and tag of one image, which is none of the above: it must stay text. (Ingest drops
plain markup; this a browser would take for an element, and ingest does not.)"""


def draw(shape: str, color: str, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, "#eeeeee")
    width, height = size
    left, top, right, bottom = width * 0.1, height * 0.1, width * 0.9, height * 0.9
    pen = ImageDraw.Draw(image)
    if shape == "circle":
        pen.ellipse((left, top, right, bottom), fill=color)
    elif shape == "triangle":
        pen.polygon(((width / 2, top), (right, bottom), (left, bottom)), fill=color)
    else:
        pen.polygon(
            ((width / 2, top), (right, height / 2), (width / 2, bottom), (left, height / 2)),
            fill=color,
        )
    return image


def write(folder: Path) -> None:
    """Draw all of them into `folder`, with their texts in `metadata.jsonl`."""
    folder.mkdir(parents=True)
    lines = []
    for color, shape, orientation, kind in product(COLORS, SHAPES, SIZES, FORMATS):
        name = f"{color}-{shape}-{orientation}.{kind}"
        draw(shape, COLORS[color], SIZES[orientation]).save(folder / name)
        lines.append(
            {
                "file_name": name,
                "title": f"{color.title()} {shape}, {orientation} {kind}",
                "description": f"A {shape} filled with {color}.",
                "alt": f"{color} {shape} on grey, {orientation}, {kind}",
                "tags": [shape, color],
                "creator": "Ada Draughts",
                "license": "CC0-1.0",
            }
        )
    draw("circle", "#7b2cbf", (320, 200)).save(folder / "hostile.png")
    lines.append({"file_name": "hostile.png", "title": HOSTILE, "tags": [HOSTILE, "hostile"]})
    (folder / "metadata.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
