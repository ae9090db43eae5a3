"""Which tags changes touch."""

from __future__ import annotations

import pytest

from calotype.coherence import Batch
from calotype.coherence.batch import MOST_GONE, MOST_IMAGES, MOST_TERMS
from calotype.model import Change, Image

from .edges import EPOCH, gone, image, put, words


def noted(*changes: Change, known: tuple[Image, ...] = (), after: int = 10) -> Batch:
    made = Batch(EPOCH, after, after, 0.0)
    for change in changes:
        made.note(change, {each.id: each for each in known}.get, words)
    return made


def test_a_new_image_touches_its_terms() -> None:
    made = noted(put("ab", 11, "red fox"))
    assert (made.soft, made.hard) == (["t-fox", "t-red", "img-ab"], [])
    assert (made.moment.after, made.moment.seq) == (10, 11)


def test_an_edit_touches_the_terms_before_and_after() -> None:
    made = noted(put("ab", 11, "blue fox", born=3), known=(image("ab", 3, "red fox"),))
    assert made.soft == ["t-blue", "t-fox", "t-red", "img-ab"]


def test_what_goes_is_removed_and_its_terms_are_touched() -> None:
    made = noted(gone("ab", 11), known=(image("ab", 3, "red"),))
    assert (made.soft, made.hard) == (["t-red"], ["img-ab"])


@pytest.mark.parametrize("change", [put("ab", 11, "red", born=3), gone("ab", 11)])
def test_where_it_is_not_known_how_an_image_was_every_query_is_touched(change: Change) -> None:
    assert "q" in noted(change).soft


def test_what_came_and_went_in_one_batch_is_known() -> None:
    made = noted(put("ab", 11, "red"), gone("ab", 12))
    assert (made.soft, made.hard) == (["t-red", "img-ab"], ["img-ab"])


def test_past_500_terms_every_query_is_touched_instead() -> None:
    title = " ".join(f"w{number}" for number in range(MOST_TERMS))
    assert len(noted(put("ab", 11, title)).soft) == MOST_TERMS + 1
    assert noted(put("ab", 11, title + " more")).soft == ["q", "img-ab"]


def test_what_was_asked_once_too_many_is_not_asked_again() -> None:
    asked: list[str] = []
    made = Batch(EPOCH, 10, 10, 0.0, queries=True)
    made.note(put("ab", 11, "red"), lambda id: asked.append(id), words)
    assert (asked, made.soft) == ([], ["q", "img-ab"])


def test_past_many_images_everything_is_touched() -> None:
    changes = [put(f"{number:x}", 11 + number, born=1) for number in range(MOST_IMAGES + 1)]
    assert noted(*changes[:-1]).soft[1:] != []
    assert noted(*changes).soft == ["*"]


def test_past_very_many_that_went_everything_is_removed() -> None:
    made = Batch(EPOCH, 10, 10, 0.0)
    made.note_unseen([gone(f"{number:x}", 11 + number) for number in range(MOST_GONE)])
    assert len(made.hard) == MOST_GONE
    made.note_unseen([gone("more", 99_999)])
    assert made.hard == ["*"]


def test_two_become_one() -> None:
    made = noted(put("ab", 11, "red"))
    made.merge(noted(put("cd", 12, "blue"), gone("ab", 13),
                     known=(image("ab", 11, "red"),), after=11))  # fmt: skip
    assert (made.soft, made.hard) == (["t-blue", "t-red", "img-ab", "img-cd"], ["img-ab"])
    assert (made.moment.after, made.moment.seq) == (10, 13)


@pytest.mark.parametrize("reset", [False, True])
def test_after_another_catalog_or_a_restored_one_everything_is_touched(reset: bool) -> None:
    made = noted(put("ab", 11, "red"))
    made.merge(Batch(EPOCH if reset else "e2", 5, 5, 0.0, reset=reset))
    made.merge(Batch(made.epoch, 5, 6, 0.0, terms={"blue"}))
    assert made.soft == ["*"]
    assert (made.moment.after, made.moment.seq, made.moment.reset) == (5, 6, reset)
