"""Accept, and nothing else, picks the format."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.deliver.negotiate import TOKENS, acceptable, choose, token, without
from calotype.render.spec import RenderSpec

from .shelf import image

AUTO = RenderSpec()
BROWSERS = {
    "chrome": ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "avif-webp"),
    "firefox": ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
                "avif-webp"),
    "safari": ("image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,"
               "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "avif-webp"),
    "an older chrome": ("image/webp,image/apng,image/*,*/*;q=0.8", "webp"),
    "an older safari": ("image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "none"),
    "curl": ("*/*", "none"),
}  # fmt: skip

PIECES = st.sampled_from(
    ["image/avif", "image/webp", "image/jpeg", "image/*", "*/*", "IMAGE/AVIF", ",", ";", " ", "\t",
     "q=0", "q=1", "q=0.5", ";q=0.001", "q=1.001", "q=nan", "q=-1", "q=", '"', "=", "text/html"]
)  # fmt: skip


@given(st.one_of(st.none(), st.text(max_size=80), st.lists(PIECES, max_size=20).map("".join)))
def test_any_header_is_one_of_four_tokens(accept: str | None) -> None:
    assert token(accept) in TOKENS


@given(st.permutations(["image/avif", "image/webp;q=0.9", "image/*;q=0.8", "*/*;q=0.1"]))
def test_the_order_does_not_matter(parts: list[str]) -> None:
    assert token(",".join(parts)) == token(", ".join(reversed(parts))) == "avif-webp"


@pytest.mark.parametrize(("accept", "meant"), BROWSERS.values(), ids=BROWSERS)
def test_browsers_get_what_they_name(accept: str, meant: str) -> None:
    assert token(accept) == meant


@pytest.mark.parametrize(
    ("accept", "meant"),
    [
        (None, "none"),
        ("", "none"),
        ("*/*", "none"),
        ("image/*", "none"),
        ("image/avif", "avif"),
        ("image/avif;q=0", "none"),
        ("image/avif;q=0.0,image/webp", "webp"),
        ("image/avif;q=0.000,image/webp;q=0", "none"),
        ("image/avif;q=0.5,image/webp", "webp"),
        ("image/webp;q=0.5,image/avif", "avif-webp"),
        ("image/webp;q=0.5,image/jpeg", "none"),
        ("image/webp;q=0.5,image/jpeg;q=0.5", "webp"),
        ("image/webp;q=0.5,*/*;q=0.8", "none"),
        ("image/webp;q=0.5,image/jpeg;q=0,*/*", "webp"),
        ("image/webp;Q=0.5", "webp"),
        ("image/webp ; q=0.5", "webp"),
        ("image/webp;", "webp"),
        ("image/webp;;q=0.5, image/avif; ;q=0", "webp"),
        ("Image/WebP", "webp"),
        ("image/webp;level=1;q=0", "none"),
        ("image/webp;q=2", "none"),
        ("image/webp;q=0.1234", "none"),
        ("image/webp;q=abc", "none"),
        ("image/webpx", "none"),
        ("image/avif" + ",a/b" * 5000, "avif"),
        ("a/b," * 5000 + "image/avif", "none"),
    ],
)
def test_qualities_count(accept: str | None, meant: str) -> None:
    assert token(accept) == meant


@pytest.mark.parametrize(
    ("accepted", "meant"),
    [("avif-webp", "avif"), ("avif", "avif"), ("webp", "webp"), ("none", "jpeg")],
)
def test_a_photograph_gets_the_best_that_is_taken(accepted: str, meant: str) -> None:
    assert choose(accepted, image(), AUTO) == meant


@pytest.mark.parametrize(
    ("accepted", "format", "rest"),
    [("avif-webp", "avif", "webp"), ("avif-webp", "webp", "avif"), ("avif", "avif", "none"),
     ("webp", "avif", "webp"), ("webp", "webp", "none"), ("none", "avif", "none")],
)  # fmt: skip
def test_without_a_format_it_is_a_token_still(accepted: str, format: str, rest: str) -> None:
    assert without(format, accepted) == rest


@pytest.mark.parametrize("changes", [{"alpha": True}, {"format": "svg"}, {"format": "gif"}])
def test_png_serves_where_jpeg_would_lose_something(changes: dict[str, object]) -> None:
    assert choose("none", image(**changes), AUTO) == "png"
    assert choose("webp", image(**changes), AUTO) == "webp"


@pytest.mark.parametrize("format", ["gif", "webp"])
@pytest.mark.parametrize(
    ("accepted", "meant"),
    [("avif-webp", "webp"), ("avif", "gif"), ("webp", "webp"), ("none", "gif")],
)
def test_what_moves_gets_a_format_that_moves(format: str, accepted: str, meant: str) -> None:
    assert choose(accepted, image(format=format, frames=5), AUTO) == meant


@given(st.sampled_from(TOKENS), st.integers(1, 3), st.sampled_from(["png", "gif", "avif", "jpeg"]))
def test_a_fixed_format_is_not_negotiated(accepted: str, frames: int, fm: str) -> None:
    spec = RenderSpec.parse({"fm": fm})
    assert choose(accepted, image(format="gif", frames=frames), spec) == fm


@pytest.mark.parametrize(
    ("accepted", "meant"), [("avif-webp", "avif"), ("webp", "webp"), ("none", "png")]
)
def test_auto_makes_fm_what_the_others_get(accepted: str, meant: str) -> None:
    assert choose(accepted, image(), RenderSpec.parse({"fm": "png", "auto": "format"})) == meant


@pytest.mark.parametrize(
    ("accepted", "changes", "params", "formats"),
    [
        ("none", {}, {}, {"jpeg", "png"}),
        ("webp", {}, {}, {"webp", "jpeg", "png"}),
        ("avif", {}, {}, {"avif", "jpeg", "png"}),
        ("avif-webp", {}, {}, {"avif", "webp", "jpeg", "png"}),
        ("webp", {"alpha": True}, {}, {"webp", "png"}),
        ("avif-webp", {}, {"fm": "jpg"}, {"jpeg"}),
        ("avif-webp", {"frames": 9, "format": "gif"}, {}, {"webp"}),
    ],
)
def test_what_may_stand_in_is_what_the_client_takes_and_shows_no_less(
    accepted: str, changes: dict[str, object], params: dict[str, str], formats: set[str]
) -> None:
    assert acceptable(accepted, image(**changes), RenderSpec.parse(params)) == formats
