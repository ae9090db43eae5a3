"""Hostile files that are sent are taken or refused, each for itself, and never a 500."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api import library
from tests.api.house import House
from tests.api.test_upload import picture, send

from . import corpus
from .test_http import LIMITS, SLOW

pytestmark = pytest.mark.xdist_group("hostile requests")


def test_every_hostile_file_is_taken_or_refused_for_itself(tmp_path: Path) -> None:
    library.save(tmp_path / "pictures" / "red.png", (40, 30), library.RED)
    files = [(name, data) for name, data in corpus.everything().items() if name not in SLOW]
    with House(tmp_path / "pictures", tmp_path / "data", limits=LIMITS) as house:
        house.settle(1)
        for start in range(0, len(files), 4):
            some = files[start : start + 4]
            answer = send(house, *some)
            assert answer.status_code in (200, 201, 422), answer.text[:500]
            outcomes = answer.json()["images"]
            assert len(outcomes) == len(some)
            for outcome in outcomes:
                assert outcome["status"] in (200, 201, 422), outcome
                assert ("image" in outcome) == (outcome["status"] < 300), outcome
        assert send(house, ("good.png", picture())).status_code == 201
