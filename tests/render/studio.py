"""A renderer, and what to look at its renditions with."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from PIL import Image as Pillow

from calotype.decode import Limits, header
from calotype.model import Image, Place, Rendition
from calotype.render.config import RenderConfig
from calotype.render.engine import Renderer
from calotype.render.spec import RenderSpec

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def record(data: bytes, **changes: Any) -> Image:
    """What ingest would say of a file."""
    found = header(data, Limits())
    made = Image(
        id=hashlib.sha256(data).hexdigest()[:40],
        format=found.format,
        width=found.width,
        height=found.height,
        bytes=len(data),
        places=(Place("photos", "a", "1"),),
        orientation=found.orientation,
        frames=found.frames,
        alpha=found.alpha,
    )
    return replace(made, **changes)


@contextmanager
def renderer(**config: Any) -> Iterator[Renderer]:
    made = Renderer(RenderConfig(workers=2, **config))
    try:
        yield made
    finally:
        made.close()


def rendition(data: bytes, format: str = "png", /, **params: Any) -> Rendition:
    """Rendered now, as a URL with these parameters would be."""
    spec = RenderSpec.parse({name: str(value) for name, value in params.items()})
    with renderer() as made:
        return made.render(data, record(data), spec, format)


def opened(rendition: Rendition) -> Pillow.Image:
    """Decoded by Pillow, a decoder that is not ours; a palette's pixels as the colours they are."""
    image = Pillow.open(io.BytesIO(rendition.body))
    image.load()
    if image.mode == "P" and rendition.content_type == "image/png":
        shown = image.convert("RGBA" if "transparency" in image.info else "RGB")
        shown.format = image.format
        return shown
    return image


def seen(image: Pillow.Image) -> list[tuple[float, ...]]:
    """RGBA in the middle of each quadrant: top left, top right, bottom left, bottom right."""
    rgba = image.convert("RGBA")
    width, height = image.size
    places = ((1, 1), (3, 1), (1, 3), (3, 3))
    colors = (rgba.getpixel((width * x // 4, height * y // 4)) for x, y in places)
    return [color for color in colors if isinstance(color, tuple)]
