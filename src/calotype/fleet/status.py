"""The fleet as it stands, as one JSON document: for `GET /status`, the views, and recordings."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from calotype.fleet.member import Member
from calotype.fleet.sampling import Said
from calotype.fleet.supervisor import Supervisor

SHOWN_EVENTS = 100


def document(fleet: Supervisor, after: int | None = None) -> dict[str, Any]:
    """`after`: only events that are newer than the one of this number, else the last hundred."""
    events = fleet.events.after(after or 0)
    if after is None:
        events = events[-SHOWN_EVENTS:]
    return {
        "at": round(time.time(), 3),
        "edge": _edge(fleet),
        "load_balancer": _balancer(fleet),
        "catalog": _catalog(fleet),
        "instances": [
            _instance(member, fleet.said.get(member.name, Said()))
            for member in sorted(fleet.members.values(), key=lambda m: int(m.name[1:]))
        ],
        "scaling": _scaling(fleet),
        "purges": {outcome: int(count) for outcome, count in sorted(fleet.purges.items())},
        "events": [_event(asdict(event)) for event in events],
        "policy": fleet.policy.model_dump(),
    }  # fmt: skip


def sample(fleet: Supervisor, after: int) -> dict[str, Any]:
    """What a recording keeps: the document without what never changes."""
    made = document(fleet, after)
    del made["policy"]
    return made


def _edge(fleet: Supervisor) -> dict[str, Any]:
    figures = fleet.watch.figures
    return {
        "pid": fleet.edge.process.pid or None,
        "port": fleet.edge.port,
        "state": fleet.edge.state,
        "requests_per_second": _round(figures.requests_per_second),
        "hit_ratio": _round(figures.hit_ratio, 4),
        "p95_ms": _round(figures.p95_ms, 2),
        "varnish": str(fleet.edge.work),
    }


def _balancer(fleet: Supervisor) -> dict[str, Any]:
    return {
        "pid": fleet.balancer.process.pid or None,
        "port": fleet.balancer.port,
        "state": fleet.balancer.state,
        "statistics": f"http://127.0.0.1:{fleet.topology.statistics_port}/",
        "queued": fleet.balancer.queued,
        "sessions": fleet.balancer.sessions,
    }


def _catalog(fleet: Supervisor) -> dict[str, Any]:
    if fleet.database is None:
        return {"pid": None, "port": None, "state": "external"}
    return {
        "pid": fleet.database.process.pid or None,
        "port": fleet.database.port,
        "state": fleet.database.state,
    }


def _instance(member: Member, said: Said) -> dict[str, Any]:
    return {
        "name": member.name,
        "pid": member.app.pid or None,
        "nginx_pid": member.nginx.pid or None,
        "state": member.state,
        "port": member.port,
        "age_seconds": round(time.monotonic() - member.launched, 1),
        "queue_wait_ms": _round(said.wait_ms, 2),
        "requests_per_second": _round(said.requests_per_second),
        "cpu_percent": _round(said.cpu_percent),
        "seq": member.seq,
    }


def _scaling(fleet: Supervisor) -> dict[str, Any]:
    decision = fleet.decision
    return {
        "desired": fleet.desired,
        "ready": sum(member.state == "ready" for member in fleet.members.values()),
        "reason": decision.reason.value if decision else None,
        "wait_ms": _round(decision.wait_ms, 2) if decision else None,
        "cpu_percent": _round(decision.cpu_percent) if decision else None,
        "phases": {n: phase.value for n, phase in decision.phases.items()} if decision else {},
    }


def _event(event: dict[str, Any]) -> dict[str, Any]:
    return event | {"at": round(event["at"], 3)}


def _round(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)
