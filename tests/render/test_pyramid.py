"""Which renders take a level, what a level is, and what becomes of a store that fails."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import obstore
import pytest
from benchmarks.render_small import luma, ssim
from obstore.store import MemoryStore
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from calotype.blobs import Derived
from calotype.errors import NotFound
from calotype.model import Image, Rendition
from calotype.render import pyramid
from calotype.render.config import RenderConfig
from calotype.render.engine import Renderer
from calotype.render.maker import Maker
from calotype.render.pyramid import Pyramid, name, sides
from calotype.render.spec import RenderSpec
from tests.decode.pictures import alike, animated, quadrants, sample, saved

from .studio import opened, record, seen


@cache
def scene(width: int = 2000, height: int = 1500) -> bytes:
    """Something like a photograph: soft light, edges, fine detail."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 200 / width, y * 200 / height, (x + y) * 120 / (width + height)], axis=2)
    noise = Pillow.fromarray(rng.integers(0, 255, (height // 2, width // 2, 3), dtype=np.uint8))
    grain = noise.resize((width, height), Pillow.Resampling.BICUBIC).filter(
        ImageFilter.GaussianBlur(1.5)
    )
    image = Pillow.fromarray((base + 0.2 * np.asarray(grain)).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for number in range(60):
        left, top = int(rng.integers(0, width)), int(rng.integers(0, height))
        size = int(rng.integers(10, 400))
        draw.ellipse((left, top, left + size, top + size), outline=(number * 4, 90, 200), width=9)
    return saved(image, "jpeg", quality=95)


class Studio:
    """A renderer with a pyramid in memory, and what happened to it."""

    def __init__(self, store: Derived | None = None) -> None:
        self.kept = MemoryStore()
        self.events: Counter[str] = Counter()
        self.touched: list[str] = []
        self.reads = 0
        self.pyramid = Pyramid(
            store or Derived(self.kept), on_event=lambda event: self.events.update([event])
        )
        self.renderer = Renderer(
            RenderConfig(workers=1),
            levels=self.pyramid,
            touched=lambda image, original: self.touched.append(image.id),
        )

    def make(self, data: bytes, image: Image | None = None) -> Image:
        image = image or record(data)
        assert self.pyramid.make(image, data)
        return image

    def ask(
        self, read: Callable[[], bytes], image: Image, format: str = "png", **params: Any
    ) -> Rendition:
        spec = RenderSpec.parse({key.replace("_", "-"): str(v) for key, v in params.items()})

        def counted() -> bytes:
            self.reads += 1
            return read()

        return asyncio.run(self.renderer.submit(counted, image, spec, format))

    def level(self, image: Image, side: int) -> Pillow.Image:
        body = bytes(obstore.get(self.kept, name(image.id, side)).bytes())[8:]
        return Pillow.open(io.BytesIO(body))


def gone() -> bytes:
    raise NotFound("The original must not be read.")


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_a_small_render_never_reads_the_original(studio: Studio) -> None:
    image = studio.make(scene())
    assert studio.ask(gone, image, w=400).width == 400
    assert studio.touched == []


def test_a_crop_that_needs_more_than_any_level_reads_the_original(studio: Studio) -> None:
    image = studio.make(scene())
    studio.ask(scene, image, w=400, h=300, fit="crop", rect="100,100,400,300")
    assert studio.reads == 1


def test_a_crop_that_a_level_serves_reads_none(studio: Studio) -> None:
    image = studio.make(scene())
    assert studio.ask(gone, image, w=300, h=300, fit="crop", rect="0,0,1000,1000").width == 300


@pytest.mark.parametrize(
    ("width", "side"), [(400, 1024), (800, 1024), (1000, 2048), (1600, 2048), (1800, None)]
)
def test_the_smallest_level_that_is_large_enough_is_taken(width: int, side: int | None) -> None:
    image = record(sample("jpeg", 40, 30), width=4000, height=3000)
    assert pyramid.serving(image, width / 4000) == side


def test_what_looks_at_the_original_itself_reads_it(studio: Studio) -> None:
    image = studio.make(scene())
    studio.ask(scene, image, w=50, trim="auto")
    assert studio.reads == 1


@pytest.mark.parametrize(("params", "least"), [
    ({"w": 400}, 0.992),
    ({"h": 320, "flip": "h"}, 0.992),
    ({"w": 300, "h": 300, "fit": "crop"}, 0.992),
    ({"w": 300, "h": 200, "fit": "crop", "crop": "top,left"}, 0.992),
    ({"w": 800, "fm": "png"}, 0.992),
    # two lossy renditions differ by what each loses, and near the level's own size that shows
    ({"w": 400, "rect": "0.1,0.1,0.6,0.6"}, 0.99),
    ({"w": 800}, 0.99),
], ids=str)  # fmt: skip
def test_a_rendition_from_a_level_looks_like_the_direct_one(
    studio: Studio, params: dict[str, Any], least: float
) -> None:
    image = record(scene())
    direct = studio.ask(scene, image, **params)
    studio.make(scene(), image)
    stored = studio.ask(gone, image, **params)
    assert (stored.width, stored.height) == (direct.width, direct.height)
    assert ssim(luma(stored.body), luma(direct.body)) >= least


@pytest.mark.parametrize(("size", "made"), [
    ((1300, 900), ()), ((1400, 900), (1024,)), ((900, 2700), (1024,)), ((2731, 900), (1024, 2048)),
])  # fmt: skip
def test_a_level_is_made_only_where_it_is_clearly_smaller(
    size: tuple[int, int], made: tuple[int, ...]
) -> None:
    assert sides(record(sample("jpeg"), width=size[0], height=size[1])) == made


def test_drawings_and_animations_have_none() -> None:
    assert sides(record(sample("svg"), width=9000, height=9000)) == ()
    assert sides(record(animated("gif"), width=9000, height=9000)) == ()


def test_a_photograph_becomes_a_jpeg_without_chroma_subsampling_or_metadata(studio: Studio) -> None:
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010E] = 6, "a place"
    image = Pillow.open(io.BytesIO(scene()))
    data = saved(image, "jpeg", exif=exif.tobytes())
    level = studio.level(studio.make(data), 1024)
    assert (level.format, level.mode, level.size) == ("JPEG", "RGB", (768, 1024))
    assert {sampling[1:3] for sampling in level.layer} == {(1, 1)}  # type: ignore[attr-defined]
    assert not set(level.info) & {"exif", "icc_profile", "xmp", "comment"}


def test_transparency_is_kept_and_lossless(studio: Studio) -> None:
    picture = quadrants(1600, 1200).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 800, 600))
    data = saved(picture, "png")
    image = studio.make(data)
    assert studio.level(image, 1024).format == "WEBP"
    corners = seen(opened(studio.ask(gone, image, w=200)))
    assert corners[0][3] == 0
    assert alike(corners[1], (40, 180, 60, 255), by=1)


def test_few_colours_become_lossless(studio: Studio) -> None:
    image = studio.make(saved(quadrants(1600, 1200), "png"))
    assert studio.level(image, 1024).format == "WEBP"


def test_alpha_that_hides_nothing_is_dropped(studio: Studio) -> None:
    picture = Pillow.open(io.BytesIO(scene(1400, 1000))).convert("RGBA")
    assert studio.level(studio.make(saved(picture, "png")), 1024).format == "JPEG"


def test_a_render_without_a_level_says_so(studio: Studio) -> None:
    image = record(scene())
    studio.ask(scene, image, w=400)
    assert studio.touched == [image.id]


def test_a_render_that_no_level_could_serve_does_not(studio: Studio) -> None:
    studio.ask(scene, record(scene()), w=1900, fm="png")
    assert studio.touched == []


def test_a_lost_level_is_made_again(studio: Studio) -> None:
    image = studio.make(scene())
    obstore.delete(studio.kept, name(image.id, 1024))
    assert studio.pyramid.missing(image)
    Maker(studio.pyramid, lambda _: scene()).make_missing(image)
    studio.ask(gone, image, w=400)


@pytest.mark.parametrize("damage", [
    lambda blob: blob[:-1], lambda blob: b"", lambda blob: b"\xff\xd8\xff" + bytes(900),
    lambda blob: blob[:5000] + bytes([blob[5000] ^ 1]) + blob[5001:],
])  # fmt: skip
def test_a_damaged_level_is_ignored_and_replaced(
    studio: Studio, damage: Callable[[bytes], bytes]
) -> None:
    image = studio.make(scene())
    at = name(image.id, 1024)
    obstore.put(studio.kept, at, damage(bytes(obstore.get(studio.kept, at).bytes())))
    studio.ask(scene, image, w=400)
    assert (studio.reads, studio.events["damaged"]) == (1, 1)
    assert studio.touched == [image.id]
    Maker(studio.pyramid, lambda _: scene()).make_missing(image)
    studio.ask(gone, image, w=400)


def test_a_store_that_fails_fails_no_request(tmp_path: Path) -> None:
    store = Derived.open(tmp_path / "derived")
    (tmp_path / "derived" / "levels").write_text("a file where a folder should be")
    studio = Studio(store)
    image = record(scene())
    assert studio.ask(scene, image, w=400).width == 400
    assert not studio.pyramid.make(image, scene())
    assert studio.events["unavailable"] >= 2


def test_an_original_that_breaks_makes_no_level(studio: Studio) -> None:
    assert not studio.pyramid.make(record(scene()), scene()[:5000])
    assert studio.events == {"failed": 1}


def test_another_recipe_makes_new_levels(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    image = studio.make(scene())
    monkeypatch.setattr(pyramid, "VERSION", "next")
    assert studio.pyramid.missing(image)


def test_levels_of_an_image_that_has_gone_are_removed(studio: Studio) -> None:
    image = studio.make(scene())
    studio.pyramid.drop(image.id)
    assert studio.pyramid.missing(image)
    assert obstore.list(studio.kept).collect() == []
