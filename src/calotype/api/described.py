"""How one parameter is shown in OpenAPI."""

from __future__ import annotations

from typing import Any


def parameter(
    name: str, description: str, example: Any, *, path: bool = False, **schema: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path" if path else "query",
        "required": path,
        "description": description,
        "schema": schema or {"type": "string"},
        "example": example,
    }


def whole(name: str, description: str, example: int, least: int, most: int) -> dict[str, Any]:
    return parameter(name, description, example, type="integer", minimum=least, maximum=most)


def number(
    name: str, description: str, example: float, least: float, most: float
) -> dict[str, Any]:
    return parameter(name, description, example, type="number", minimum=least, maximum=most)


def choice(name: str, description: str, example: str, choices: list[str]) -> dict[str, Any]:
    return parameter(name, description, example, type="string", enum=choices)
