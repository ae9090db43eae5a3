"""Which renditions can stand in for one."""

from __future__ import annotations

from typing import Any

import pytest

from calotype.deliver.nearest import Nearest
from calotype.model import Rendition
from calotype.render.spec import RenderSpec

ALL = frozenset({"jpeg", "png", "webp", "avif"})


def spec(**params: object) -> RenderSpec:
    return RenderSpec.parse({name: str(value) for name, value in params.items()})


def noted(*sizes: tuple[int, int], format: str = "jpeg", **params: object) -> Nearest:
    """An index that knows one image with renditions of these sizes, `800x600` for a key."""
    made = Nearest()
    for width, height in sizes:
        note(made, width, height, format, spec(w=width, **params))
    return made


def note(
    index: Nearest, width: int, height: int, format: str, asked: RenderSpec, image: str = "a"
) -> None:
    found = Rendition(b"", f"image/{format}", width, height)
    index.note(image, f"{width}x{height}", asked, format, found)


def larger(index: Nearest, width: int, height: int, **params: object) -> list[str]:
    return list(index.larger("a", spec(w=width, **params), (width, height), ALL))


def test_the_nearest_larger_comes_first() -> None:
    index = noted((1600, 1200), (400, 300), (800, 600), (200, 150))
    assert larger(index, 300, 225) == ["400x300", "800x600", "1600x1200"]
    assert larger(index, 401, 301) == ["800x600", "1600x1200"]
    assert larger(index, 2000, 1500) == []


def test_proportions_are_the_same_to_within_a_pixel() -> None:
    index = noted((1000, 667))
    assert larger(index, 100, 67) == larger(index, 100, 66) == ["1000x667"]
    assert larger(index, 100, 69) == []


def test_what_shows_the_whole_image_is_the_same_however_it_was_asked_for() -> None:
    index = Nearest()
    note(index, 800, 600, "jpeg", spec(h=600))
    note(index, 1600, 1200, "jpeg", spec())
    note(index, 1000, 750, "webp", spec(w=1000, h=1000, fit="max", fm="webp", q=40))
    assert larger(index, 400, 300) == ["800x600", "1000x750", "1600x1200"]


def test_another_fit_shows_something_else() -> None:
    index = noted((800, 600), h=600, fit="crop")
    assert larger(index, 400, 300) == []
    assert larger(index, 400, 300, h=300, fit="scale") == []
    assert larger(index, 400, 300, h=300, fit="crop") == ["800x600"]


PIXELS = [
    ({"blur": 200}, {"blur": 25}),
    ({"border": "20,f00"}, {"border": "3,f00"}),
    ({"pad": 30}, {"pad": 4}),
    ({"pad-left": 80}, {"pad-left": 10}),
    ({"mask": "corners", "corner-radius": 40}, {"mask": "corners", "corner-radius": 5}),
    ({"border": "8,f00", "border-radius": 40}, {"border": "1,f00", "border-radius": 5}),
    ({"usm": 20, "usmrad": 16}, {"usm": 20, "usmrad": 2}),
]


@pytest.mark.parametrize(("large", "small"), PIXELS)
def test_what_is_in_pixels_shows_the_same_only_if_it_grows_with_the_sides(
    large: dict[str, Any], small: dict[str, Any]
) -> None:
    index = noted((1200, 800), h=800, fit="crop", **large)
    assert larger(index, 150, 100, h=100, fit="crop", **large) == []
    assert larger(index, 150, 100, h=100, fit="crop", **small) == ["1200x800"]
    assert larger(index, 150, 100, h=100, fit="crop") == []


def test_what_softens_is_in_pixels_and_what_sharpens_the_finest_detail_is_not() -> None:
    assert larger(noted((1200, 800), usm=-50), 150, 100, usm=-50) == []
    assert larger(noted((1200, 800), usm=50), 150, 100, usm=50) == ["1200x800"]
    assert larger(noted((1200, 800), sharp=50), 150, 100, sharp=50) == ["1200x800"]


def test_a_hairline_is_not_nothing() -> None:
    index = noted((1200, 800), h=800, fit="scale", pad=4)
    assert larger(index, 150, 100, h=100, fit="scale") == []


def test_what_needs_no_signature_is_not_stood_in_for_by_what_needs_one() -> None:
    index = Nearest()
    made = Rendition(b"", "image/jpeg", 800, 600)
    index.note("a", "800x600", spec(w=800), "jpeg", made, free=False)
    assert list(index.larger("a", spec(w=400), (400, 300), ALL, free=True)) == []
    assert larger(index, 400, 300) == ["800x600"]
    for free in (True, False):  # who asks with a signature as well takes nothing from the others
        index.note("a", "800x600", spec(w=800), "jpeg", made, free=free)
        assert list(index.larger("a", spec(w=400), (400, 300), ALL, free=True)) == ["800x600"]


def test_only_what_the_client_takes() -> None:
    index = noted((800, 600), format="avif")
    assert list(index.larger("a", spec(w=400), (400, 300), {"jpeg", "png"})) == []


def test_another_image_is_another_image() -> None:
    assert list(noted((800, 600)).larger("b", spec(w=400), (400, 300), ALL)) == []


def test_what_is_gone_is_forgotten() -> None:
    index = noted((800, 600))
    index.forget("a", "800x600")
    index.forget("a", "800x600")
    index.forget("b", "800x600")
    assert larger(index, 400, 300) == []


def test_it_is_bounded_and_forgets_what_was_not_used_of_late() -> None:
    index = Nearest(images=2, each=2)
    for width in (400, 800, 1200):
        note(index, width, width * 3 // 4, "jpeg", spec(w=width))
    assert larger(index, 100, 75) == ["800x600", "1200x900"]
    for image in ("b", "c"):
        note(index, 400, 300, "jpeg", spec(w=400), image)
    assert larger(index, 100, 75) == []
