"""The picture that the IIIF validator asks for: 10 × 10 squares of 100 pixels, in its colours."""

from __future__ import annotations

from pathlib import Path

from iiif_validator.validator import ValidationInfo
from PIL import Image


def draw(path: Path) -> None:
    """A PNG: the validator compares colours. In its table the first index goes across."""
    small = Image.new("RGB", (10, 10))
    for x, column in enumerate(ValidationInfo().colorInfo):
        for y, color in enumerate(column):
            small.putpixel((x, y), color)
    path.parent.mkdir(parents=True, exist_ok=True)
    small.resize((1000, 1000), Image.Resampling.NEAREST).save(path)
