"""A small library with known answers, drawn anew for each run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

RED, GREEN, BLUE, BLACK = "#d62828", "#2a9d3a", "#2456d6", "#101010"

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">
<script>document.title = "run"</script>
<rect width="320" height="240" fill="#2a9d3a"/><circle cx="160" cy="120" r="80" fill="#fff"/>
</svg>"""

PICTURES: tuple[tuple[str, tuple[int, int], str, dict[str, Any]], ...] = (
    ("hoodies/black.jpg", (640, 480), BLACK,
     {"title": "Black hoodie", "tags": ["hoodie", "black"], "creator": "Ada Draughts",
      "license": "CC0-1.0", "alt": "A black hoodie", "description": "Warm and heavy."}),
    ("hoodies/red.png", (480, 640), RED,
     {"title": "Red hoodie", "tags": ["hoodie", "red"], "creator": "Ada Draughts"}),
    ("hoodies/blue.webp", (400, 400), BLUE,
     {"title": "Blue hoodie", "tags": ["hoodie", "blue"], "creator": "Smith, John"}),
    ("jackets/green.jpg", (2400, 1200), GREEN,
     {"title": "Green jacket", "tags": ["jacket", "rain, wind"], "license": "CC-BY-4.0"}),
    ("jackets/leather.jpg", (300, 200), BLACK,
     {"title": "Leather jacket", "tags": ["jacket", "black"]}),
    ("café au lait.png", (200, 200), "#c8a078",
     {"title": "Café au lait", "tags": ["drink"], "description": "Milk & coffee, 100%"}),
    ("tokyo.jpg", (320, 240), RED, {"title": "東京タワー", "tags": ["tower"]}),
)  # fmt: skip

PEBBLES = 30
"""Images called `pebble` with a number: more than one page of them."""


def write(folder: Path) -> None:
    """Draw all of them into `folder`, with their texts in `metadata.jsonl`."""
    lines = []
    for name, size, color, texts in PICTURES:
        save(folder / name, size, color)
        lines.append({"file_name": name, **texts})
    for number in range(PEBBLES):
        name = f"pebbles/{number:02}.png"
        save(folder / name, (40 + number, 30), f"#8080{number:02x}")
        lines.append({"file_name": name, "title": f"Pebble number {number}", "tags": ["pebble"]})
    (folder / "drawing.svg").write_text(DRAWING)
    lines.append({"file_name": "drawing.svg", "title": "Target drawing"})
    animate(folder / "blinking.gif")
    lines.append({"file_name": "blinking.gif", "title": "Blinking lamp"})
    (folder / "metadata.jsonl").write_text("\n".join(json.dumps(line) for line in lines))


COUNT = len(PICTURES) + PEBBLES + 2


def save(path: Path, size: tuple[int, int], color: str) -> None:
    """One picture: a disc of `color` on grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", size, "#d0d0d0")
    ImageDraw.Draw(image).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=color)
    image.save(path)


def animate(path: Path) -> None:
    frames = [Image.new("RGB", (120, 90), color) for color in (RED, GREEN, BLUE)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=80, loop=0)
