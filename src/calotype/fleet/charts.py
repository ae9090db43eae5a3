"""Charts over time, as SVG: lines and steps with an axis, gaps where nothing was said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 960, 168
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 12, 24
STEPS = (1, 2, 3, 4, 6, 8, 10)
TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Series:
    """`color` is a class of the style sheet; None in `values` is a gap."""

    label: str
    values: Values
    color: str = "c0"
    filled: bool = False
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at a time, a thin line through the chart."""

    at: float
    kind: str
    text: str


def chart(
    times: Sequence[float],
    series: Sequence[Series],
    marks: Iterable[Mark],
    most: float | None = None,
) -> str:
    """The SVG. `times` are Unix times, growing; `most` the top of the axis, else a round number."""
    top = most or _top([v for each in series for v in each.values if v is not None])
    plot = _Plot(times[0], max(times[-1], times[0] + 1), top)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img">',
        *_grid(plot),
        *(_mark(plot, mark) for mark in marks if plot.begin <= mark.at <= plot.end),
        *(_series(plot, times, each) for each in series),
        "</svg>",
    ]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Plot:
    begin: float
    end: float
    top: float

    def x(self, at: float) -> float:
        share = (at - self.begin) / (self.end - self.begin)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        share = min(1.0, max(0.0, value / self.top))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _top(values: Sequence[float]) -> float:
    """The least round number that all are below."""
    most = max(values, default=0)
    if most <= 2:
        return 2
    unit = 10.0 ** floor(log10(most))
    return next(step * unit for step in STEPS if step * unit >= most * 0.999)


def _grid(plot: _Plot) -> Iterable[str]:
    for share in (0, 0.5, 1):
        y = plot.y(share * plot.top)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        label = f"{share * plot.top:,.2f}".rstrip("0").rstrip(".")
        yield f'<text class="tick" x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>'
    span = plot.end - plot.begin
    step = next((s for s in TICK_SECONDS if span / s <= 8), TICK_SECONDS[-1])
    shape = "%H:%M" if step >= 60 else "%H:%M:%S"
    at = plot.begin - plot.begin % step + step
    while at < plot.end:
        x = plot.x(at)
        if x < WIDTH - RIGHT - 20:
            text = datetime.fromtimestamp(at, UTC).strftime(shape)
            yield f'<text class="tick" x="{x}" y="{HEIGHT - 6}" text-anchor="middle">{text}</text>'
        at += step


def _mark(plot: _Plot, mark: Mark) -> str:
    x = plot.x(mark.at)
    line = f'<line class="mark {mark.kind}" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
    return f"<g>{line}<title>{escape(mark.text)}</title></g>"


def _series(plot: _Plot, times: Sequence[float], series: Series) -> str:
    drawn = []
    for run in _runs(times, series.values):
        points = [(plot.x(at), plot.y(value)) for at, value in run]
        path = _path(points, steps=series.steps)
        if series.filled:
            floor_y = plot.y(0)
            closed = f"{path}L{points[-1][0]},{floor_y}L{points[0][0]},{floor_y}Z"
            drawn.append(f'<path class="fill {series.color}" d="{closed}"/>')
        drawn.append(f'<path class="line {series.color}" d="{path}"/>')
    return "".join(drawn)


def _runs(times: Sequence[float], values: Values) -> Iterable[list[tuple[float, float]]]:
    """The stretches in which something was said."""
    run: list[tuple[float, float]] = []
    for at, value in zip(times, values, strict=True):
        if value is not None:
            run.append((at, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(points: Sequence[tuple[float, float]], *, steps: bool) -> str:
    first = f"M{points[0][0]},{points[0][1]}"
    if len(points) == 1:
        return first + "h1"
    if steps:
        return first + "".join(f"H{x}V{y}" for x, y in points[1:])
    return first + "".join(f"L{x},{y}" for x, y in points[1:])
