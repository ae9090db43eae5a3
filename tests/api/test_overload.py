"""More to render than can be: what is still answered, and how."""

from __future__ import annotations

import asyncio
import io
import shutil
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow
from starlette.types import Message

from calotype.errors import Overloaded
from calotype.model import Rendition
from calotype.render.admission import Level
from calotype.render.engine import Renderer

from . import library
from .house import PATIENCE, House, until
from .test_levels import levels
from .test_signed import SECRET, SIGNER

QUEUE = 8
PATIENT = {"quick_seconds": 600, "degrade_seconds": 600, "refuse_seconds": 600}


class Jam:
    """A house whose one worker is stuck in a render, and whose queue can be filled."""

    def __init__(self, fresh: Any, deadline: float = 600, **settings: Any) -> None:
        render = {"workers": 1, "queue": QUEUE, "deadline_seconds": deadline, **PATIENT}
        self.house: House = fresh(render=render, **settings)
        self.renderer: Renderer = self.house.services.renderer
        self._gate, self._begun = threading.Event(), threading.Event()
        self.asked: list[Future[httpx.Response]] = []
        self._width = 200

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.house.get(path, **more)

    def block(self) -> None:
        render = self.renderer.render

        def stuck(*args: Any, **named: Any) -> Rendition:
            self._begun.set()
            assert self._gate.wait(PATIENCE)
            return render(*args, **named)

        self.renderer.render = stuck  # type: ignore[method-assign]
        self.ask()
        assert self._begun.wait(PATIENCE)

    def ask(self) -> Future[httpx.Response]:
        """One more for what was never asked for, larger each time."""
        self._width += 1
        url = self.house.services.urls.query("red", {"w": self._width})  # signed, where it must be
        self.asked.append(self.house.begin(url))
        return self.asked[-1]

    def fill(self, level: Level) -> None:
        """Until whoever comes now is met with `level`."""
        while self.renderer._pool.level < level:
            waiting = self.renderer.load.waiting
            self.ask()
            until(lambda before=waiting: self.renderer.load.waiting > before)  # type: ignore[misc]

    def open(self) -> list[httpx.Response]:
        self._gate.set()
        return [future.result(PATIENCE) for future in self.asked]


@pytest.fixture
def jam(fresh: Any) -> Any:
    made: list[Jam] = []

    def make(**settings: Any) -> Jam:
        made.append(Jam(fresh, **settings))
        return made[-1]

    yield make
    for each in made:
        each.open()


def size(answer: httpx.Response) -> tuple[int, int]:
    return Pillow.open(io.BytesIO(answer.content)).size


def test_past_the_first_threshold_only_what_can_wait_is_left_undone(jam: Any) -> None:
    stuck = jam()
    stuck.block()
    stuck.fill(Level.QUICK)
    image = stuck.house.image("blue.jpg")
    spec = stuck.house.services.variants.asked({"w": "20"})
    with pytest.raises(Overloaded):
        stuck.house.run(stuck.renderer.submit(bytes, image, spec, "jpeg", below=Level.QUICK))
    asked = stuck.ask()
    stuck.open()
    assert asked.result(PATIENCE).status_code == 200
    assert "x-degraded" not in asked.result().headers


def test_past_the_second_a_larger_rendition_stands_in(jam: Any) -> None:
    stuck = jam()
    stuck.get("/image/blue?w=150")
    near = stuck.get("/image/blue?w=120")
    stuck.block()
    stuck.fill(Level.DEGRADED)
    answer = stuck.get("/image/blue?w=100")
    assert (answer.status_code, size(answer)) == (200, size(near))
    assert answer.content == near.content
    assert answer.headers["x-degraded"] == "overloaded"
    assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=5"
    assert answer.headers["vary"] == "Accept, Save-Data"
    assert answer.headers["cache-tag"] == near.headers["cache-tag"]
    assert "etag" not in answer.headers
    assert "content-location" not in answer.headers
    assert stuck.house.metric("admission_total", outcome="degraded") == 1


