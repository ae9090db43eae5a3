"""What could not be read or decoded for want of time or memory is tried again, not lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from calotype.decode import header, thumbnail
from calotype.errors import Overloaded, Unfinished, Unrenderable
from calotype.ingest import Ingest, IngestConfig
from calotype.ingest.patience import FIRST_WAIT, LONGEST_WAIT, MOST_TRIES, Patience
from tests.decode.pictures import sample

from .library import Library

SLOW = Unfinished("It takes more than 8 s to decode.")
TRIED_OUT = f"{SLOW} It was tried {MOST_TRIES} times."
STARVED = [MemoryError(), OSError(24, "Too many open files"), Overloaded("No room.")]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Failing:
    """In the place of a function: raises `error` and counts, until that is None."""

    def __init__(self, does: Callable[..., Any], error: Exception) -> None:
        self.does, self.calls = does, 0
        self.error: Exception | None = error

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return self.does(*args, **named)


class Trial:
    """A library with one image, its clock, and the function that fails."""

    def __init__(self, library: Library, clock: Clock, failing: Failing) -> None:
        self.library, self.clock, self.failing = library, clock, failing

    def analyse(self) -> Any:
        return self.library.ingest.analyse([self.library.source])

    def later(self) -> None:
        self.clock.now += LONGEST_WAIT

    @property
    def known(self) -> tuple[str, str]:
        """Reason and message, both empty for an image."""
        known = self.library.catalog.known(self.library.source.key)["a.png"]
        return known.reason, known.message


@pytest.fixture
def clock() -> Clock:
    return Clock()


def trial(library: Library, clock: Clock, failing: Failing) -> Trial:
    library.ingest = Ingest(library.catalog, IngestConfig(), clock=clock)
    library.put("a.png", sample("png"))
    return Trial(library, clock, failing)


@pytest.fixture
def reading(library: Library, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Headers fail."""
    failing = Failing(header, SLOW)
    monkeypatch.setattr("calotype.ingest.probe.header", failing)
    return trial(library, clock, failing)


@pytest.fixture
def decoding(library: Library, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Pixels fail, of an image that is in the catalog."""
    failing = Failing(thumbnail, SLOW)
    monkeypatch.setattr("calotype.ingest.analyse.thumbnail", failing)
    made = trial(library, clock, failing)
    library.run()
    return made


@pytest.mark.parametrize("error", STARVED, ids=lambda error: type(error).__name__)
def test_a_file_that_the_machine_had_no_room_for_is_read_once_it_has(
    reading: Trial, error: Exception
) -> None:
    reading.failing.error = error
    for _ in range(2 * MOST_TRIES):
        reading.library.run()
    assert reading.known[0] == "no-resources"
    reading.failing.error = None
    assert reading.library.run().added == 1


@pytest.mark.parametrize("error", STARVED, ids=lambda error: type(error).__name__)
def test_an_image_that_the_machine_had_no_room_for_stays(decoding: Trial, error: Exception) -> None:
    decoding.failing.error = error
    for _ in range(2 * MOST_TRIES):
        assert decoding.analyse().spoiled == 0
        decoding.later()
    assert decoding.failing.calls == 2 * MOST_TRIES
    decoding.failing.error = None
    assert decoding.analyse().analysed == 1
    assert decoding.known == ("", "")


def test_a_file_that_took_too_long_is_read_when_it_does_not(reading: Trial) -> None:
    reading.library.run()
    assert reading.known == ("unfinished", str(SLOW))
    reading.failing.error = None
    reading.later()
    assert reading.library.run().added == 1


def test_an_image_that_took_too_long_stays_and_is_looked_at_when_it_does_not(
    decoding: Trial,
) -> None:
    done = decoding.analyse()
    assert (done.spoiled, done.skipped, done.again) == (0, 1, FIRST_WAIT)
    decoding.failing.error = None
    decoding.later()
    done = decoding.analyse()
    assert (done.analysed, done.again) == (1, None)


def test_it_is_not_tried_again_at_once(reading: Trial) -> None:
    for _ in range(10):
        assert reading.library.run().refused[0].reason == "unfinished"
    assert reading.failing.calls == 1


def test_pixels_are_not_tried_again_at_once(decoding: Trial) -> None:
    for _ in range(10):
        assert decoding.analyse().again is not None
    assert decoding.failing.calls == 1


def test_a_file_that_always_takes_too_long_is_refused_in_the_end(reading: Trial) -> None:
    for _ in range(MOST_TRIES + 5):
        reading.library.run()
        reading.later()
    assert reading.failing.calls == MOST_TRIES
    assert reading.known == ("unfinished", TRIED_OUT)
    reading.library.put("a.png", sample("png", 30, 20))
    reading.failing.error = None
    assert reading.library.run().added == 1


def test_an_image_that_always_takes_too_long_is_refused_in_the_end(decoding: Trial) -> None:
    spoiled = 0
    for _ in range(MOST_TRIES + 5):
        spoiled += decoding.analyse().spoiled
        decoding.later()
    assert (spoiled, decoding.failing.calls) == (1, MOST_TRIES)
    assert decoding.known == ("unfinished", TRIED_OUT)
    assert decoding.library.run().refused[0].reason == "unfinished"
    assert decoding.library.catalog.count() == 0


def test_a_verdict_on_the_bytes_spoils_at_once(decoding: Trial) -> None:
    decoding.failing.error = Unrenderable("The PNG breaks under the decoder.")
    assert decoding.analyse().spoiled == 1
    assert decoding.known == ("corrupt", "The PNG breaks under the decoder.")


def test_what_no_decoder_should_raise_spoils_only_when_it_always_does(decoding: Trial) -> None:
    decoding.failing.error = ZeroDivisionError()
    assert decoding.analyse().spoiled == 0
    for _ in range(MOST_TRIES):
        decoding.later()
        decoding.analyse()
    assert decoding.known[0] == "corrupt"


def test_who_waits_for_what_has_gone_is_not_woken(decoding: Trial) -> None:
    decoding.analyse()
    decoding.library.put("b.png", sample("png", 30, 20))
    (decoding.library.folder / "a.png").unlink()
    decoding.failing.error = None
    decoding.library.run()
    decoding.later()
    assert decoding.analyse().again is None


def test_it_waits_twice_as_long_each_time_up_to_an_hour(clock: Clock) -> None:
    patience, waits = Patience(clock), []
    for _ in range(10):
        patience.put_off("a")
        waits.append(patience.keep({"a"}))
    assert waits[:4] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
