"""The live view of a fleet in the terminal; plain lines where stdout is none."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from calotype import __version__
from calotype.commands.terminal import out, plain
from calotype.fleet.events import Event
from calotype.fleet.status import document
from calotype.fleet.supervisor import Supervisor

SECONDS = 1.0
SUMMARY_EVERY = 10
"""Without a terminal the figures are a line each so many seconds."""
BARS = "▁▂▃▄▅▆▇█"
SPARKS = 16
COLORS = {"ready": "green", "external": "green", "starting": "yellow", "draining": "yellow",
          "failed": "bold red", "stopped": "dim"}  # fmt: skip
KINDS = {"crashed": "red", "failed": "bold red", "problem": "red", "scaling": "cyan",
         "ready": "green"}  # fmt: skip


async def show(fleet: Supervisor) -> None:
    """For ever."""
    await (_live(fleet) if out.is_terminal else _lines(fleet))


async def _lines(fleet: Supervisor) -> None:
    last, turn = 0, 0
    while True:
        for event in fleet.events.after(last):
            print(f"{_clock(event.at)}  {event.kind:<9} {plain(event.text)}", flush=True)
            last = event.number
        turn += 1
        if turn % SUMMARY_EVERY == 0:
            print(f"{_clock(time.time())}  {'figures':<9} {_summary(document(fleet))}", flush=True)
        await asyncio.sleep(SECONDS)


def _summary(now: dict[str, Any]) -> str:
    edge, scaling = now["edge"], now["scaling"]
    return (
        f"{_number(edge['requests_per_second'])} requests/s, hit ratio "
        f"{_percent(edge['hit_ratio'])}, p95 {_ms(edge['p95_ms'])}, "
        f"{scaling['ready']} of {scaling['desired']} instances ready"
    )


async def _live(fleet: Supervisor) -> None:
    view = View(fleet)
    with Live(view.draw(), console=out, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            live.update(view.draw(), refresh=True)
            await asyncio.sleep(SECONDS)


class View:
    """Draws a status document, and remembers the last figures for its small curves."""

    def __init__(self, fleet: Supervisor) -> None:
        self._fleet, self._began = fleet, time.monotonic()
        self._past: dict[str, deque[float | None]] = {}

    def draw(self) -> RenderableType:
        now = document(self._fleet)
        parts = (self._head(now), self._figures(now), _parts(now), _instances(now), self._events())
        return Padding(Group(*(each for part in parts for each in (part, Text()))), (1, 1, 0, 1))

    def _head(self, now: dict[str, Any]) -> RenderableType:
        top = self._fleet.topology
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        leave = "   Ctrl-C ends it" if out.width >= 96 else ""
        row = Table.grid(expand=True)
        row.add_column()
        row.add_column(justify="right")
        row.add_row(
            Text.assemble(
                ("Calotype ", "bold"), (__version__, "dim"), "   ", (top.edge_url, "underline")
            ),
            Text(
                f"status :{top.admin_port}   up {minutes}:{seconds:02}{leave}", "dim", no_wrap=True
            ),
        )
        return row

    def _figures(self, now: dict[str, Any]) -> RenderableType:
        edge, scaling, policy = now["edge"], now["scaling"], now["policy"]
        waits = [i["queue_wait_ms"] for i in now["instances"] if i["queue_wait_ms"] is not None]
        wait = sum(waits) / len(waits) if waits else None
        row = Table.grid(expand=True, padding=(0, 1, 0, 0))
        cells = [
            ("requests/s", _number(edge["requests_per_second"]), edge["requests_per_second"], None),
            ("hit ratio", _percent(edge["hit_ratio"]), edge["hit_ratio"], 1.0),
            ("p95", _ms(edge["p95_ms"]), edge["p95_ms"], None),
            ("queue", _ms(wait), wait, None),
            (f"instances {policy['min']}–{policy['max']}",
             f"{scaling['ready']} of {scaling['desired']}", scaling["ready"], policy["max"]),
        ]  # fmt: skip
        for _ in cells:
            row.add_column(ratio=1)
        row.add_row(*(Text(name, "dim") for name, *_ in cells))
        row.add_row(*(Text(shown, "bold") for _, shown, *_ in cells))
        row.add_row(*(self._spark(name, value, most) for name, _, value, most in cells))
        return row

    def _spark(self, name: str, value: float | None, most: float | None) -> Text:
        past = self._past.setdefault(name, deque(maxlen=SPARKS))
        past.append(value)
        there = [each for each in past if each is not None]
        top = most or max(there, default=0) or 1
        bars = (" " if v is None else BARS[min(7, int(8 * v / top))] for v in past)
        return Text("".join(bars), "cyan", no_wrap=True, overflow="crop")

    def _events(self) -> RenderableType:
        shown = max(3, out.height - 16 - len(self._fleet.members))
        rows = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(2):
            rows.add_column(no_wrap=True)
        rows.add_column(no_wrap=True, overflow="ellipsis")
        for event in self._fleet.events.after(0)[-min(shown, 12) :]:
            rows.add_row(*_told(event))
        return rows


def _told(event: Event) -> tuple[Text, Text, Text]:
    style = KINDS.get(event.kind, "dim")
    return Text(_clock(event.at), "dim"), Text(event.kind, style), Text(plain(event.text))


def _parts(now: dict[str, Any]) -> RenderableType:
    line = Text()
    for name, key in (("edge", "edge"), ("load balancer", "load_balancer"), ("catalog", "catalog")):
        state = now[key]["state"]
        line.append("● ", COLORS[state])
        line.append(name)
        line.append(f" {state}   ", "dim")
    if now["purges"]:
        purges = ", ".join(f"{count:,} {outcome}" for outcome, count in now["purges"].items())
        line.append(f"purges {purges}", "dim")
    return line


def _instances(now: dict[str, Any]) -> RenderableType:
    rows = Table(box=None, expand=True, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    for heading in ("instance", "state"):
        rows.add_column(heading)
    for heading in ("queue", "requests/s", "cpu", "seq", "port", "pid"):
        rows.add_column(heading, justify="right")
    for each in now["instances"]:
        rows.add_row(
            each["name"],
            Text.assemble(("● ", COLORS[each["state"]]), each["state"]),
            _ms(each["queue_wait_ms"]),
            _number(each["requests_per_second"]),
            "–" if each["cpu_percent"] is None else f"{each['cpu_percent']:.0f} %",
            "–" if each["seq"] is None else str(each["seq"]),
            str(each["port"]),
            str(each["pid"] or "–"),
        )
    return rows


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%H:%M:%S")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _ms(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
