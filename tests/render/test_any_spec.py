"""Whatever is asked for: an image of the planned size, or an error that names a parameter."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calotype.errors import BadParameter
from calotype.render import geometry
from calotype.render.spec import RenderSpec
from tests.decode.pictures import animated, quadrants, sample, saved

from .studio import opened, record, renderer
from .wishes import GOOD

SIDE = st.integers(10, 150).map(str) | st.sampled_from(["0.3", "1.0"])
WISHES = st.tuples(GOOD, SIDE, st.none() | SIDE).map(
    lambda found: {**found[0], "w": found[1], **({"h": found[2]} if found[2] else {})}
)
SOURCES = {
    "L": saved(quadrants(60, 40, "L"), "png"),
    "LA": saved(quadrants(60, 40, "LA"), "png"),
    "RGBA": saved(quadrants(60, 40, "RGBA"), "png"),
    "jpeg": sample("jpeg", 600, 400),
    "line": saved(quadrants(90, 90).resize((1, 70)), "png"),
    "gif": animated("gif", 3),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(params=WISHES)
def test_any_wish_is_rendered_or_refused_by_name(
    source: str, format: str, params: dict[str, str]
) -> None:
    data = SOURCES[source]
    params = {name: value for name, value in params.items() if name != "fm"}
    image = record(data)
    spec = RenderSpec.parse(params)
    with renderer() as made:
        refused = ""
        try:
            found = made.render(data, image, spec, format)
        except BadParameter as error:
            refused = error.parameter
    if refused:
        assert refused in ("rect", "pad", "page", "frame")
        return
    assert opened(found).size == (found.width, found.height)
    if not spec.trim:
        size = geometry.output_size(spec, image.width, image.height)
        assert (found.width, found.height) == size
