"""Originals held for a viewer: decoded once, bounded, given back, and the same pixels."""

from __future__ import annotations

import asyncio
import io
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from PIL import Image as Pillow

from calotype import decode
from calotype.decode import Limits, VipsImage
from calotype.errors import NotFound, Overloaded, Unrenderable
from calotype.model import Image, Rendition
from calotype.render import held
from calotype.render.admission import Level
from calotype.render.config import RenderConfig
from calotype.render.engine import Renderer
from calotype.render.held import SECONDS, SETTLED, Held
from calotype.render.spec import RenderSpec
from tests.decode.pictures import animated, sample, saved

from .studio import opened, record
from .test_colors import in_profile
from .test_pyramid import scene

SIZE = (1200, 900)
BYTES = 1200 * 900 * 3
TILES = [(left, top) for top in (0, 300, 600) for left in (0, 400, 800)]


def tile(left: int, top: int, by: int = 1, **more: str) -> RenderSpec:
    """One of 400 × 300 pixels of the original, shrunk `by`."""
    wanted = {"rect": f"{left},{top},400,300", "w": str(400 // by), "h": str(300 // by)}
    return RenderSpec.parse({**wanted, "fit": "scale", **more})


class Viewer:
    """A renderer that holds originals, a clock that it goes by, and what happened."""

    def __init__(self, capacity: int = 100_000_000, **config: Any) -> None:
        self.now, self.reads = 0.0, 0
        self.events: Counter[str] = Counter()
        self.held = Held(capacity, lambda event: self.events.update([event]), lambda: self.now)
        self.renderer = Renderer(RenderConfig(workers=2, **config), held=self.held)

    def ask(self, data: bytes, *specs: RenderSpec, **more: Any) -> list[Rendition]:
        """All at the same time, as a viewer does."""
        image = more.pop("image", None) or record(data)
        return self.ask_reading(lambda: data, image, *specs, **more)

    def ask_reading(
        self, read: Callable[[], bytes], image: Image, *specs: RenderSpec, format: str = "png"
    ) -> list[Rendition]:
        def counted() -> bytes:
            self.reads += 1
            return read()

        async def all_of_them() -> list[Rendition]:
            asked = (
                self.renderer.submit(counted, image, spec, format, zoom=True) for spec in specs
            )
            return list(await asyncio.gather(*asked))

        return asyncio.run(all_of_them())


@pytest.fixture
def viewer() -> Viewer:
    return Viewer()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every time that a file's pixels were decoded, and how."""
    seen: list[str] = []
    fit, in_memory = decode.fit, decode.in_memory

    def fitted(*given: Any) -> VipsImage:
        seen.append("fit")
        return fit(*given)

    def whole(image: VipsImage) -> VipsImage:
        seen.append("whole")
        return in_memory(image)

    monkeypatch.setattr(decode, "fit", fitted)
    monkeypatch.setattr(decode, "in_memory", whole)
    return seen


@cache
def oriented(orientation: int) -> bytes:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    return saved(Pillow.open(io.BytesIO(scene(*SIZE))), "jpeg", exif=exif.tobytes())


@cache
def picture(format: str, mode: str = "RGB", **options: Any) -> bytes:
    return saved(Pillow.open(io.BytesIO(scene(*SIZE))).convert(mode), format, **options)


@cache
def grey16() -> bytes:
    return saved(Pillow.open(io.BytesIO(scene(*SIZE))).convert("L").convert("I;16"), "png")


def test_all_tiles_of_one_original_read_and_decode_it_once(
    viewer: Viewer, decoded: list[str]
) -> None:
    viewer.ask(scene(*SIZE), *(tile(*at) for at in TILES[:6]))
    viewer.ask(scene(*SIZE), *(tile(*at) for at in TILES[6:]))
    viewer.ask(scene(*SIZE), *(tile(*at, by=2) for at in TILES))
    assert (viewer.reads, decoded) == (1, ["whole"])
    assert viewer.events == {"decoded": 1, "used": 2 * len(TILES)}


@pytest.mark.parametrize(("format", "make"), [
    ("jpeg", lambda: picture("jpeg")),
    ("jpeg", lambda: picture("jpeg", progressive=True, subsampling=0)),
    ("jpeg", lambda: picture("jpeg", "L")),
    ("jpeg", lambda: picture("jpeg", "CMYK")),
    ("jpeg", lambda: oriented(3)),
    ("jpeg", lambda: oriented(6)),
    ("png", lambda: picture("png")),
    ("png", lambda: picture("png", "RGBA")),
    ("png", lambda: picture("png", "P")),
    ("png", grey16),
    ("webp", lambda: picture("webp")),
    ("tiff", lambda: picture("tiff")),
    ("avif", lambda: picture("avif")),
])  # fmt: skip
@pytest.mark.parametrize("by", [1, 2])
def test_a_tile_is_the_same_bytes_as_without(
    viewer: Viewer, format: str, make: Callable[[], bytes], by: int
) -> None:
    data = make()
    specs = [tile(100, 0, by), tile(401, 299, by, rot="90"), tile(300, 500, by, flip="h")]
    images = viewer.ask(data, *specs)
    direct = Viewer(0).ask(data, *specs)
    assert [each.body for each in images] == [each.body for each in direct]
    expected = 0 if by > 1 and format not in ("jpeg", "png") else 1
    assert viewer.events["decoded"] == expected


def test_a_profile_is_applied_to_the_tile(viewer: Viewer) -> None:
    data = in_profile("p3", "jpeg")
    part = RenderSpec.parse({"rect": "3,3,12,9"})
    assert viewer.ask(data, part)[0].body == Viewer(0).ask(data, part)[0].body
    assert viewer.events["used"] == 1


def test_an_enlarged_part_is_cut_from_it_too(viewer: Viewer) -> None:
    spec = RenderSpec.parse({"rect": "50,60,100,100", "w": "300", "h": "300", "fit": "scale"})
    data = scene(*SIZE)
    assert viewer.ask(data, spec)[0].body == Viewer(0).ask(data, spec)[0].body
    assert viewer.events["used"] == 1


@pytest.mark.parametrize("params", [
    {"w": "1200"},
    {"rect": "0,0,1200,500", "w": "1200"},
    {"rect": "0,0,400,300", "w": "90"},
    {"rect": "0,0,400,300", "trim": "auto"},
    {"rect": "0,0,400,300", "or": "6"},
], ids=str)  # fmt: skip
def test_what_is_no_tile_holds_nothing(viewer: Viewer, params: dict[str, str]) -> None:
    viewer.ask(scene(*SIZE), RenderSpec.parse(params))
    assert viewer.held.bytes == 0


@pytest.mark.parametrize("data", [sample("svg", 900, 900), animated("gif", 3, (900, 900))])
def test_drawings_and_animations_are_not_held(viewer: Viewer, data: bytes) -> None:
    viewer.ask(data, tile(0, 0))
    assert viewer.held.bytes == 0


def test_what_a_level_serves_is_not_held(viewer: Viewer) -> None:
    image = record(scene(*SIZE), width=6000, height=4000)
    assert not viewer.held.serves(image, tile(0, 0, by=4))
    assert viewer.held.serves(image, tile(0, 0))


def test_a_render_for_no_viewer_holds_nothing(viewer: Viewer) -> None:
    data = scene(*SIZE)
    asyncio.run(viewer.renderer.submit(lambda: data, record(data), tile(0, 0), "png"))
    assert viewer.held.bytes == 0


def test_it_is_bounded_in_bytes_and_the_least_recently_used_goes(viewer: Viewer) -> None:
    viewer = Viewer(2 * BYTES)
    pictures = [scene(*SIZE), oriented(1), picture("jpeg", quality=50)]
    for data in pictures:
        viewer.ask(data, tile(0, 0))
        assert viewer.held.bytes <= 2 * BYTES
        viewer.now += SETTLED
    assert viewer.events == {"decoded": 3, "used": 3, "dropped": 1}
    viewer.ask(pictures[1], tile(400, 0))
    assert viewer.events["decoded"] == 3


def test_what_is_in_use_makes_no_room_for_another(viewer: Viewer) -> None:
    viewer = Viewer(BYTES)
    viewer.ask(scene(*SIZE), tile(0, 0))
    assert viewer.ask(oriented(1), tile(0, 0))[0].width == 400
    viewer.now += SETTLED
    with viewer.held.lend(record(scene(*SIZE)).id):
        viewer.ask(oriented(1), tile(0, 0))
    assert (viewer.events["decoded"], viewer.reads) == (1, 3)


def test_what_turns_out_larger_than_its_file_seemed_is_not_held(viewer: Viewer) -> None:
    """16 bits a value, or an alpha: known only once the file is open."""
    viewer = Viewer(BYTES)
    data = picture("png", "RGBA")
    assert viewer.ask(data, tile(0, 0))[0].width == 400
    assert viewer.events == {}


def test_it_is_given_back_after_a_while_without_use(viewer: Viewer) -> None:
    viewer.ask(scene(*SIZE), tile(0, 0))
    viewer.now = SECONDS - 1
    viewer.held.drop_unused()
    viewer.ask(scene(*SIZE), tile(0, 0))
    viewer.now = SECONDS + 1
    viewer.held.drop_unused()
    assert viewer.held.bytes == BYTES
    viewer.now = 2 * SECONDS
    viewer.held.drop_unused()
    assert viewer.held.bytes == 0


def test_a_timer_gives_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    dropped = threading.Event()
    monkeypatch.setattr(held, "SECONDS", 0.02)
    kept = Held(BYTES, lambda event: dropped.set() if event == "dropped" else None)
    kept.hold("a", decode.undecoded(scene(*SIZE), Limits()))
    assert dropped.wait(20)
    assert kept.bytes == 0


def test_closing_gives_all_back(viewer: Viewer) -> None:
    viewer.ask(scene(*SIZE), tile(0, 0))
    viewer.renderer.close()
    assert viewer.held.bytes == 0


def broken() -> bytes:
    data = bytearray(picture("png"))
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    return bytes(data)


def test_a_decode_that_fails_is_not_remembered(viewer: Viewer) -> None:
    good = picture("png")
    image = record(good)
    with pytest.raises(Unrenderable):
        viewer.ask(broken(), tile(0, 0), image=image)
    assert viewer.held.bytes == 0
    assert viewer.ask(good, tile(0, 0), image=image)[0].width == 400


def test_whoever_waits_for_a_decode_that_fails_is_told(viewer: Viewer) -> None:
    def gone() -> bytes:
        raise NotFound("The original is gone.")

    async def story() -> list[Any]:
        image = record(scene(*SIZE))
        jobs = (viewer.renderer.submit(gone, image, tile(*at), "png", zoom=True) for at in TILES)
        return await asyncio.gather(*jobs, return_exceptions=True)

    assert {type(each) for each in asyncio.run(story())} == {NotFound}


def test_other_bytes_are_another_original(viewer: Viewer) -> None:
    red, blue = (saved(Pillow.new("RGB", SIZE, color), "png") for color in ("red", "blue"))
    viewer.ask(red, tile(0, 0))
    pixel = opened(viewer.ask(blue, tile(0, 0))[0]).convert("RGB").getpixel((9, 9))
    assert pixel == (0, 0, 255)


def test_a_decode_past_the_time_limit_is_a_422_and_holds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    viewer, data = Viewer(seconds=0.2), scene(*SIZE)
    late, whole = threading.Event(), decode.in_memory

    def after_the_limit(image: VipsImage) -> VipsImage:
        assert late.wait(20)
        return whole(image)

    monkeypatch.setattr(decode, "in_memory", after_the_limit)
    with pytest.raises(Unrenderable, match=r"takes more than 0\.2 s"):
        viewer.ask(data, tile(0, 0))
    late.set()
    viewer.renderer.close()
    assert viewer.held.bytes == 0


def test_who_waits_for_a_decode_takes_no_thread() -> None:
    """One thread decodes; the other renders what somebody else asked for."""
    viewer, data, gate = Viewer(), scene(*SIZE), threading.Event()
    small = sample("png")

    def read() -> bytes:
        assert gate.wait(20)
        return data

    async def story() -> list[Rendition]:
        submit, image = viewer.renderer.submit, record(data)
        tiles = [
            asyncio.ensure_future(submit(read, image, tile(*at), "png", zoom=True)) for at in TILES
        ]
        await asyncio.sleep(0)
        await submit(lambda: small, record(small), RenderSpec.parse({"w": "30"}), "png")
        gate.set()
        return list(await asyncio.gather(*tiles))

    assert len(asyncio.run(story())) == len(TILES)


def stick(viewer: Viewer, gate: threading.Event) -> list[object]:
    """No render of it ends until the gate is open; those that have begun."""
    render = viewer.renderer.render
    begun: list[object] = []

    def stuck(*given: Any, **more: Any) -> Rendition:
        begun.append(given)
        assert gate.wait(20)
        return render(*given, **more)

    viewer.renderer.render = stuck  # type: ignore[method-assign]
    return begun


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (threads set no asyncio.Event)
            await asyncio.sleep(0)


def test_one_who_goes_away_disturbs_no_other_and_all_of_them_end_it() -> None:
    viewer, data, gate = Viewer(), scene(*SIZE), threading.Event()
    other = sample("png")
    begun = stick(viewer, gate)

    async def story() -> None:
        made, image, small = viewer.renderer, record(data), record(other)
        spec = RenderSpec.parse({"w": "30"})
        running = [
            asyncio.ensure_future(made.submit(lambda: other, small, spec, "png")) for _ in range(2)
        ]
        await until(lambda: len(begun) == 2)
        first, second = (
            asyncio.ensure_future(made.submit(lambda: data, image, tile(*at), "png", zoom=True))
            for at in TILES[:2]
        )
        await until(lambda: made.load.waiting == 1)
        first.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert made.load.waiting == 1
        second.cancel()
        await until(lambda: made.load.waiting == 0)
        gate.set()
        await asyncio.gather(*running)
        assert viewer.held.bytes == 0

    asyncio.run(story())


def test_a_full_queue_refuses_tiles_as_it_does_all(viewer: Viewer) -> None:
    viewer = Viewer(queue=0)
    gate, data, other = threading.Event(), scene(*SIZE), sample("png")
    stick(viewer, gate)

    async def story() -> None:
        submit, spec = viewer.renderer.submit, RenderSpec.parse({"w": "30"})
        running = [
            asyncio.ensure_future(submit(lambda: other, record(other), spec, "png"))
            for _ in range(2)
        ]
        await until(lambda: viewer.renderer._pool.level is Level.FULL)
        with pytest.raises(Overloaded):
            await submit(lambda: data, record(data), tile(0, 0), "png", zoom=True)
        gate.set()
        await asyncio.gather(*running)

    asyncio.run(story())


def test_limits_hold_before_anything_is_decoded(decoded: list[str]) -> None:
    data = picture("png")
    with pytest.raises(Exception, match="the limit is"):
        decode.undecoded(data, Limits(max_pixels=1000))
    assert decoded == []
