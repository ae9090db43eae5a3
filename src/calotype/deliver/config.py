"""What an operator may choose about delivery."""

from __future__ import annotations

from pydantic import BaseModel, Field


class DeliverConfig(BaseModel, frozen=True):
    """Settings of the rendition cache and of cache lifetimes."""

    cache_bytes: int = Field(
        2 << 30, ge=0, description="Size of the rendition cache on disk, in bytes; 0 turns it off."
    )
    memory_bytes: int = Field(
        64 << 20, ge=0, description="Renditions that are also kept in memory, in bytes."
    )
    upgrade_after: int = Field(
        20, ge=0,
        description="A rendition taken from the cache so often is encoded again with the slow "
        "setting while there is nothing else to render; 0: never.",
    )  # fmt: skip
    browser_seconds: int = Field(
        60, ge=0, description="How long a browser may reuse an answer to a query."
    )
    edge_seconds: int = Field(
        86_400, ge=0,
        description="How long a shared cache may reuse an answer to a query; tags purge it sooner.",
    )  # fmt: skip
    untagged_edge_seconds: int = Field(
        60, ge=0,
        description="The same for an answer with more images than it can carry tags.",
    )  # fmt: skip
    stale_seconds: int = Field(
        86_400, ge=0,
        description="How long after that a stale answer may be served while it is revalidated, "
        "or while the service is down.",
    )  # fmt: skip
    error_seconds: int = Field(
        5, ge=0, description="How long a shared cache may reuse an error that a retry may mend."
    )
