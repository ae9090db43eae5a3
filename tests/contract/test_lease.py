"""A lease has one holder at a time, on SQLite and on PostgreSQL; and it never outlives one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from calotype.catalog import Catalog
from calotype.errors import CatalogUnavailable
from tests.api.house import until

from .postgres import Server

HOLDER = """
import sys
from calotype.catalog import Catalog
lease = Catalog.open(sys.argv[1]).lead("ingest")
print(lease.held(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(url: str) -> Iterator[Catalog]:
    """The same catalog, as another instance has it."""
    catalog = Catalog.open(url)
    yield catalog
    catalog.close()


@pytest.fixture
def database(postgres: Server, request: pytest.FixtureRequest) -> str:
    return postgres.database(request.node.name)


def nowhere(tmp_path: Path) -> str:
    return f"postgresql+psycopg://postgres@/x?host={tmp_path}"


def cut_off(url: str) -> None:
    """End all connections to this database, as a server that restarts does."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_one_instance_has_it(catalog: Catalog, other: Catalog) -> None:
    mine, theirs = catalog.lead("ingest"), other.lead("ingest")
    assert (mine.held(), theirs.held(), mine.held()) == (True, False, True)
    mine.release()
    theirs.release()


def test_two_of_one_process_exclude_each_other(catalog: Catalog) -> None:
    first, second = catalog.lead("ingest"), catalog.lead("ingest")
    assert (first.held(), second.held()) == (True, False)
    first.release()
    second.release()


def test_what_is_released_another_gets(catalog: Catalog, other: Catalog) -> None:
    mine, theirs = catalog.lead("ingest"), other.lead("ingest")
    assert mine.held()
    mine.release()
    assert until(theirs.held)
    assert not mine.held()
    theirs.release()
    mine.release()


def test_other_names_are_other_leases(catalog: Catalog, other: Catalog) -> None:
    mine, theirs = catalog.lead("ingest"), other.lead("something else")
    assert mine.held()
    assert theirs.held()
    mine.release()
    theirs.release()


def test_kill_9_frees_it(catalog: Catalog, url: str) -> None:
    command = [sys.executable, "-c", HOLDER, url]
    lease = catalog.lead("ingest")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        assert not lease.held()
        holder.kill()
    assert until(lease.held)
    lease.release()


@pytest.mark.server
def test_who_loses_the_connection_is_told_once_and_may_have_it_again(database: str) -> None:
    catalog = Catalog.open(database)
    lease = catalog.lead("ingest")
    assert lease.held()
    cut_off(database)
    assert not lease.held()
    assert until(lease.held)
    lease.release()
    catalog.close()


@pytest.mark.server
def test_a_database_that_does_not_answer_gives_nobody_a_lease(tmp_path: Path) -> None:
    assert not Catalog.open(nowhere(tmp_path)).lead("ingest").held()


def test_opening_connects_to_nothing(tmp_path: Path) -> None:
    catalog = Catalog.open(nowhere(tmp_path))
    with pytest.raises(CatalogUnavailable, match="does not answer"):
        catalog.check()


@pytest.mark.server
def test_a_database_that_comes_later_is_migrated_then(postgres: Server) -> None:
    url = postgres.database("early").replace("/early", "/late")
    catalog = Catalog.open(url)
    with pytest.raises(CatalogUnavailable):
        catalog.last_seq()
    postgres.database("late")
    assert catalog.last_seq() == 0
    catalog.close()