def test_what_stood_in_is_not_kept_under_the_others_name(jam: Any) -> None:
    stuck = jam()
    stuck.get("/image/blue?w=150")
    stuck.block()
    stuck.fill(Level.DEGRADED)
    for _ in range(2):
        assert stuck.get("/image/blue?w=100").headers["x-degraded"] == "overloaded"
    stuck.open()
    answer = stuck.get("/image/blue?w=100")
    assert "x-degraded" not in answer.headers
    assert size(answer)[0] == 100


@pytest.mark.parametrize(
    "cached",
    ["w=90", "w=150&h=150&fit=crop", "w=150&fm=webp", "w=150&h=20&fit=scale"],
)
def test_what_is_smaller_shows_something_else_or_is_not_accepted_does_not_stand_in(
    jam: Any, cached: str
) -> None:
    stuck = jam()
    stuck.get(f"/image/blue?{cached}")
    stuck.block()
    stuck.fill(Level.DEGRADED)
    waiting = stuck.renderer.load.waiting
    asked = stuck.house.begin("/image/blue?w=100")
    until(lambda: stuck.renderer.load.waiting > waiting)
    stuck.open()
    assert size(asked.result(PATIENCE))[0] == 100


def test_a_crop_of_the_same_proportions_stands_in(jam: Any) -> None:
    stuck = jam()
    large = stuck.get("/image/blue?w=160&h=120&fit=crop")
    stuck.block()
    stuck.fill(Level.DEGRADED)
    answer = stuck.get("/image/blue?w=80&h=60&fit=crop")
    assert answer.headers["x-degraded"] == "overloaded"
    assert answer.content == large.content


PRESETS = {"mode": "presets", "keys": f"now:{SECRET}", "presets": "w=100 w=120"}


def test_what_needs_no_signature_is_not_answered_with_what_needs_one(jam: Any) -> None:
    stuck = jam(signing=PRESETS)
    id = stuck.house.image("blue.jpg").id
    signed = stuck.get(SIGNER.signed(f"/i/{id}?w=150"))
    assert signed.status_code == 200
    stuck.block()
    stuck.fill(Level.DEGRADED)
    asked = waits(stuck, f"/i/{id}?w=100")
    other = stuck.get(SIGNER.signed(f"/i/{id}?w=110"))
    assert (other.headers["x-degraded"], other.content) == ("overloaded", signed.content)
    stuck.open()
    assert size(asked.result(PATIENCE))[0] == 100


def test_a_preset_stands_in_for_a_preset(jam: Any) -> None:
    stuck = jam(signing=PRESETS)
    near = stuck.get("/image/blue?w=120")
    stuck.block()
    stuck.fill(Level.DEGRADED)
    answer = stuck.get("/image/blue?w=100")
    assert (answer.headers["x-degraded"], answer.content) == ("overloaded", near.content)


@pytest.fixture
def large(jam: Any, tmp_path: Path) -> Any:
    """`large(name, **settings)`: the same over a large blue picture that has both its levels."""

    def make(name: str = "blue.jpg", **settings: Any) -> Jam:
        library.save(tmp_path / "pictures" / "red.png", (400, 300), library.RED)
        drawn = Pillow.linear_gradient("L").resize((2800, 2100))
        blue = Pillow.merge("RGB", (drawn, drawn, drawn.point(lambda _: 214)))
        if name.endswith(".png"):
            blue.putalpha(drawn)
        blue.save(tmp_path / "pictures" / name)
        stuck: Jam = jam(**settings)
        until(lambda: levels(stuck.house.services.data) == {"1024", "2048"}, "both levels")
        return stuck

    return make


def test_a_level_stands_in_where_no_larger_rendition_does(large: Any) -> None:
    stuck = large()
    stuck.block()
    stuck.fill(Level.DEGRADED)
    for asked, stands_in in (("w=60", (1024, 768)), ("", (2048, 1536)), ("w=1025", (2048, 1536))):
        answer = stuck.get(f"/image/blue?{asked}")
        assert (answer.status_code, size(answer)) == (200, stands_in)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["x-degraded"] == "overloaded"
        assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=5"
        assert not {"etag", "content-location"} & set(answer.headers)
    stuck.open()
    answer = stuck.get("/image/blue?w=60")
    assert "x-degraded" not in answer.headers
    assert size(answer) == (60, 45)


