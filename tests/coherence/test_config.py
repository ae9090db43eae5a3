"""What can be set, and what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from calotype.app import build_app
from calotype.errors import BadSetting
from calotype.settings import Settings


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CALOTYPE_PURGE_SECRET", "secret")
    return monkeypatch


def test_edges_are_origins_each_once(given: pytest.MonkeyPatch) -> None:
    given.setenv("CALOTYPE_PURGE_EDGES", "http://a:80/, https://b,,http://a:80")
    assert Settings.load().purge.origins == ("http://a:80", "https://b")


@pytest.mark.parametrize("edges", ["a:80", "http://a/path", "http://u:p@a", "ftp://a", "http://"])
def test_what_is_no_origin_is_refused(given: pytest.MonkeyPatch, edges: str) -> None:
    given.setenv("CALOTYPE_PURGE_EDGES", edges)
    with pytest.raises(BadSetting, match="CALOTYPE_PURGE_EDGES must be origins"):
        Settings.load()


def test_edges_need_the_secret(given: pytest.MonkeyPatch) -> None:
    given.setenv("CALOTYPE_PURGE_EDGES", "http://a")
    given.delenv("CALOTYPE_PURGE_SECRET")
    with pytest.raises(BadSetting, match="CALOTYPE_PURGE_SECRET is not set"):
        Settings.load()


def test_cloudfront_needs_boto3(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.setitem(sys.modules, "boto3", None)
    settings = Settings.load(data=tmp_path, purge={"cloudfront": "E2QWRUHAPOMQZL"})
    with pytest.raises(BadSetting, match=r"calotype\[aws\]"):
        build_app(settings)
