"""Commands as a user runs them, in this process or (where that matters) in one of their own."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from calotype import cli


@dataclass(frozen=True)
class Done:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)

    @property
    def said(self) -> str:
        """What it said on stderr, without the line breaks of the terminal's width."""
        return " ".join(self.err.split())


class Terminal:
    """`terminal("search", "hoodie")` is `calotype search hoodie`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capfd = monkeypatch, capfd

    def __call__(self, *arguments: str | Path) -> Done:
        self._capfd.readouterr()
        self._monkeypatch.setattr(sys, "argv", ["calotype", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capfd.readouterr()
        assert isinstance(ended.value.code, int)
        assert "Traceback" not in said.out + said.err
        return Done(ended.value.code, said.out, said.err)