def waits(stuck: Jam, path: str, **more: Any) -> Future[httpx.Response]:
    """The request, once it has a place in the queue: nothing stood in."""
    waiting = stuck.renderer.load.waiting
    asked = stuck.house.begin(path, **more)
    until(lambda: stuck.renderer.load.waiting > waiting)
    return asked


@pytest.mark.parametrize("iiif", [False, True])
def test_a_level_stands_in_for_a_preset_only_where_it_could_be_asked_for(
    large: Any, iiif: bool
) -> None:
    stuck = large(signing={**PRESETS, "presets": "w=100" + " iiif" * iiif})
    stuck.block()
    stuck.fill(Level.DEGRADED)
    if iiif:
        assert size(stuck.get("/image/blue?w=100")) == (1024, 768)
    else:
        asked = waits(stuck, "/image/blue?w=100")
        answer = stuck.get(SIGNER.signed("/image/blue?w=60"))
        assert size(answer) == (1024, 768)
        stuck.open()
        assert size(asked.result(PATIENCE)) == (100, 75)


@pytest.mark.parametrize(
    "asked", ["w=60&h=60&fit=crop", "w=2049", "w=60&sat=-100", "w=60&fm=webp", "w=60&fm=png"]
)
def test_no_level_stands_in_for_more_than_a_size_or_in_another_format(
    large: Any, asked: str
) -> None:
    stuck = large()
    stuck.block()
    stuck.fill(Level.DEGRADED)
    rendered = waits(stuck, f"/image/blue?{asked}")
    stuck.open()
    answer = rendered.result(PATIENCE)
    assert answer.status_code == 200
    assert "x-degraded" not in answer.headers


def test_a_level_keeps_transparency_or_does_not_stand_in(large: Any) -> None:
    stuck = large("blue.png")
    stuck.block()
    stuck.fill(Level.DEGRADED)
    answer = stuck.get("/image/blue?w=60", headers={"accept": "image/webp"})
    assert answer.headers["x-degraded"] == "overloaded"
    assert answer.headers["content-type"] == "image/webp"
    assert Pillow.open(io.BytesIO(answer.content)).getchannel("A").getextrema() == (0, 255)
    # of these the first takes PNG alone, the second JPEG alone
    rendered = [waits(stuck, f"/image/blue?{asked}") for asked in ("w=60", "w=60&fm=jpg")]
    stuck.open()
    assert all("x-degraded" not in each.result(PATIENCE).headers for each in rendered)


def test_what_waits_too_long_gets_a_level_or_a_503_where_there_is_none_yet(large: Any) -> None:
    stuck = large(deadline=0)
    stuck.block()
    assert stuck.get("/image/blue?w=100").headers["x-degraded"] == "deadline"
    shutil.rmtree(stuck.house.services.data / "derived" / "levels")
    late = stuck.get("/image/blue?w=100")
    assert (late.status_code, late.json()["code"]) == (503, "overloaded")


def test_a_store_of_levels_that_fails_leaves_a_503(large: Any) -> None:
    stuck = large(deadline=0)
    stuck.block()
    derived = stuck.house.services.data / "derived" / "levels"
    shutil.rmtree(derived)
    derived.write_text("a file where a folder should be")
    assert stuck.get("/image/blue?w=100").status_code == 503


def test_past_the_third_it_is_a_503_that_says_when(jam: Any) -> None:
    stuck = jam()
    stuck.get("/image/blue?w=150")
    stuck.block()
    stuck.fill(Level.FULL)
    for url in ("/image/red?w=77", "/image/blue?w=100"):
        answer = stuck.get(url)
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["cache-control"] == "no-store"
    assert stuck.house.metric("admission_total", outcome="refused") == 2


