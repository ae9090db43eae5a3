"""The files that the pictures of docs/http.md are renditions of, made of the demo's drawings."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pyvips
from PIL import Image, ImageDraw, ImageFilter, ImageOps

GALLERY = Path(__file__).resolve().parent.parent / "src" / "calotype" / "demo" / "gallery"
BORDER = ((217, 185, 140), (210, 178, 133), (198, 163, 116))
"""From outside to inside: `trim=auto` forgives 11, and so takes the first two; 40 all of them."""
SEASONS = (
    "cherry-blossom-by-the-canal", "sunflowers-in-a-vase",
    "wind-and-autumn-leaves", "snowfall-by-the-street-lamp",
)  # fmt: skip


def make(folder: Path, names: Iterable[str]) -> None:
    """Put each of these files into the folder. StopIteration for an unknown drawing."""
    for name in names:
        if name.endswith(".svg"):
            shutil.copy(_path(name.removesuffix(".svg")), folder / name)
        else:
            MADE[name](folder / name)


def _path(drawing: str) -> Path:
    return next(GALLERY.glob(f"*/{drawing}.svg"))


def _drawn(drawing: str, width: int) -> Image.Image:
    pixels = pyvips.Image.thumbnail(str(_path(drawing)), width, height=10_000).numpy()
    return Image.fromarray(pixels)


def _seasons() -> list[Image.Image]:
    return [ImageOps.fit(_drawn(name, 480).convert("RGB"), (480, 480)) for name in SEASONS]


def _stamp(path: Path) -> None:
    _drawn("windmill-with-tulips", 120).convert("RGB").save(path)


def _framed(path: Path) -> None:
    picture = _drawn("windmill-with-tulips", 600).convert("RGB")
    for color in reversed(BORDER):
        picture = ImageOps.expand(picture, 50, color)
    picture.save(path)


def _half_framed(path: Path) -> None:
    picture = _drawn("windmill-with-tulips", 600).convert("RGB")
    ImageOps.expand(picture, (0, 0, 200, 150), BORDER[0]).save(path)


def _glowing(path: Path) -> None:
    plant = _drawn("monstera-in-a-terracotta-pot", 400)
    canvas = Image.new("RGBA", (plant.width + 280, plant.height + 200), (255, 255, 255, 0))
    glow = Image.new("L", canvas.size)
    ImageDraw.Draw(glow).ellipse((90, 60, canvas.width - 90, canvas.height - 60), fill=70)
    canvas.putalpha(glow.filter(ImageFilter.GaussianBlur(12)))
    canvas.alpha_composite(plant, (140, 100))
    canvas.save(path)


def _tiff(path: Path) -> None:
    first, *others = _seasons()
    first.save(path, save_all=True, append_images=others, compression="tiff_adobe_deflate")


def _animation(path: Path) -> None:
    first, *others = _seasons()
    first.save(path, save_all=True, append_images=others, duration=1000, loop=0, quality=95)


MADE = {
    "stamp.png": _stamp,
    "framed.png": _framed,
    "half-framed.png": _half_framed,
    "glowing.png": _glowing,
    "seasons.tiff": _tiff,
    "slideshow.webp": _animation,
}
