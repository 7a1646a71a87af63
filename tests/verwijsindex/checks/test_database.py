"""The database's schema, clock and settings: each fault is planted and found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.clock import START
from verwijsindex.checks import database
from verwijsindex.checks.findings import Finding, Level
from verwijsindex.services import system_clock

only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
# As a careful administrator has them; a setting that this server cannot be given here is faked.
GOOD = {
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "log_error_verbosity": "terse",
    "log_destination": "stderr",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "0",
    "synchronous_standby_names": "",
}


def held(session: Session, **changes: str) -> list[Finding]:
    """Return what is found with *changes* to good settings, in place of the server's own."""
    session.execute(text("CREATE TEMPORARY TABLE pg_settings (name text, setting text)"))
    session.execute(
        text("INSERT INTO pg_settings VALUES (:name, :setting)"),
        [{"name": name, "setting": setting} for name, setting in (GOOD | changes).items()],
    )
    session.execute(text("SET LOCAL search_path = pg_temp, pg_catalog, public"))
    return list(database.settings(session))


def test_a_schema_that_is_behind_or_ahead_is_found(engine: Engine) -> None:
    with Session(engine) as session:
        assert database.schema(session).level is Level.GOOD
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        behind = database.schema(session)
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        ahead = database.schema(session)
        session.execute(text("DELETE FROM alembic_version"))
        empty = database.schema(session)
    for one in (behind, empty):
        assert one.level is Level.FAULT
        assert "db upgrade" in str(one.advice)
    assert ahead.level is Level.FAULT
    assert "nieuwere versie" in ahead.text


@only_postgresql
@pytest.mark.parametrize(
    ("ahead", "level"),
    [(0, Level.GOOD), (20, Level.WARNING), (-20, Level.WARNING), (60, Level.FAULT)],
)
def test_a_clock_that_differs_from_the_databases_is_found(
    ahead: int, level: Level, engine: Engine
) -> None:
    with Session(engine) as session:
        (found,) = database.clock(session, lambda: system_clock() + timedelta(seconds=ahead))
    assert found.level is level, found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_has_no_clock_or_settings_of_its_own(engine: Engine) -> None:
    with Session(engine) as session:
        assert [*database.clock(session, system_clock), *database.settings(session)] == []


def test_how_far_another_clock_is_is_told() -> None:
    hour = timedelta(hours=2)
    ahead = database.clock_difference("x", START + hour, START, START)
    assert "2 uur voor" in ahead.text
    behind = database.clock_difference("x", START - hour, START, START)
    assert "2 uur achter" in behind.text
    # What an answer took is no difference.
    assert database.clock_difference("x", START, START - hour, START + hour).level is Level.GOOD


@only_postgresql
def test_good_settings_are_good(engine: Engine) -> None:
    with Session(engine) as session:
        assert [one.level for one in held(session)] == [Level.GOOD]


@only_postgresql
@pytest.mark.parametrize(
    ("changes", "part", "level"),
    [
        ({"synchronous_commit": "off"}, "synchronous_commit", Level.FAULT),
        (
            {"synchronous_commit": "local", "synchronous_standby_names": "*"},
            "synchronous_commit",
            Level.WARNING,
        ),
        ({"fsync": "off"}, "fsync", Level.FAULT),
        ({"full_page_writes": "off"}, "full_page_writes", Level.FAULT),
        ({"log_error_verbosity": "default"}, "log_error_verbosity", Level.FAULT),
        ({"log_error_verbosity": "verbose"}, "log_error_verbosity", Level.FAULT),
        ({"log_destination": "stderr,csvlog"}, "log_destination", Level.FAULT),
        ({"log_destination": "jsonlog"}, "log_destination", Level.FAULT),
        ({"log_min_duration_statement": "0"}, "log_parameter_max_length", Level.WARNING),
        ({"log_min_duration_sample": "100"}, "log_parameter_max_length", Level.WARNING),
        ({"log_transaction_sample_rate": "0.1"}, "log_parameter_max_length", Level.WARNING),
        ({"log_statement": "all"}, "log_parameter_max_length", Level.WARNING),
        (
            {"log_parameter_max_length_on_error": "-1"},
            "log_parameter_max_length_on_error",
            Level.WARNING,
        ),
    ],
)
def test_a_setting_that_loses_or_tells_is_found(
    changes: dict[str, str], part: str, level: Level, engine: Engine
) -> None:
    with Session(engine) as session:
        (found,) = held(session, **changes)
    assert (found.part, found.level) == (f"PostgreSQL {part}", level)
    assert f"ALTER SYSTEM SET {part} = '" in str(found.advice)


@only_postgresql
@pytest.mark.parametrize(
    "changes", [{"log_error_verbosity": "default"}, {"log_destination": "csvlog"}]
)
def test_values_in_the_log_are_a_fault_where_terse_does_not_hold_them_back(
    changes: dict[str, str], engine: Engine
) -> None:
    with Session(engine) as session:
        found = held(session, log_statement="mod", **changes)
    assert {one.level for one in found} == {Level.FAULT}
    assert len(found) == 2


@only_postgresql
def test_statements_without_values_may_be_logged(engine: Engine) -> None:
    with Session(engine) as session:
        found = held(session, log_statement="all", log_parameter_max_length="0")
    assert [one.level for one in found] == [Level.GOOD]


@only_postgresql
def test_the_servers_own_settings_are_what_is_read(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(text("SET LOCAL synchronous_commit = off"))
        session.execute(text("SET LOCAL log_error_verbosity = default"))
        found = {one.part for one in database.settings(session)}
    # This server is the tests' own: fsync is off.
    assert found == {
        f"PostgreSQL {name}" for name in ("synchronous_commit", "log_error_verbosity", "fsync")
    }
