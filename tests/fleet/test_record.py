"""Recordings, and the page that is drawn of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from calotype.errors import Unusable
from calotype.fleet import record, report
from calotype.fleet.charts import Mark, Series, chart


def sample(
    at: float, *, rate: float | None = 10, p95: float | None = 5, **given: Any
) -> dict[str, Any]:
    return {
        "at": at,
        "edge": {"requests_per_second": rate, "hit_ratio": 0.9, "p95_ms": p95},
        "instances": [{"name": "i1", "queue_wait_ms": 1.0, "cpu_percent": 20.0}],
        "scaling": {"desired": 2, "ready": 1},
        "events": [],
        **given,
    }


def kept(path: Path, *samples: dict[str, Any]) -> Path:
    recording = record.Recording(path)
    for each in samples:
        recording.add(each)
    recording.close()
    return path


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    samples = [sample(1.0), sample(2.0)]
    path = kept(tmp_path / "r", samples[0])
    kept(path, samples[1])  # a later run goes on in the same file
    assert record.read(path) == samples


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    path = kept(tmp_path / "r", sample(1.0))
    with path.open("ab") as file:
        file.write(b'{"at": 2.0, "ed')
    assert len(record.read(path)) == 1


@pytest.mark.parametrize("text", ["", "[]\n{}\n", "no\nrecording\n"])
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r"
    path.write_text(text)
    with pytest.raises(Unusable):
        record.read(path)


def test_only_the_last_minutes_are_kept_in_memory() -> None:
    recording = record.Recording(None)
    for at in range(record.KEPT + 5):
        recording.add(sample(at))
    assert [recording.recent[0]["at"], recording.recent[-1]["at"]] == [5, record.KEPT + 4]


def test_the_page_needs_nothing_else() -> None:
    page = report.page([sample(1.0), sample(2.0)], "r.jsonl")
    assert not re.search(r"(?:src|href)=|url\(|@import|https?://", page)


def test_what_others_say_is_no_markup() -> None:
    event = {"number": 1, "at": 1.0, "kind": "crashed", "text": "<script>alert(1)</script>"}
    page = report.page([sample(1.0, events=[event]), sample(2.0)], "<b>.jsonl")
    assert "<script" not in page
    assert "&lt;b&gt;" in page


def test_a_peak_is_not_lost_among_many_samples() -> None:
    samples = [sample(at, p95=900.0 if at == 501 else 5.0) for at in range(5000)]
    (drawn,) = re.findall(r"95th percentile.*?</svg>", report.page(samples, "r"), re.DOTALL)
    assert ">1,000<" in drawn
    heights = [float(y) for y in re.findall(r"L[\d.]+,([\d.]+)", drawn)]
    assert len(heights) < 2 * report.POINTS + 10
    assert min(heights) < 40 < 100 < sorted(heights)[len(heights) // 2]


def test_a_chart_is_well_formed_and_has_gaps() -> None:
    drawn = chart([0, 1, 2, 3], [Series("a", [1, None, 2, 3])], [Mark(1, "scaling", "2 → 3")])
    root = ElementTree.fromstring(drawn)
    lines = [node for node in root if "line" in (node.get("class") or "").split()]
    assert len(lines) == 2
    assert root.findtext("g/title") == "2 → 3"
