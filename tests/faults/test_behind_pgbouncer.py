"""Behind pgbouncer in transaction mode, where each transaction may get another session.

Slow because ``make test`` does without pgbouncer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.faults.aftermath import assert_the_command_finds_the_audit_clean
from tests.faults.clusters import Cluster, open_cluster
from tests.faults.many_processes import assert_nothing_twice_and_nothing_missed
from tests.faults.pgbouncer import SESSIONS, open_pgbouncer
from tests.faults.postbox import Postbox
from tests.faults.processes import open_deployment
from verwijsindex.database import make_engine, make_sessions, migrate, schema_is_current

pytestmark = pytest.mark.slow


@pytest.fixture
def pooled() -> Iterator[tuple[Cluster, Path]]:
    with open_cluster() as made:
        yield made


def test_three_web_processes_and_two_workers_do_each_job_once(
    pooled: tuple[Cluster, Path], tmp_path: Path, postbox: Postbox
) -> None:
    cluster, folder = pooled
    with (
        open_pgbouncer(cluster, folder) as url,
        open_deployment(url, tmp_path, smtp_port=postbox.port) as deployment,
    ):
        assert_nothing_twice_and_nothing_missed(deployment, postbox, persons=200)
        assert_the_command_finds_the_audit_clean(deployment)
        assert_no_session_keeps_anything(cluster)


def assert_no_session_keeps_anything(cluster: Cluster) -> None:
    """Look at pgbouncer's sessions from outside."""
    sessions = cluster.execute(
        "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    assert 0 < len(sessions) <= SESSIONS, "everything went through pgbouncer"
    assert cluster.execute("SELECT * FROM pg_locks WHERE locktype = 'advisory'") == []
    assert cluster.execute("SELECT relname FROM pg_class WHERE relpersistence = 't'") == []


def test_no_statement_is_prepared(pooled: tuple[Cluster, Path]) -> None:
    cluster, folder = pooled
    with open_pgbouncer(cluster, folder) as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            for _ in range(20):
                connection.scalar(text("SELECT 41 + 1"))
            assert connection.execute(text("SELECT name FROM pg_prepared_statements")).all() == []
        engine.dispose()


def test_migrating_works(pooled: tuple[Cluster, Path]) -> None:
    cluster, folder = pooled
    cluster.execute("DROP SCHEMA public CASCADE")
    cluster.execute("CREATE SCHEMA public")
    with open_pgbouncer(cluster, folder) as url:
        migrate(url)
        engine = make_engine(url)
        with make_sessions(engine)() as session:
            assert schema_is_current(session)
        engine.dispose()


def statement_timeout(url: str) -> str | None:
    """Return what applies to a session; None when none is given."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return str(connection.scalar(text("SHOW statement_timeout")))
    except OperationalError:
        return None
    finally:
        engine.dispose()


@pytest.mark.parametrize("more", ["", "ignore_startup_parameters = options"])
def test_a_limit_in_the_address_does_not_reach_the_database_and_one_of_the_account_does(
    pooled: tuple[Cluster, Path], more: str
) -> None:
    cluster, folder = pooled
    options = "?options=-c%20statement_timeout%3D7s"
    assert statement_timeout(f"{cluster.url}{options}") == "7s"
    with open_pgbouncer(cluster, folder, more=more) as url:
        # Refused, or, when pgbouncer is told to ignore it, without effect.
        assert statement_timeout(f"{url}{options}") == ("0" if more else None)
    cluster.execute("ALTER ROLE postgres SET statement_timeout = '8s'")
    with open_pgbouncer(cluster, folder, more=more) as url:
        assert statement_timeout(url) == "8s"
