"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import os

import orjson
from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from calotype.api.problems import MEDIA_TYPE, document
from calotype.api.responses import Liveness, Readiness, responses
from calotype.api.services import services

router = APIRouter()
FRESH = {"cache-control": "no-store"}


@router.get("/healthz", summary="Is the process alive", response_model=Liveness)
async def healthz() -> Response:
    """200 as long as the process can answer at all."""
    return Response(b'{"status":"ok"}', media_type="application/json", headers=FRESH)


@router.get(
    "/readyz", summary="Can it answer", responses=responses(None, 503), response_model=Readiness
)
async def readyz(request: Request) -> Response:
    """503 until the index can answer, while the service shuts down, while its disk is full, and
    while its index is damaged; `detail` says which. `seq`: the last change that is in the index.
    As long as `done` grows in a stage of `ingest` or `index`, it is on its way."""
    house = services(request)
    now, index = house.keeper.progress, house.keeper.indexing
    facts = {
        "seq": house.keeper.seq,
        "pid": os.getpid(),
        "images": house.index.count(),
        "ingest": {
            "running": bool(now.stage),
            "stage": now.stage,
            "done": now.done,
            "total": now.total,
            "problem": now.problem,
        },
        "index": {
            "running": bool(index.stage),
            "stage": index.stage,
            "done": index.done,
            "total": index.total,
        },
    }
    why = house.keeper.waiting_for
    if why:
        body = document(503, "Not ready", now.problem or why, "not-ready", facts)
        return Response(body, 503, {**FRESH, "retry-after": "1"}, MEDIA_TYPE)
    body = orjson.dumps({"status": "ready", **facts})
    return Response(body, media_type="application/json", headers=FRESH)


@router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """The text exposition format, version 0.0.4."""
    text = services(request).metrics.text()
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8", headers=FRESH)
