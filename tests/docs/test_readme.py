"""The README's figures are those of the kept results, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from benchmarks.summary import FIGURES, FOLDER, README, rows, with_figures

ROOT = README.parent
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_figures_are_those_of_the_results() -> None:
    text = README.read_text()
    assert with_figures(text) == text


def test_every_figure_of_what_was_measured_has_a_result() -> None:
    measured = [figure for figure in FIGURES if (FOLDER / f"{figure.module}.json").exists()]
    assert len(rows()) == len(measured)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text())
    missing = [
        link for link in links if not link.startswith("http") and not (page.parent / link).exists()
    ]
    assert missing == []