def test_at_any_load_there_are_304s_and_what_is_kept(jam: Any) -> None:
    stuck = jam(server={"warm_bytes": 0})
    kept = stuck.get("/image/blue?w=150")
    fresh_tag = stuck.get("/image/blue?w=140").headers["etag"]
    stuck.block()
    stuck.fill(Level.FULL)
    again = stuck.get("/image/blue?w=150")
    assert (again.status_code, again.content) == (200, kept.content)
    assert "x-degraded" not in again.headers
    unchanged = stuck.get("/image/blue?w=140", headers={"if-none-match": fresh_tag})
    assert unchanged.status_code == 304
    assert stuck.get("/search?q=blue").status_code == 200


def test_a_304_needs_no_rendition_to_be_there(jam: Any) -> None:
    stuck = jam(deliver={"cache_bytes": 0, "memory_bytes": 0}, server={"warm_bytes": 0})
    tag = stuck.get("/image/blue?w=140").headers["etag"]
    stuck.block()
    stuck.fill(Level.FULL)
    unchanged = stuck.get("/image/blue?w=140", headers={"if-none-match": tag})
    assert unchanged.status_code == 304


def test_when_the_jam_dissolves_everything_is_as_before(jam: Any) -> None:
    stuck = jam()
    stuck.block()
    stuck.fill(Level.FULL)
    assert stuck.get("/image/blue?w=99").status_code == 503
    assert {answer.status_code for answer in stuck.open()} == {200}
    assert stuck.renderer._pool.level is Level.CALM
    answer = stuck.get("/image/blue?w=99")
    assert (answer.status_code, size(answer)[0]) == (200, 99)


def test_who_waits_too_long_gets_a_503_or_what_stands_in(jam: Any) -> None:
    stuck = jam(deadline=0)
    stuck.get("/image/blue?w=150")
    stuck.block()
    late = stuck.get("/image/red?w=55")
    assert (late.status_code, late.json()["code"]) == (503, "overloaded")
    assert "in time" in late.json()["detail"]
    assert stuck.get("/image/blue?w=100").headers["x-degraded"] == "deadline"
    assert stuck.house.metric("admission_total", outcome="expired") == 2


def test_the_queue_can_be_watched(jam: Any) -> None:
    stuck = jam()
    stuck.block()
    stuck.fill(Level.DEGRADED)
    text = stuck.get("/metrics").text
    assert f"calotype_render_queue_length {stuck.renderer.load.waiting}.0" in text
    assert "calotype_render_queue_estimated_wait_seconds" in text
    stuck.open()
    assert stuck.house.metric("render_queue_length") == 0
    assert stuck.house.metric("admission_total", outcome="admitted") == len(stuck.asked)


def test_a_client_that_hangs_up_gives_its_place_back(jam: Any) -> None:
    """What the server says of a closed connection: `http.disconnect`."""
    stuck = jam()
    stuck.block()
    hung_up = asyncio.Event()

    async def hang_up() -> None:
        hung_up.set()

    sent: list[Message] = []

    async def receive() -> Message:
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/image/red", "raw_path": b"/image/red",
             "query_string": b"w=33", "headers": [], "scheme": "http", "root_path": "",
             "http_version": "1.1"}  # fmt: skip

    visiting = stuck.house.begin_running(stuck.house.app(scope, receive, send))
    until(lambda: stuck.renderer.load.waiting)
    stuck.house.run(hang_up())
    visiting.result(PATIENCE)
    until(lambda: stuck.renderer.load.waiting == 0)
    assert sent[0]["status"] == 499
    assert stuck.house.metric("renders_total", outcome="abandoned") == 1
    stuck.open()
    assert stuck.house.metric("renders_total", outcome="ok") == len(stuck.asked)


def test_it_stays_in_the_queue_while_somebody_else_waits_for_it(jam: Any) -> None:
    stuck = jam()
    stuck.block()
    one, other = (stuck.house.begin("/image/red?w=33") for _ in range(2))
    until(lambda: stuck.renderer.load.waiting == 1)
    one.cancel()
    stuck.open()
    assert other.result(PATIENCE).status_code == 200
