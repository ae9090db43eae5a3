"""Sources of other instances are opened when an image of theirs is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from calotype import sources as module
from calotype.blobs import FolderSource
from calotype.errors import SourceUnavailable
from calotype.model import Place
from calotype.originals import read_original
from calotype.sources import Sources
from tests.decode.pictures import sample
from tests.render.studio import record


def test_any_key_is_opened_at_first_sight_and_once(tmp_path: Path) -> None:
    sources = Sources()
    found = sources[str(tmp_path)]
    assert found.key == str(tmp_path)
    assert sources[str(tmp_path)] is found
    assert list(sources) == [str(tmp_path)]


def test_those_given_stay_as_they_are(tmp_path: Path) -> None:
    given = FolderSource(tmp_path)
    assert Sources([given])[str(tmp_path)] is given


def test_few_are_kept_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    given = FolderSource(tmp_path)
    sources = Sources([given])
    for name in ("a", "b", "a", "c"):
        sources[str(tmp_path / name)]
    assert [Path(key).name for key in sources] == [tmp_path.name, "a", "c"]


def test_a_key_that_nothing_can_be_is_unavailable() -> None:
    with pytest.raises(SourceUnavailable):
        Sources()["nothing://x"]


def test_an_image_is_read_from_a_source_that_was_never_given(tmp_path: Path) -> None:
    data = sample("png")
    (tmp_path / "a.png").write_bytes(data)
    source = FolderSource(tmp_path)
    entry = source.stat("a.png")
    assert entry is not None
    image = record(data, places=(Place(source.key, "a.png", entry.version),))
    assert read_original(Sources(), image, 1 << 20) == data
