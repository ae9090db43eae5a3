"""Which URLs need a signature."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from calotype.deliver.gate import DEFAULT, IIIF, ORIGINAL, Gate, parse_presets
from calotype.deliver.signing import Key, Signer
from calotype.errors import BadSignature
from calotype.render.spec import RenderSpec

SIGNER = Signer([Key("one", b"k" * 16)])
PATH = "/i/abc"
LISTED = parse_presets("w=320 w=640&h=480&fit=crop")


def admits(gate: Gate, query: str, wanted: str | None = None) -> bool:
    pairs = parse_qsl(query)
    spec = RenderSpec.parse(dict(pairs))
    try:
        gate.admit(PATH, pairs, spec.canonical if wanted is None else wanted)
    except BadSignature:
        return False
    return True


def signed(query: str) -> str:
    return SIGNER.signed(f"{PATH}?{query}").partition("?")[2]


@pytest.mark.parametrize("query", ["", "w=320", "w=321", "w=320&s=wrong"])
@pytest.mark.parametrize("signer", [None, SIGNER])
def test_off_looks_at_nothing(signer: Signer | None, query: str) -> None:
    assert admits(Gate(signer), query)


def test_required_takes_only_what_is_signed() -> None:
    gate = Gate(SIGNER, "required", LISTED)
    for query in ("", "w=320", "w=999"):
        assert not admits(gate, query)
        assert admits(gate, signed(query))


@pytest.mark.parametrize(
    ("query", "free"),
    [
        ("w=320", True),
        ("fit=crop&h=480&w=640", True),
        ("w=320&h=240&fit=crop&dpr=2", True),
        ("w=320&n=3&tag=red&unknown=1", True),
        ("", False),
        ("w=321", False),
        ("w=320&fm=png", False),
        ("w=320&q=100", False),
        ("w=640&h=480", False),
    ],
)
def test_presets_are_compared_by_what_they_mean(query: str, free: bool) -> None:
    gate = Gate(SIGNER, "presets", LISTED)
    assert admits(gate, query) is free
    assert admits(gate, signed(query))


def test_a_wrong_signature_is_refused_on_a_preset_too() -> None:
    assert not admits(Gate(SIGNER, "presets", LISTED), "w=320&s=wrong")


@pytest.mark.parametrize(("word", "wanted"), [(DEFAULT, ""), (ORIGINAL, ORIGINAL), (IIIF, IIIF)])
def test_words_stand_for_what_has_no_parameters(word: str, wanted: str) -> None:
    assert admits(Gate(SIGNER, "presets", parse_presets(f"w=9 {word}")), "", wanted)
    assert not admits(Gate(SIGNER, "presets", parse_presets("w=9")), "", wanted)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("width=320", "in 'width=320' width has no effect"),
        ("w=320 w=640&hight=9", "in 'w=640&hight=9' hight has no effect"),
        ("defualt", "or default, original, iiif; in 'defualt'"),
        ("w=0", "in 'w=0' w must be a whole number from 1 to 8192, or a share"),
    ],
)
def test_a_slip_of_the_pen_in_a_preset_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r"^(must be|is wrong:) ") as raised:
        parse_presets(text)
    assert problem in str(raised.value)
    assert "must be within bounds" not in str(raised.value)


@pytest.mark.parametrize("mode", ["required", "presets"])
def test_a_gate_that_could_check_nothing_cannot_be_made(mode: str) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        Gate(None, mode)
