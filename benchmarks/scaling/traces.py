"""Loads, as requests a second over time, in units of what one instance can render."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, pi, sin

Load = Callable[[int], float]
"""Second → load, 1.0 being all that one instance can do."""


@dataclass(frozen=True, slots=True)
class Trace:
    """`never_ready`: whether the n-th instance that is started (0-based, past the first ones)
    never becomes ready."""

    name: str
    seconds: int
    load: Load
    never_ready: Callable[[int], bool] = field(default=lambda _: False)

    @property
    def peak(self) -> float:
        return max(self.load(second) for second in range(self.seconds))


def _ripple(second: int) -> float:
    """Noise of ± a tenth, the same in every run."""
    return 1 + 0.05 * sin(second * 0.7) + 0.05 * sin(second * 0.173 + 1)


def _step(second: int) -> float:
    return (4.0 if 120 <= second < 900 else 1.0 if second < 900 else 0.2) * _ripple(second)


def _ramp(second: int) -> float:
    up = min(1.0, second / 1200)
    down = max(0.0, min(1.0, (second - 1800) / 600))
    return (0.4 + 3.0 * (up - down)) * _ripple(second)


def _spike(second: int) -> float:
    return (4.0 if 300 <= second < 320 else 0.6) * _ripple(second)


def _day(second: int) -> float:
    """A day in six hours: all of it comes four times as fast as in life."""
    hour = second / 900
    wave = (1 - cos(2 * pi * (hour - 4) / 24)) / 2
    noon = 0.8 * max(0.0, 1 - abs(hour - 12.5))
    return (0.2 + 2.2 * wave + noon) * _ripple(second)


def _flapping(second: int) -> float:
    return (1.7 if second // 40 % 2 else 0.8) * _ripple(second)


TRACES = {
    trace.name: trace
    for trace in (
        Trace("step", 1500, _step),
        Trace("ramp", 3000, _ramp),
        Trace("spike", 900, _spike),
        Trace("day", 21_600, _day),
        Trace("flapping", 1800, _flapping),
        Trace("one never ready", 1500, _step, lambda launched: launched == 0),
        Trace("none ever ready", 1500, _step, lambda launched: True),
    )
}
