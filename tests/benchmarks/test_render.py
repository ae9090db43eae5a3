"""What the comparison with other servers rests on: likeness, fairness, URLs that never repeat."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from benchmarks.render.cells import Cell, distinct
from benchmarks.render.peers import Thumbor
from benchmarks.render.photos import Photo
from benchmarks.render.quality import Seen, equal, fair, ssim
from benchmarks.render.table import least
from benchmarks.render.tiles import tiles

PHOTOS = [Photo(f"{n:02}.jpg", Path(f"{n:02}.jpg"), 4000, 3000) for n in range(3)]


def noise(strength: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    dice = np.random.default_rng(1)
    smooth = np.outer(np.linspace(0, 255, 64), np.linspace(0, 1, 48))
    return smooth + strength * dice.standard_normal(smooth.shape)


def test_an_image_is_wholly_like_itself_and_less_the_more_it_is_disturbed() -> None:
    likeness = [ssim(noise(0), noise(strength)) for strength in (0, 2, 20)]
    assert likeness[0] == pytest.approx(1)
    assert likeness[0] > likeness[1] > likeness[2]


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (Seen(0.978, 105), True),
        (Seen(0.977, 105), False),
        (Seen(0.978, 106), False),
    ],
)
def test_fair_is_at_most_a_twentieth_larger_and_hardly_less_like(
    ours: Seen, expected: bool
) -> None:
    assert fair(ours, Seen(0.98, 100)) is expected


def test_the_least_quality_as_like_as_the_peer_is_found() -> None:
    quality, seen = equal(lambda q: Seen(q / 100, q), Seen(0.70, 50))
    assert quality == 70
    assert seen == Seen(0.70, 70)


def test_no_url_is_asked_for_twice_nor_at_the_nominal_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path))
    paths = distinct(Cell(400, "webp"), Thumbor(PHOTOS), PHOTOS, 40, None, random.Random(1))
    assert len(set(paths)) == len(paths) == 40 * len(PHOTOS)
    assert not any("/400x0/" in path for path in paths)


def test_the_tiles_of_a_photograph_cover_each_pixel_once(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a photograph")
    seen = np.zeros((1500, 2500), dtype=np.uint8)
    for path in tiles(Photo("a.jpg", tmp_path / "a.jpg", 2500, 1500)):
        left, top, width, height = map(int, path.split("/")[4].split(","))
        assert path.split("/")[5] == f"{width},{height}"
        seen[top : top + height, left : left + width] += 1
    assert (seen == 1).all()


def test_the_worst_cell_counts() -> None:
    def cell(times: float, size: float) -> dict[str, object]:
        facts = {"bytes_ratio": size, "rps_ratio": {"calotype": times}}
        return {"against": {"ipx": facts}}

    cells = {"400-jpeg": cell(9, 0.9), "800-jpeg": cell(6, 1.1)}
    assert least(cells) == {"ipx": {"bytes_ratio_most": 1.1, "rps_ratio": 6}}
