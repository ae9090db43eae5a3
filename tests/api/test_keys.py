"""Who may change something."""

from __future__ import annotations

from typing import Any

import pytest

from calotype.catalog.keys import parse
from calotype.errors import CatalogUnavailable

from .house import House
from .test_upload import Fresh, key

CHANGES = [("POST", "/images"), ("PATCH", "/images/x"), ("DELETE", "/images/x"),
           ("GET", "/keys/self")]  # fmt: skip
UNKNOWN = "ck_" + "0" * 16 + "_" + "a" * 43


def ask(house: House, given: str, method: str = "GET", path: str = "/keys/self") -> Any:
    return house.request(method, path, headers={"authorization": given})


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_without_a_key_it_is_a_401_that_says_how(house: House, method: str, path: str) -> None:
    answer = house.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer realm="calotype"'
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("given", [f"Bearer {UNKNOWN}", "Bearer x", "Basic YTpi", "Bearer"])
def test_with_what_is_no_key_it_is_a_401(house: House, method: str, path: str, given: str) -> None:
    answer = ask(house, given, method, path)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_the_id_of_a_key_with_another_secret_opens_nothing(house: House) -> None:
    good = key(house)
    assert ask(house, f"Bearer {good[:-43]}{'a' * 43}").status_code == 401
    assert ask(house, f"bearer  {good}").status_code == 200


def test_a_key_can_be_checked(house: House) -> None:
    id, _ = parse(key(house)) or ("", "")
    secret = key(house)
    answer = ask(house, f"Bearer {secret}")
    assert answer.json() == {"id": secret[3:19], "label": "test", "scopes": ["write"]}
    assert id not in answer.text


def test_a_key_without_the_scope_is_a_403(house: House) -> None:
    other = house.services.writing._keys.create(["other"])
    for method, path in CHANGES[:3]:
        answer = ask(house, f"Bearer {other}", method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert ask(house, f"Bearer {other}").status_code == 200


def test_a_key_that_is_out_of_date_is_a_401(house: House) -> None:
    assert ask(house, f"Bearer {house.services.writing._keys.create(['write'], days=-1)}"
               ).status_code == 401  # fmt: skip


def test_a_revoked_key_is_refused_after_some_seconds(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, now = fresh(), 1000.0
    monkeypatch.setattr(house.services.writing.doorkeeper, "_clock", lambda: now)
    good = key(house)
    assert ask(house, f"Bearer {good}").status_code == 200
    house.services.writing._keys.revoke(good[3:19])
    assert ask(house, f"Bearer {good}").status_code == 200
    now += 11
    assert ask(house, f"Bearer {good}").status_code == 401


def test_a_catalog_that_is_down_makes_no_key_a_bad_one(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = fresh()
    used, unused = key(house), key(house)
    assert ask(house, f"Bearer {used}").status_code == 200

    def down(*_: object) -> None:
        raise CatalogUnavailable("The catalog's database does not answer.")

    monkeypatch.setattr(house.services.writing._keys, "_reading", down)
    assert ask(house, f"Bearer {used}").status_code == 200
    answer = ask(house, f"Bearer {unused}")
    assert (answer.status_code, answer.json()["code"]) == (503, "catalog-unavailable")
    assert answer.headers["retry-after"]


def test_who_tries_many_keys_keeps_the_catalog_free(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = fresh()
    monkeypatch.setattr(house.services.writing.doorkeeper, "_looking", 16)
    assert ask(house, f"Bearer {UNKNOWN}").status_code == 503
    assert ask(house, "Bearer nonsense").status_code == 401


def test_nobody_without_a_key_has_a_body_read(house: House) -> None:
    async def body() -> Any:
        raise AssertionError("it was read")
        yield b""

    answer = house.request(
        "POST",
        "/images",
        content=body(),
        headers={"content-type": "x", "expect": "100-continue"},
    )
    assert answer.status_code == 401
