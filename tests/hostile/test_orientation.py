"""The same picture in EXIF's eight orientations renders alike, and upright.

The files of shared/corpus/exif-orientation: `Landscape_0` has no orientation, `_1` to `_8` have
that one, and each shows the same when it is displayed as it says.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from tests.render.studio import CORPUS, opened, rendition

FOLDER = CORPUS / "exif-orientation"
pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="shared/corpus/exif-orientation is not there"),
    pytest.mark.xdist_group("orientation"),
]

SETS = ("Landscape", "Portrait")
DISTANCE = 6.0
"""Root mean square of what differs, of 255, at 32×32 pixels: each file was
encoded anew when it was turned."""
WISHES: tuple[dict[str, object], ...] = (
    {"w": 120},
    {"w": 90, "h": 90, "fit": "crop"},
    {"rect": "0,0,0.5,0.5", "w": 80},
    {"w": 100, "flip": "h"},
)


@cache
def seen(name: str, wish: int) -> tuple[tuple[int, int], npt.NDArray[np.float64]]:
    """The rendition's size, and its colours at 32×32."""
    image = opened(rendition((FOLDER / f"{name}.jpg").read_bytes(), "png", **WISHES[wish]))
    return image.size, np.asarray(image.convert("RGB").resize((32, 32)), dtype=np.float64)


@pytest.mark.parametrize("wish", range(len(WISHES)))
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", SETS)
def test_an_orientation_renders_as_none_does(kind: str, orientation: int, wish: int) -> None:
    size, expected = seen(f"{kind}_0", wish)
    turned, found = seen(f"{kind}_{orientation}", wish)
    assert turned == size
    assert float(np.sqrt(np.mean((found - expected) ** 2))) < DISTANCE


@pytest.mark.parametrize("kind", SETS)
def test_another_turn_would_be_noticed(kind: str) -> None:
    _, expected = seen(f"{kind}_0", 1)
    for turned in (expected[::-1], expected[:, ::-1], expected[::-1, ::-1]):
        assert float(np.sqrt(np.mean((turned - expected) ** 2))) > 3 * DISTANCE
