"""What instances say of themselves, from one look to the next."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from calotype.fleet import asking
from calotype.fleet.member import Member

NOT_ASKED = ("/readyz", "/metrics", "/healthz")
"""Routes that the fleet itself asks, and nobody else."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the app's process started. Times in seconds."""

    at: float
    pid: int
    cpu: float
    waited: float
    waits: float
    requests: float
    purges: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """Of the time between two looks; None: it did not say. `cpu_percent` is of its own share."""

    wait_ms: float | None = None
    requests_per_second: float | None = None
    cpu_percent: float | None = None


async def totals(member: Member) -> Totals | None:
    """None if it does not answer."""
    pid, ticks = member.app.pid, member.cpu_ticks()
    answer = await asking.get(member.port, "/metrics")
    if answer is None or answer[0] != 200:
        return None
    waited = waits = requests = 0.0
    purges: dict[str, float] = {}
    for family in text_string_to_metric_families(answer[1].decode()):
        for sample in family.samples:
            match sample.name:
                case "calotype_render_queue_wait_seconds_sum":
                    waited = sample.value
                case "calotype_render_queue_wait_seconds_count":
                    waits = sample.value
                case "calotype_http_requests_total":
                    if sample.labels.get("route") not in NOT_ASKED:
                        requests += sample.value
                case "calotype_purges_total":
                    purges[sample.labels.get("outcome", "")] = sample.value
    return Totals(time.monotonic(), pid, ticks / _TICKS, waited, waits, requests, purges)


def between(before: Totals | None, after: Totals | None, share: float) -> Said:
    """`share`: cores that are the instance's own. Nothing is said of a time in which it was
    started anew."""
    if before is None or after is None or before.pid != after.pid or after.at <= before.at:
        return Said()
    seconds, waits = after.at - before.at, after.waits - before.waits
    return Said(
        1000 * (after.waited - before.waited) / waits if waits else 0.0,
        (after.requests - before.requests) / seconds,
        max(0.0, 100 * (after.cpu - before.cpu) / (seconds * share)),
    )
