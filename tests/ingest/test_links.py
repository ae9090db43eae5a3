"""Symbolic links within a source."""

from __future__ import annotations

import pytest

from calotype.errors import Refused
from tests.decode.pictures import sample

from .library import Library


def test_a_link_does_not_make_a_hidden_file_public(library: Library) -> None:
    library.put(".private/secret.jpg", sample("jpeg"))
    library.put("a.png", sample("png"))
    (library.folder / "public.jpg").symlink_to(".private/secret.jpg")
    assert library.run().added == 1
    assert library.source.stat("public.jpg") is None
    with pytest.raises(Refused):
        library.source.read("public.jpg", 1 << 20)


def test_a_link_to_a_public_file_is_another_place_of_it(library: Library) -> None:
    library.put("a.png", sample("png"))
    (library.folder / "b.png").symlink_to("a.png")
    assert {place.name for place in library.image("a.png").places} == {"a.png", "b.png"}
