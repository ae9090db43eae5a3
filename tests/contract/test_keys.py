"""Keys in the catalog, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from calotype.catalog import Catalog
from calotype.catalog.keys import parse

NOW = datetime.now(UTC)


def test_a_key_opens_what_it_was_made_for(catalog: Catalog) -> None:
    id, secret = parse(catalog.keys.create(["write"], "Ada's laptop")) or ("", "")
    found = catalog.keys.find(id)
    assert found is not None
    assert (found.label, found.scopes) == ("Ada's laptop", ("write",))
    assert found.opens(secret)
    assert found.good(NOW)


def test_another_secret_opens_nothing(catalog: Catalog) -> None:
    id, secret = parse(catalog.keys.create(["write"])) or ("", "")
    found = catalog.keys.find(id)
    assert found is not None
    assert not found.opens(secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    assert not found.opens("")


def test_no_two_keys_are_alike(catalog: Catalog) -> None:
    assert len({catalog.keys.create(["write"]) for _ in range(20)}) == 20


def test_the_secret_is_stored_nowhere(catalog: Catalog) -> None:
    _, secret = parse(catalog.keys.create(["write"])) or ("", "")
    with catalog._reading() as db:
        (row,) = db.execute(text("SELECT * FROM keys")).all()
    assert secret not in repr(row)


def test_an_unknown_id_is_none(catalog: Catalog) -> None:
    assert catalog.keys.find("0" * 16) is None


def test_a_revoked_key_is_no_longer_good(catalog: Catalog) -> None:
    id, _ = parse(catalog.keys.create(["write"])) or ("", "")
    assert catalog.keys.revoke(id)
    found = catalog.keys.find(id)
    assert found is not None
    assert not found.good(NOW)
    assert not catalog.keys.revoke(id)


def test_a_key_is_good_for_so_many_days(catalog: Catalog) -> None:
    id, _ = parse(catalog.keys.create(["write"], days=3)) or ("", "")
    found = catalog.keys.find(id)
    assert found is not None
    assert found.good(NOW + timedelta(days=2, hours=23))
    assert not found.good(NOW + timedelta(days=3, minutes=10))


def test_when_it_was_used_is_noted(catalog: Catalog) -> None:
    id, _ = parse(catalog.keys.create(["write"])) or ("", "")
    catalog.keys.used(id)
    (found,) = catalog.keys.all()
    assert found.last_used is not None


def test_what_is_no_key_is_not_looked_for() -> None:
    for text_ in ("", "ck_", "ck_0123456789abcdef_short", "xx_" + "0" * 16 + "_" + "a" * 43):
        assert parse(text_) is None
