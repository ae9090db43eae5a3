"""`calotype add`."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from .terminal import Terminal


def test_says_what_came_of_it(terminal: Terminal, pictures: Path) -> None:
    done = terminal("add", pictures)
    assert done.code == 0
    assert "3 images in all" in done.out
    assert "3 added" in done.out
    assert done.err == ""


def test_a_second_run_changes_nothing(terminal: Terminal, mine: Path) -> None:
    summary = terminal("add", mine, "--json").json
    assert (summary["added"], summary["changed"], summary["unchanged"]) == (0, 0, 3)


def test_json_has_every_number(terminal: Terminal, pictures: Path) -> None:
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    summary = terminal("add", pictures, "--json").json
    assert set(summary) == {
        "source", "data", "images", "added", "changed", "unchanged", "removed", "refused",
        "skipped",
    }  # fmt: skip
    assert (summary["source"], summary["added"], summary["images"]) == (str(pictures), 3, 3)
    (refused,) = summary["refused"]
    assert (refused["name"], refused["reason"]) == ("broken.png", "truncated")


def test_a_refused_file_is_shown_with_its_reason(terminal: Terminal, pictures: Path) -> None:
    (pictures / "[x] empty.png").write_bytes(b"")
    done = terminal("add", pictures)
    assert done.code == 0
    assert "1 refused" in done.out
    assert "[x] empty.png" in done.out
    assert "The file is empty." in done.out


def test_many_refused_files_are_summed_up(terminal: Terminal, pictures: Path) -> None:
    for number in range(25):
        (pictures / f"{number}.png").write_bytes(b"")
    assert "and 5 more (5 empty); --json lists them all" in terminal("add", pictures).out


def test_several_sources_are_a_list(terminal: Terminal, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "more" / "a.png")
    summaries = terminal("add", pictures, tmp_path / "more", "--json").json
    assert [summary["added"] for summary in summaries] == [3, 1]


def test_a_source_that_fails_does_not_keep_the_others(
    terminal: Terminal, pictures: Path, tmp_path: Path
) -> None:
    done = terminal("add", tmp_path / "nowhere", pictures, "--json")
    assert done.code == 3
    assert [summary["added"] for summary in done.json] == [3]
    assert f"{tmp_path}/nowhere does not exist" in done.said


def test_a_missing_folder_is_said_with_the_mend(terminal: Terminal, tmp_path: Path) -> None:
    done = terminal("add", tmp_path / "nowhere")
    assert (done.code, done.out) == (3, "")
    assert done.said.startswith("error: ")
    assert "does not exist. Check the spelling, and that its drive is mounted." in done.said


def test_a_file_is_no_source(terminal: Terminal, pictures: Path) -> None:
    done = terminal("add", pictures / "red hat.png")
    assert done.code == 3
    assert "is a file. Give the folder that it lies in." in done.said


def test_a_web_address_is_no_source(terminal: Terminal) -> None:
    done = terminal("add", "https://example.org/pictures")
    assert done.code == 3
    assert "Give a folder, or a bucket such as s3://bucket/prefix." in done.said


def test_the_data_folder_is_never_in_the_source(terminal: Terminal, pictures: Path) -> None:
    done = terminal("add", pictures, "--data", pictures / "data")
    assert done.code == 3
    assert "lies inside the source; choose another with --data" in done.said
    assert not (pictures / "data").exists()


def test_a_data_folder_that_cannot_be_made_is_said(terminal: Terminal, pictures: Path) -> None:
    done = terminal("add", pictures, "--data", "/proc/calotype")
    assert done.code == 3
    assert "cannot be made" in done.said
    assert "choose another with --data" in done.said


def test_a_data_folder_that_is_a_file_is_said(
    terminal: Terminal, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = terminal("add", pictures, "--data", tmp_path / "file")
    assert done.code == 3


def test_an_empty_folder_after_a_full_one_is_not_believed(terminal: Terminal, mine: Path) -> None:
    for file in mine.iterdir():
        file.unlink()
    done = terminal("add", mine)
    assert done.code == 3
    assert terminal("add", mine, "--allow-empty", "--json").json["removed"] == 3


def test_without_a_source_it_says_how(terminal: Terminal) -> None:
    done = terminal("add")
    assert done.code == 2
    assert "Missing argument" in done.err


def test_a_database_that_does_not_answer_is_told_at_once(
    terminal: Terminal, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALOTYPE_CATALOG", f"postgresql+psycopg://nobody@/x?host={tmp_path}")
    done = terminal("add", pictures)
    assert done.code == 3
    assert "The catalog's database does not answer" in done.said
