"""Whatever a parser raises at one file, the others are taken: the last wall of ingest."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.decode.pictures import sample

from .library import Library


def breaking(function: Callable[..., object]) -> Callable[..., object]:
    """The function with a defect: it stumbles over one content."""

    def broken(*arguments: object) -> object:
        if any(isinstance(each, bytes) and b"stumble" in each for each in arguments):
            raise RecursionError("a defect of ours")
        return function(*arguments)

    return broken


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    def put(module: str, name: str) -> None:
        found = sys.modules[f"calotype.ingest.{module}"]
        monkeypatch.setattr(found, name, breaking(getattr(found, name)))

    return put


def test_a_defect_at_one_image_refuses_that_one(
    library: Library, defect: Callable[[str, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    defect("probe", "embedded_in")
    library.put("a.jpg", sample("jpeg") + b"stumble")
    library.put("b.png", sample("png"))
    summary = library.run()
    assert summary.added == 1
    assert [(each.name, each.reason) for each in summary.refused] == [("a.jpg", "corrupt")]
    assert caplog.messages == ["cannot read 'a.jpg': RecursionError"]


@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        ("a.xmp", "beside", "words_from_xmp"),
        ("a.json", "beside", "_words_of"),
        ("a.txt", "beside", "_words_of"),
    ],
)
def test_a_defect_at_a_sidecar_refuses_that_one(
    library: Library, defect: Callable[[str, str], None], name: str, module: str, function: str
) -> None:
    defect(module, function)
    library.put("a.jpg", sample("jpeg"))
    library.put(name, '{"title": "stumble"}')
    summary = library.run()
    assert summary.added == 1
    assert [(each.name, each.reason) for each in summary.refused] == [(name, "bad-metadata")]


@pytest.mark.parametrize("function", ["csv.reader", "orjson.loads"])
def test_a_defect_at_a_table_refuses_that_one(
    library: Library, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def broken(*arguments: object, **options: object) -> object:
        raise LookupError("a defect of ours")

    table = "metadata.csv" if function.startswith("csv") else "metadata.jsonl"
    monkeypatch.setattr(f"calotype.ingest.tablefile.{function}", broken)
    library.put("a.jpg", sample("jpeg"))
    library.put(table, '{"file_name": "a.jpg"}')
    summary = library.run()
    assert summary.added == 1
    assert [(each.name, each.reason) for each in summary.refused] == [(table, "bad-metadata")]


def test_a_defect_at_one_row_refuses_its_table(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(values: object) -> object:
        raise LookupError("a defect of ours")

    monkeypatch.setattr(sys.modules["calotype.ingest.tablefile"], "words_from", broken)
    library.put("a.jpg", sample("jpeg"))
    library.put("metadata.jsonl", '{"file_name": "a.jpg"}')
    summary = library.run()
    assert summary.added == 1
    assert [each.name for each in summary.refused] == ["metadata.jsonl"]
