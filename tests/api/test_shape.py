"""Images as JSON are kept, each under what tells it from every other."""

from __future__ import annotations

import orjson

from calotype.api.shape import Shapes
from calotype.deliver.urls import Urls
from calotype.model import Image, Place


def test_images_of_two_catalogs_with_one_seq_are_not_taken_for_each_other() -> None:
    shapes = Shapes(Urls("", None))
    for id in ("a" * 40, "b" * 40):
        image = Image(id, "jpeg", 4, 3, 9, (Place("/s", f"{id[0]}.jpg", "1"),), seq=1)
        assert orjson.loads(shapes.image(image))["id"] == id


def test_two_images_with_one_id_and_one_seq_are_not_taken_for_each_other() -> None:
    shapes = Shapes(Urls("", None))
    for title in ("before", "restored"):
        place = Place("/s", "a.jpg", "1")
        image = Image("a" * 40, "jpeg", 4, 3, 9, (place,), seq=1, title=title)
        assert orjson.loads(shapes.image(image))["title"] == title
