"""The database refuses to change the audit: by triggers everywhere, by rights on PostgreSQL."""

# ruff: noqa: S608 (statements are put together here to tamper with)

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import DBAPIError

from tests.clock import Clock
from tests.databases import _for_psycopg
from tests.verwijsindex.audit.audit_world import TABLES, Log
from tests.world import make_settings, make_world
from verwijsindex.command import main
from verwijsindex.services import make_services
from verwijsindex.worker import Worker

KEY = {"audit_events": "id", "audit_links": "seq", "audit_checkpoints": "seq"}

each_table = pytest.mark.parametrize("table", TABLES)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def rows(log: Log, table: str) -> list:
    return log.raw(f"SELECT * FROM {table} ORDER BY {KEY[table]}")


def refused(log: Log, table: str, statement: str) -> None:
    before = rows(log, table)
    with pytest.raises(DBAPIError, match=f"{table} is insert-only"):
        log.raw(statement)
    assert rows(log, table) == before != []


@each_table
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {key} = {key}",
        "DELETE FROM {table}",
        "DELETE FROM {table} WHERE {key} = (SELECT {key} FROM {table} LIMIT 1)",
    ],
)
def test_changing_and_deleting_are_refused(signed: Log, table: str, statement: str) -> None:
    refused(signed, table, statement.format(table=table, key=KEY[table]))


@ON_POSTGRESQL
@each_table
def test_truncating_is_refused(signed: Log, table: str) -> None:
    refused(signed, table, f"TRUNCATE {table} CASCADE")


@ON_POSTGRESQL
@each_table
def test_a_session_that_calls_itself_a_replica_is_refused_too(signed: Log, table: str) -> None:
    statement = f"SET session_replication_role = replica; DELETE FROM {table}"
    refused(signed, table, statement)


@ON_SQLITE
@each_table
@pytest.mark.parametrize("deed", ["INSERT OR REPLACE", "REPLACE"])
def test_replacing_is_refused(signed: Log, table: str, deed: str) -> None:
    refused(signed, table, f"{deed} INTO {table} SELECT * FROM {table} LIMIT 1")


@ON_SQLITE
def test_replacing_by_what_else_is_unique_is_refused(signed: Log) -> None:
    columns = "at, actor_kind, actor_id, organisation_id, action, object_id, trace_id, mac"
    refused(
        signed,
        "audit_events",
        f"INSERT OR REPLACE INTO audit_events (rowid, id, {columns})"
        f" SELECT rowid, '{uuid4().hex}', {columns} FROM audit_events LIMIT 1",
    )
    refused(
        signed,
        "audit_links",
        "INSERT OR REPLACE INTO audit_links (seq, event_id, hash)"
        " SELECT 99, event_id, hash FROM audit_links LIMIT 1",
    )


@pytest.fixture
def role(postgresql_url: str) -> Iterator[str]:
    """Return the name of a role that has what ``audit rights`` gives, on this test's database."""
    name = f"vi_{uuid4().hex}"
    printed = CliRunner().invoke(main, ["audit", "rights", name])
    assert printed.exit_code == 0, printed.output
    with psycopg.connect(_for_psycopg(postgresql_url), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {name} LOGIN")
        for _ in range(2):  # as after an upgrade
            owner.execute(printed.output)
    yield name
    with psycopg.connect(_for_psycopg(postgresql_url), autocommit=True) as owner:
        owner.execute(f"DROP OWNED BY {name}")
        owner.execute(f"DROP ROLE {name}")


def as_role(url: str, role: str) -> str:
    return url.replace("//postgres:", f"//{role}:", 1)


def test_the_index_runs_with_these_rights(postgresql_url: str, role: str, clock: Clock) -> None:
    world = make_world(as_role(postgresql_url, role), clock)
    one = world.member("Schuldhulp")
    signal = one.register(1).json["id"]
    assert world.member("Wijkteam", domain="welzijn").register(1).json["match"]
    assert one.get(f"/api/v1/signalen/{signal}").status_code == 200
    assert (
        one.patch(f"/api/v1/signalen/{signal}", {"status": "beeindigd", "reden": "afgerond"}).json[
            "status"
        ]
        == "beeindigd"
    )
    worker = Worker(world.services)
    for job in (worker.link_audit, worker.sign_audit, worker.sweep_audit, worker.lapse):
        job()
    report = Log(world.services, clock).check()
    assert report.fault is None
    assert report.checkpoint is not None
    world.services.engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {key} = {key}",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TRIGGER {table}_insert_only ON {table}",
        "DROP TABLE {table} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION refuse_audit_change()",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_who_has_these_rights_cannot_alter_the_audit(
    postgresql_url: str, role: str, clock: Clock, statement: str
) -> None:
    log = Log(make_services(make_settings(as_role(postgresql_url, role)), clock=clock), clock)
    log.write(2)
    log.link()
    log.sign()
    # Not the triggers: the rights alone.
    with psycopg.connect(_for_psycopg(postgresql_url), autocommit=True) as owner:
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    with psycopg.connect(_for_psycopg(as_role(postgresql_url, role))) as thief:
        for table in TABLES:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                thief.execute(statement.format(table=table, key=KEY[table]))
            thief.rollback()
    assert log.check().fault is None
    log.services.engine.dispose()


def test_a_name_cannot_be_more_than_a_name() -> None:
    printed = CliRunner().invoke(main, ["audit", "rights", 'x"; DROP TABLE signals; --'])
    assert printed.output.count('TO "x""; DROP TABLE signals; --";') == 4
