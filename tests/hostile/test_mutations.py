"""Mutated bytes: no decoder crashes, hangs or leaks, and nothing but our own errors is raised.

`CALOTYPE_FUZZ=50000 pytest tests/hostile/test_mutations.py` (`make fuzz`) is the nightly run; it
begins where `CALOTYPE_FUZZ_FROM` says, so that every night may have other seeds. What a seed does
can be seen again with `python -m tests.hostile.attempt mutated SEED SEED+1`.
"""

from __future__ import annotations

import os

import pytest

from .attempt import CONFIG, REFUSED, TAKEN
from .children import Outcome, outcomes

pytestmark = pytest.mark.xdist_group("mutations")

FIRST = int(os.environ.get("CALOTYPE_FUZZ_FROM") or 0)
COUNT = int(os.environ.get("CALOTYPE_FUZZ") or 2_000)
PATIENCE = 6
"""Seconds by which an answer may be late where the machine has other work."""
LEAKED = 48
"""Megabytes between the first quarter and the end: what allocators keep comes and goes."""


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return list(outcomes("mutated", FIRST, FIRST + COUNT))


def test_every_mutation_is_an_image_or_an_error_of_ours(found: list[Outcome]) -> None:
    assert len(found) == COUNT
    assert [done for done in found if done["outcome"] not in (TAKEN, REFUSED)] == []


def test_every_mutation_is_answered_within_the_time_limit(found: list[Outcome]) -> None:
    assert [done for done in found if done.get("longest", 0) > CONFIG.seconds + PATIENCE] == []


def test_nothing_leaks(found: list[Outcome]) -> None:
    resident = [done["resident"] for done in found if "resident" in done]
    assert resident[-1] - max(resident[: len(resident) // 4]) < LEAKED


def test_enough_mutations_reach_the_decoders(found: list[Outcome]) -> None:
    """Or the run would only show that headers are checked."""
    assert sum(done["outcome"] == TAKEN for done in found) > COUNT / 5
