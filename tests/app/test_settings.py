"""Settings: read from the environment, held to their bounds, and documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from calotype.errors import BadSetting
from calotype.settings import PREFIX, Settings, every_setting, unknown_variables

ROOT = Path(__file__).parents[2]
ALL = [setting.variable for setting in every_setting()]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ALL:
        monkeypatch.delenv(name, raising=False)


def test_a_variable_sets_its_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_MAX_OUTPUT_PIXELS", "1000")
    monkeypatch.setenv("CALOTYPE_SERVER_BASE_URL", "https://images.example.org")
    monkeypatch.setenv("CALOTYPE_LOG_LEVEL", "WARNING")
    settings = Settings.load()
    assert settings.render.max_output_pixels == 1000
    assert settings.server.base_url == "https://images.example.org"
    assert settings.log_level == "warning"


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SOURCE", "/one")
    assert Settings.load(source="/two").source == "/two"
    assert Settings.load(source=None).source == "/one"


def test_nginx_is_answered_only_where_nobody_else_can_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SERVER_ACCEL", "true")
    with pytest.raises(BadSetting, match="set CALOTYPE_SERVER_UNIX_SOCKET to the socket"):
        Settings.load()
    monkeypatch.setenv("CALOTYPE_SERVER_UNIX_SOCKET", "/run/app.sock")
    assert Settings.load().server.accel
    assert Settings.load().server.unix_socket == Path("/run/app.sock")


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SERVER_PORT", "")
    monkeypatch.setenv("CALOTYPE_SERVER", "")
    assert Settings.load().server.port == 8080


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("CALOTYPE_SERVER_PORT", "abc", "a whole number from 0 to 65535"),
        ("CALOTYPE_SERVER_PORT", "70000", "a whole number from 0 to 65535"),
        ("CALOTYPE_SERVER_DRAIN_SECONDS", "nan", "a number from 0 to 600"),
        ("CALOTYPE_SERVER_ORIGINALS", "perhaps", "true or false"),
        ("CALOTYPE_SERVER_BASE_URL", "ftp://x", "a text such as https://images.example.org"),
        ("CALOTYPE_RENDER_WORKERS", "-1", "a whole number from 0 to 256"),
        ("CALOTYPE_DELIVER_CACHE_BYTES", "2GB", "a whole number, at least 0"),
        ("CALOTYPE_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("CALOTYPE_WATCH", "2", "true or false"),
    ],
)
def test_a_bad_value_is_named_with_its_bound(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, must: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSetting) as raised:
        Settings.load()
    assert str(raised.value) == f"{name} must be {must}; got {value!r}. See docs/settings.md."


def test_a_part_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SERVER", "{")
    with pytest.raises(BadSetting, match="CALOTYPE_SERVER begins the names of settings"):
        Settings.load()


def test_a_misspelt_variable_is_known_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_RENDER_WORKER", "3")
    monkeypatch.setenv("CALOTYPE_XYZ", "3")
    found = unknown_variables()
    assert found["CALOTYPE_RENDER_WORKER"] == "CALOTYPE_RENDER_WORKERS"
    assert "CALOTYPE_XYZ" in found
    assert "CALOTYPE_SERVER_PORT" not in found


def test_every_setting_is_described() -> None:
    for setting in every_setting():
        assert len(setting.description) > 10, setting.variable
        assert setting.description.endswith("."), setting.variable


def test_every_default_is_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = Settings.load()
    for setting in every_setting():
        if isinstance(setting.default, int | float | str) and setting.default != "":
            monkeypatch.setenv(setting.variable, str(setting.default))
    assert Settings.load() == defaults


def test_names_are_those_of_the_pattern() -> None:
    assert len(set(ALL)) == len(ALL) > 40
    assert all(name.startswith(PREFIX) for name in ALL)


def test_the_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SECRET", "sesame")
    assert "sesame" not in repr(Settings.load())


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"KEYS": "sesame"}, "CALOTYPE_SIGNING_KEYS must be name:secret with commas between"),
        ({"KEYS": "a:sesame"}, "CALOTYPE_SIGNING_KEYS must have at least 16 bytes"),
        ({"KEYS": "a:sesame", "MODE": "required"}, "CALOTYPE_SIGNING_KEYS must have at least 16"),
        ({"KEYS": f"a:{'sesame' * 3}", "MODE": "on"},
         "CALOTYPE_SIGNING_MODE must be one of off, required, presets; got 'on'"),
        ({"KEYS": f"a:{'sesame' * 3}", "PRESETS": "width=320"},
         "CALOTYPE_SIGNING_PRESETS must be query strings"),
        ({"MODE": "required"}, "CALOTYPE_SIGNING_MODE is required, but there is no key"),
        ({"MODE": "presets"}, "CALOTYPE_SIGNING_MODE is presets, but there is no key"),
    ],
)  # fmt: skip
def test_wrong_signing_says_the_mend_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"CALOTYPE_SIGNING_{name}", value)
    with pytest.raises(BadSetting) as raised:
        Settings.load()
    assert str(raised.value).startswith(said)
    assert "sesame" not in str(raised.value)


def test_signing_keys_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALOTYPE_SIGNING_KEYS", f"a:{'sesame' * 3}")
    settings = Settings.load()
    shown = (settings, settings.signing, settings.signing.signer, settings.model_dump_json())
    assert "sesame" not in "".join(map(repr, shown))


def test_each_source_has_its_own_data_folder() -> None:
    settings = Settings.load()
    one, other = settings.data_dir("/a/Holiday Photos"), settings.data_dir("/b/Holiday Photos")
    assert one != other
    assert one.name.startswith("holiday-photos-")


def test_the_page_about_them_is_current() -> None:
    command = [sys.executable, str(ROOT / "tools" / "docs.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
