"""A recording as one page, in HTML and SVG, that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from math import ceil
from typing import Any

from calotype.fleet.charts import Mark, Series, chart

POINTS = 480
"""More than can be told apart; longer recordings are put together."""
MARKED = ("scaling", "crashed", "failed", "problem", "reloaded")
COLORS = 6
Sample = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    unit: str
    series: Sequence[Series]
    most: float | None = None
    note: str = ""


def page(samples: list[Sample], name: str) -> str:
    """The whole document."""
    events = [event for sample in samples for event in sample["events"]]
    marks = [
        Mark(e["at"], e["kind"], f"{_clock(e['at'])} {e['text']}")
        for e in events
        if e["kind"] in MARKED
    ]
    taken = _thinned(samples)
    times = [sample["at"] for sample in taken]
    head = "".join(
        f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in _head(samples, events)
    )
    begin = datetime.fromtimestamp(samples[0]["at"], UTC)
    style = files("calotype.fleet").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Calotype fleet, {begin:%Y-%m-%d %H:%M} UTC</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>The fleet, {begin:%-d %B %Y}</h1>
<p>{begin:%H:%M:%S} to {_clock(samples[-1]["at"])} UTC · {escape(name)}</p>
</header>
<dl class="head">{head}</dl>
<main>{"".join(_panel(panel, times, marks) for panel in _panels(taken))}</main>
{_events(events)}
</body>
</html>
"""


def _head(samples: list[Sample], events: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    seconds = samples[-1]["at"] - samples[0]["at"]
    rates = _there(_edge(samples, "requests_per_second"))
    hits = _there(_edge(samples, "hit_ratio"))
    p95 = _there(_edge(samples, "p95_ms"))
    ready = [sample["scaling"]["ready"] for sample in samples]
    yield "time", f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
    yield "most requests/s", f"{max(rates):,.0f}" if rates else "–"
    yield "hit ratio, median", f"{100 * _median(hits):.1f} %" if hits else "–"
    yield "p95, median", f"{_median(p95):,.1f} ms" if p95 else "–"
    yield "instances", f"{min(ready)}–{max(ready)}"
    yield "crashes", str(sum(event["kind"] in ("crashed", "failed") for event in events))


def _panels(samples: list[Sample]) -> Iterable[Panel]:
    names = sorted({i["name"] for s in samples for i in s["instances"]}, key=lambda n: int(n[1:]))
    yield Panel(
        "Requests",
        "a second",
        [Series("edge", _edge(samples, "requests_per_second"), "c0", filled=True)],
    )
    hits = [None if v is None else 100 * v for v in _edge(samples, "hit_ratio")]
    yield Panel("Hit ratio", "%", [Series("edge", hits, "c1", filled=True)], most=100)
    yield Panel(
        "95th percentile", "ms", [Series("edge", _edge(samples, "p95_ms"), "c2", filled=True)]
    )
    yield Panel(
        "Instances", "", [
            Series("desired", _scaling(samples, "desired"), "c5", steps=True),
            Series("ready", _scaling(samples, "ready"), "c3", filled=True, steps=True),
        ],
    )  # fmt: skip
    for title, unit, key, note in (
        ("Wait for a renderer", "ms", "queue_wait_ms", "mean, of each instance"),
        ("CPU", "% of its share", "cpu_percent", "of each instance"),
    ):
        lines = [
            Series(name, _instance(samples, name, key), f"c{number % COLORS}")
            for number, name in enumerate(names)
        ]
        yield Panel(title, unit, lines, note=note)


def _panel(panel: Panel, times: Sequence[float], marks: Sequence[Mark]) -> str:
    legend = "".join(
        f'<span class="{series.color}">{escape(series.label)}</span>' for series in panel.series
    )
    unit = ", ".join(part for part in (panel.unit, panel.note) if part)
    return (
        f"<figure><figcaption><b>{escape(panel.title)}</b> <small>{escape(unit)}</small>"
        f'<span class="legend">{legend if len(panel.series) > 1 else ""}</span></figcaption>'
        f"{chart(times, panel.series, marks, panel.most)}</figure>"
    )


def _events(events: list[dict[str, Any]]) -> str:
    if not events:
        return ""
    rows = "".join(
        f'<tr class="{escape(e["kind"])}"><td>{_clock(e["at"])}</td><td>{escape(e["kind"])}</td>'
        f"<td>{escape(e['text'])}</td></tr>"
        for e in events
    )
    return f"<section><h2>What happened</h2><table>{rows}</table></section>"


def _thinned(samples: list[Sample]) -> list[Sample]:
    """At most `POINTS`. Of those put together the last one stands for all, but with the greatest
    time and wait of them: what is looked for in a report must not fall between two points."""
    size = ceil(len(samples) / POINTS)
    if size == 1:
        return samples
    return [_together(samples[at : at + size]) for at in range(0, len(samples), size)]


def _together(samples: list[Sample]) -> Sample:
    last = samples[-1]
    edge = {**last["edge"], "p95_ms": max(_there(_edge(samples, "p95_ms")), default=None)}
    instances = [
        {
            **each,
            "queue_wait_ms": max(
                _there(_instance(samples, each["name"], "queue_wait_ms")), default=None
            ),
        }
        for each in last["instances"]
    ]
    return {**last, "edge": edge, "instances": instances}


def _edge(samples: list[Sample], key: str) -> list[float | None]:
    return [sample["edge"].get(key) for sample in samples]


def _scaling(samples: list[Sample], key: str) -> list[float | None]:
    return [sample["scaling"].get(key) for sample in samples]


def _instance(samples: list[Sample], name: str, key: str) -> list[float | None]:
    return [
        next((i.get(key) for i in sample["instances"] if i["name"] == name), None)
        for sample in samples
    ]


def _there(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
