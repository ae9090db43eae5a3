"""What is left out of a spec changes no pixel: two with one canonical form have one rendition."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from calotype.errors import BadParameter
from calotype.render import geometry, parameters
from calotype.render.parameters import FILLS, SIDES
from calotype.render.spec import RenderSpec
from tests.decode.pictures import quadrants, saved

from .studio import opened, record, renderer

PAINT = st.sampled_from(["f00", "80ff0000", "8000", "0f00", "fff", "transparent"])
FEW = st.sampled_from(["0", "3", "9"])
BOXES: list[dict[str, str]] = [
    {}, {"w": "90"}, {"h": "50"}, {"w": "90", "h": "50"}, {"w": "40", "h": "60"},
    {"w": "1600", "h": "1600"}, {"w": "1600"},
]  # fmt: skip
FITS = ["clip", "max", "fill", "fillmax", "clamp", "crop", "scale"]
WISHES = st.tuples(
    st.sampled_from(BOXES),
    st.fixed_dictionaries(
        {},
        optional={
            "fit": st.sampled_from(FITS),
            "bg": PAINT, "fill-color": PAINT, "fill": st.sampled_from(["solid", "blur"]),
            "pad": FEW, "border": st.sampled_from(["0,f00", "3,80ff0000", "3,fff"]),
            **{f"{name}-{side}": FEW for name in ("pad", "border") for side in SIDES},
            "mask": st.just("ellipse"), "mask-bg": PAINT, "rot": st.sampled_from(["0", "90"]),
        },
    ),
).map(lambda found: found[0] | found[1])  # fmt: skip
SOURCES = {mode: saved(quadrants(2000, 30, mode), "png") for mode in ("L", "RGB", "RGBA")}
"""Wider than a rendition that has no size."""


def literally(params: dict[str, str]) -> RenderSpec:
    """Every parameter in its field, whether it changes anything or not."""
    given: dict[str, Any] = dict(parameters.read(params))
    width, paint = given.get("border", (0, None))
    border = tuple(given.get(f"border-{side}", width) for side in SIDES)
    fill = FILLS[given.get("fill", "solid")]
    return RenderSpec(
        width=given.get("w"), height=given.get("h"), fit=given.get("fit", "clip"),
        bg=given.get("bg"), fill="blur" if fill == "blur" else None,
        fill_color=given.get("fill-color"),
        pad=tuple(given.get(f"pad-{side}", given.get("pad", 0)) for side in SIDES),
        border=border, border_color=paint if any(border) else None,
        mask=given.get("mask"), mask_bg=given.get("mask-bg"),
        rot=-given.get("rot", 0) % 360, straighten="rot" in given,
    )  # fmt: skip


@pytest.mark.parametrize("mode", SOURCES)
@pytest.mark.parametrize("format", ["png", "jpeg"])
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(params=WISHES)
@example({"w": "1600", "h": "1600", "fit": "max", "pad": "9"})
@example({"w": "90", "h": "90", "fit": "fill", "fill-color": "80ff0000", "bg": "80ff0000"})
@example({"w": "90", "h": "90", "fit": "fill", "fill-color": "f00", "bg": "f00"})
@example({"w": "90", "fill-color": "f00", "pad": "3", "pad-top": "0", "bg": "8000"})
def test_the_simplest_form_shows_the_same_pixels(
    mode: str, format: str, params: dict[str, str]
) -> None:
    data = SOURCES[mode]
    image = record(data)
    plain, simple = literally(params), RenderSpec.parse(params)
    try:
        size = geometry.plan(plain, image.width, image.height).held
    except BadParameter:
        with pytest.raises(BadParameter):
            geometry.plan(simple, image.width, image.height)
        return
    if max(size) > 2000 or min(size) > 500:
        return  # as it is for small ones, and slow
    with renderer() as made:
        shown, meant = (made.render(data, image, spec, format) for spec in (simple, plain))
    assert opened(shown).convert("RGBA").tobytes() == opened(meant).convert("RGBA").tobytes()
