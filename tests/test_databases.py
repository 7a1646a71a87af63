"""The tests' own databases are what they say they are."""

from __future__ import annotations

import os
import socket
from types import SimpleNamespace

import pytest
from pytest_socket import SocketConnectBlockedError
from sqlalchemy import Engine, inspect, text

from tests.clock import START, Clock
from tests.databases import postgresql_tools, pytest_collection_modifyitems
from verwijsindex.tables import METADATA

NEW_ROW = text(
    "INSERT INTO key_checks (name, state, checked_at) VALUES ('left behind', 'x', '2026-11-23')"
)


def test_database_is_the_one_that_its_parameter_names(engine, request):
    named = request.node.callspec.params["database_url"]
    assert engine.dialect.name == named
    version = "SELECT sqlite_version()" if named == "sqlite" else "SHOW server_version"
    with engine.begin() as connection:
        found = connection.execute(text(version)).scalar_one()
    assert found.startswith("3." if named == "sqlite" else "18.")


def test_schema_is_that_of_the_migrations(engine: Engine):
    tables = set(inspect(engine).get_table_names())
    assert tables == set(METADATA.tables) | {"alembic_version"}


@pytest.mark.parametrize("turn", [1, 2])
def test_rows_that_a_test_leaves_do_not_reach_the_next(engine: Engine, turn):
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM key_checks")).scalar_one() == 0
        connection.execute(NEW_ROW)


def test_rows_of_the_migrations_are_there(engine: Engine):
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM match_rules")).scalar_one() > 0


def test_an_empty_database_has_no_tables(empty_database_url):
    from verwijsindex.database import make_engine

    engine = make_engine(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_commits_as_in_production(engine: Engine):
    with engine.begin() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert int(connection.execute(text("SHOW max_connections")).scalar_one()) == 300


def test_postgresql_tools_are_there():
    assert os.access(postgresql_tools() / "pg_basebackup", os.X_OK)


class Item:
    """A test as the collection sees it."""

    def __init__(self, test: str, kind: str, *, marked: bool) -> None:
        self.nodeid = f"tests/test_a.py::{test}[{kind}]"
        self.callspec = SimpleNamespace(params={"database_url": kind})
        self.marks = {"any_database"} if marked else set()

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.marks else None

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.marks.add(mark.name)


def test_what_is_the_same_on_each_database_is_quick_on_one_by_turns():
    kinds = {"a": "sp", "b": "sp", "only here": "p", "c": "sp", "not marked": "sp"}
    items = [
        Item(test, kind, marked=test != "not marked")
        for test, found in kinds.items()
        for kind in ("sqlite", "postgresql")
        if kind[0] in found
    ]
    pytest_collection_modifyitems(items)
    quick = [one.nodeid.partition("::")[2] for one in items if "slow" not in one.marks]
    assert quick == [
        "a[sqlite]",
        "b[postgresql]",
        "only here[postgresql]",
        "c[sqlite]",
        "not marked[sqlite]",
        "not marked[postgresql]",
    ]


def test_clock_stands_still_until_it_is_moved(clock: Clock, patience):
    assert clock() == clock() == START
    clock.advance(patience)
    assert clock() == START + patience


def test_no_test_reaches_another_machine():
    with (
        pytest.warns(UserWarning, match="192.0.2.1"),
        pytest.raises(SocketConnectBlockedError),
    ):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
