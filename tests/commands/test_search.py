"""`calotype search`."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text

from calotype.commands.terminal import out

from .terminal import Terminal


def test_shows_the_hits_best_first(terminal: Terminal, added: Path) -> None:
    done = terminal("search", "red hat")
    assert done.code == 0
    heading, first, *_ = done.out.splitlines()
    assert heading.split() == ["n", "title", "size", "match", "file"]
    assert first.split() == ["1", "Red", "hat", "120×80", "exact", "red", "hat.png"]


LONG = "a-very-long-name-of-a-photograph-that-somebody-took-2024.png"


@pytest.fixture
def long(terminal: Terminal, mine: Path) -> None:
    (mine / LONG).write_bytes((mine / "blue hat.jpg").read_bytes() + b"\0")
    rows = (mine / "metadata.csv").read_text()
    (mine / "metadata.csv").write_text(f"{rows}{LONG},{'A title of many words ' * 4},\n")
    terminal("add", mine)


@pytest.mark.usefixtures("long")
def test_where_there_is_no_terminal_nothing_is_broken_or_shortened(terminal: Terminal) -> None:
    lines = terminal("search", "photograph").out.splitlines()
    assert len(lines) == 2
    assert lines[1].rstrip().endswith(LONG)
    assert "A title of many words " * 3 in lines[1]


@pytest.mark.usefixtures("long")
def test_on_a_terminal_the_title_gives_way_to_the_name(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "_force_terminal", True)
    monkeypatch.setenv("COLUMNS", "110")
    lines = Text.from_ansi(terminal("search", "photograph").out).plain.splitlines()
    assert len(lines) == 2
    assert lines[1].rstrip().endswith(LONG)
    assert "A title" in lines[1]
    assert "…" in lines[1]
    assert len(lines[1].rstrip()) <= 110


def test_what_looks_like_markup_is_text(terminal: Terminal, added: Path) -> None:
    out = terminal("search", "scarf").out
    assert "A [bold]scarf[/bold]" in out
    assert "[big] scarf.webp" in out


def test_says_how_many_more_there_are(terminal: Terminal, added: Path) -> None:
    assert "1 of 2; --limit shows more" in terminal("search", "hat", "--limit", "1").out


def test_filters_work_as_over_http(terminal: Terminal, added: Path) -> None:
    results = terminal("search", "format:png", "--json").json["results"]
    assert [hit["name"] for hit in results] == ["red hat.png"]


def test_json_is_the_shape_of_the_service(terminal: Terminal, added: Path) -> None:
    answer = terminal("search", "hat", "--json").json
    assert (answer["query"], answer["total"], answer["suggestions"]) == ("hat", 2, [])
    for hit in answer["results"]:
        assert {"id", "name", "title", "urls", "score", "match"} <= set(hit)


def test_no_match_says_what_to_try(terminal: Terminal, added: Path) -> None:
    done = terminal("search", "zzzzqqqq")
    assert (done.code, done.out) == (1, "")
    assert done.said == "error: No image matches 'zzzzqqqq'. Try: hat"


def test_no_match_is_json_all_the_same(terminal: Terminal, added: Path) -> None:
    done = terminal("search", "zzzzqqqq", "--json")
    assert done.code == 1
    assert done.json == {"query": "zzzzqqqq", "total": 0, "results": [], "suggestions": ["hat"]}


def test_a_bad_filter_names_what_there_is(terminal: Terminal, added: Path) -> None:
    done = terminal("search", "color:mauve")
    assert done.code == 2
    assert "color must be one of black, gray" in done.said


def test_a_bad_limit_is_named(terminal: Terminal, added: Path) -> None:
    for limit in ("0", "101"):
        done = terminal("search", "hat", "--limit", limit)
        assert done.code == 2
        assert "limit must be from 1 to 100" in done.said


def test_without_any_data_it_says_how_to_begin(terminal: Terminal) -> None:
    done = terminal("search", "hat")
    assert done.code == 3
    assert done.said == "error: No source was used yet. Begin with: calotype add FOLDER"


def test_a_source_that_was_never_added_is_said(terminal: Terminal, mine: Path, home: Path) -> None:
    before = sorted(home.iterdir())
    done = terminal("search", "hat", "--source", "/somewhere/else")
    assert done.code == 3
    assert "Nothing was added to /somewhere/else yet." in done.said
    assert "Begin with: calotype add /somewhere/else" in done.said
    assert sorted(home.iterdir()) == before


def test_the_source_used_last_is_the_default(
    terminal: Terminal, mine: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "coat.png").write_bytes((mine / "red hat.png").read_bytes())
    terminal("add", other)
    assert terminal("search", "coat").code == 0
    assert terminal("search", "hat").code == 1
    assert terminal("search", "hat", "--source", mine).code == 0


def test_of_several_sources_the_one_that_is_used_is_named(
    terminal: Terminal, mine: Path, tmp_path: Path
) -> None:
    assert terminal("search", "hat").err == ""
    other = tmp_path / "other"
    other.mkdir()
    (other / "scarf.png").write_bytes((mine / "red hat.png").read_bytes())
    terminal("add", other)
    done = terminal("search", "scarf")
    assert f"Using {other}, added or served last; --source chooses another of the 2." in done.err
    assert terminal("search", "hat", "--source", mine).err == ""
