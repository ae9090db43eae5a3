"""The fleet: how many instances there are, and what is done about it."""

from calotype.fleet.policy import ScalingPolicy
from calotype.fleet.scaling import (
    Decision,
    Instance,
    Phase,
    Reason,
    Sample,
    State,
    decide,
    window,
)

__all__ = [
    "Decision",
    "Instance",
    "Phase",
    "Reason",
    "Sample",
    "ScalingPolicy",
    "State",
    "decide",
    "window",
]
