"""The settings of ingest."""

from __future__ import annotations

import os

from pydantic import BaseModel, Field


class IngestConfig(BaseModel, frozen=True):
    """Reading images and what is written about them."""

    max_metadata_bytes: int = Field(
        512 << 20, ge=1024, description="Largest metadata.jsonl or metadata.csv, in bytes."
    )
    max_sidecar_bytes: int = Field(
        1 << 20, ge=64, description="Largest sidecar file of one image, in bytes."
    )
    threads: int = Field(
        0, ge=0, le=64, description="Files read at the same time; 0 for one a core, at most 8."
    )
    analysis_threads: int = Field(
        0,
        ge=0,
        le=64,
        description="Images whose pixels are looked at at the same time; 0 for one for every two "
        "cores, which leaves the rest to requests.",
    )
    batch: int = Field(
        200, ge=1, le=10_000, description="Images written to the catalog in one transaction."
    )
    debounce_ms: int = Field(
        250, ge=10, le=60_000, description="How long a watched folder is to be quiet, in ms."
    )
    rescan_seconds: float = Field(
        300, ge=0.1, description="How often all of a watched folder is compared, to be safe."
    )

    @property
    def workers(self) -> int:
        return self.threads or min(8, os.cpu_count() or 1)

    @property
    def analysis_workers(self) -> int:
        return self.analysis_threads or max(1, (os.cpu_count() or 1) // 2)
