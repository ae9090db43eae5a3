"""What an operator may choose about delivery."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from calotype.deliver.ladder import MAX_DPR, MAX_QUALITY, MIN_DPR, Ladder
from calotype.render.spec import MAX_SIDE


def _within(least: float, most: float) -> AfterValidator:
    """Numbers with commas between, each within the bounds of the parameter that they are for."""

    def check(text: str) -> str:
        if not all(least <= number <= most for number in _numbers(text)):
            raise ValueError(f"numbers from {least} to {most}, with commas between")
        return text

    return AfterValidator(check)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(sorted({float(part) for part in text.split(",") if part.strip()}))


Sides = Annotated[str, _within(1, MAX_SIDE)]


class DeliverConfig(BaseModel, frozen=True):
    """Settings of the rendition cache and of cache lifetimes."""

    cache_bytes: int = Field(
        2 << 30, ge=0, description="Size of the rendition cache on disk, in bytes; 0 turns it off."
    )
    memory_bytes: int = Field(
        64 << 20, ge=0, description="Renditions that are also kept in memory, in bytes."
    )
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
        5, ge=0,
        description="How long a shared cache may reuse an error that a retry may mend, or what "
        "stands in for a rendition while there is no time to make it.",
    )  # fmt: skip
    ladder_widths: Sides = Field(
        "", examples=["160,320,640,960,1280,1920"],
        description="Widths, times dpr, that are rendered: one between goes up to the next, one "
        "past the last to its next multiple. Empty: every width.",
    )  # fmt: skip
    ladder_heights: Sides = Field(
        "", examples=["120,240,480,720,960"],
        description="The same for heights; where w is given too, the ladder of widths counts.",
    )  # fmt: skip
    ladder_dprs: Annotated[str, _within(MIN_DPR, MAX_DPR)] = Field(
        "", examples=["1,1.5,2,3"], description="The same for dpr."
    )
    ladder_qualities: Annotated[str, _within(1, MAX_QUALITY)] = Field(
        "", examples=["45,60,75,90"], description="The same for q."
    )

    @property
    def ladder(self) -> Ladder:
        return Ladder(
            tuple(map(int, _numbers(self.ladder_widths))),
            tuple(map(int, _numbers(self.ladder_heights))),
            _numbers(self.ladder_dprs),
            tuple(map(int, _numbers(self.ladder_qualities))),
        )
