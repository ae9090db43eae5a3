"""One measured figure."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """Where it lies in a result, and the bound that it is to keep to.

    `needs` names the server without which there is none, as the result's `missing` does.
    """

    what: str
    module: str
    path: str
    target: float | None = None
    at_most: bool = False
    unit: str = ""
    needs: str = ""

    def value(self, results: dict[str, Any]) -> float | None:
        found: Any = results.get(self.module)
        for part in self.path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found if isinstance(found, int | float) else None

    def absent(self, results: dict[str, Any]) -> str:
        """The label of the server that could not be had; empty where it was not for that."""
        result = results.get(self.module, {})
        if self.needs not in result.get("missing", {}):
            return ""
        return str(result["labels"][self.needs])

    def reached(self, value: float) -> bool:
        keeps: Callable[[float, float], bool] = operator.le if self.at_most else operator.ge
        return self.target is None or keeps(value, self.target)
