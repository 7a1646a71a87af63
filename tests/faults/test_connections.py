"""A connection that died while nobody used it is nobody's trouble; a pooler is found out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from tests.faults.processes import wait_until
from tests.world import World
from verwijsindex.database import is_passing, make_engine

CONNECTIONS = 4
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    made = make_engine(postgresql_url, pool_size=CONNECTIONS)
    yield made
    made.dispose()


def end_all_others(url: str) -> None:
    """Have the server end every connection, as it does when it stops."""
    administrator = make_engine(url)
    with administrator.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")  # each look is a new one
        connection.execute(text(f"SELECT pg_terminate_backend(pid) {_OTHERS}"))
        count = text(f"SELECT count(*) {_OTHERS}")
        wait_until(lambda: connection.scalar(count) == 0, "the connections are gone")
    administrator.dispose()


def test_the_pool_replaces_what_the_server_closed(engine: Engine, postgresql_url: str) -> None:
    taken = [engine.connect() for _ in range(CONNECTIONS)]
    for connection in taken:
        connection.scalar(text("SELECT 1"))
        connection.close()
    end_all_others(postgresql_url)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        taken = [engine.connect() for _ in range(CONNECTIONS)]
        answers = [pool.submit(one.scalar, text("SELECT 1")) for one in taken]
        assert [one.result() for one in answers] == [1] * CONNECTIONS
        for connection in taken:
            connection.close()


def test_a_connection_that_dies_in_use_is_an_error_that_passes(
    engine: Engine, postgresql_url: str
) -> None:
    with engine.connect() as connection:
        connection.scalar(text("SELECT 1"))
        end_all_others(postgresql_url)
        with pytest.raises(OperationalError) as failed:
            connection.scalar(text("SELECT 1"))
    assert is_passing(failed.value)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_writing_on_a_standby_passes_and_a_wrong_row_does_not(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        with pytest.raises(Exception, match="ReadOnlySqlTransaction") as standby:
            connection.execute(text("DELETE FROM used_jtis"))
        connection.rollback()
        with pytest.raises(Exception, match="NotNullViolation") as wrong:
            connection.execute(text("INSERT INTO used_jtis DEFAULT VALUES"))
    assert is_passing(standby.value)
    assert not is_passing(wrong.value)


def test_statements_are_prepared_where_nothing_stands_in_between(engine: Engine) -> None:
    with engine.connect() as connection:
        for _ in range(10):
            connection.scalar(text("SELECT 41 + 1"))
        prepared = connection.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert "SELECT 41 + 1" in prepared


def test_a_connection_that_dies_after_the_answer_takes_nothing_from_it(world: World) -> None:
    member = world.member("Schuldhulp")

    def die(_: object) -> None:
        raise OperationalError("ROLLBACK", {}, Exception())

    event.listen(world.services.engine, "rollback", die)
    assert member.get("/api/v1/signalen/0193b5f0-0000-7000-8000-000000000000").status_code == 404
    event.remove(world.services.engine, "rollback", die)
    assert member.get("/api/v1/signalen").status_code == 200
