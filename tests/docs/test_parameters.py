"""Every render parameter is documented, in prose and in OpenAPI, with the values it takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calotype.api.rendering import RENDER
from calotype.render.parameters import CROPS, FITS, FORMATS, TRIMS
from calotype.render.spec import ORDER

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
RENDERING = PAGE[PAGE.index("## Rendering") : PAGE.index("## Rendering in pictures")]
HIDDEN = {"trim-sd": "it is taken and changes nothing"}


def named(name: str) -> bool:
    """As itself, or as one of the sides that follow a name: `pad-top`, `-right` …"""
    stem, _, side = name.rpartition("-")
    return f"`{name}`" in RENDERING or (
        bool(stem) and bool(re.search(rf"`{stem}-top`.*`-{side}`", RENDERING))
    )


@pytest.mark.parametrize("name", ORDER)
def test_is_in_the_page(name: str) -> None:
    assert named(name)


@pytest.mark.parametrize("value", [*CROPS, *FITS, *TRIMS, *(f for f in FORMATS if f != "jpeg")])
def test_each_value_is_in_the_page(value: str) -> None:
    assert re.search(rf"`[^`]*\b{value}\b[^`]*`", RENDERING)


def test_openapi_has_each_of_them_once() -> None:
    shown = [parameter["name"] for parameter in RENDER]
    assert sorted(shown) == sorted(set(ORDER) - set(HIDDEN))
