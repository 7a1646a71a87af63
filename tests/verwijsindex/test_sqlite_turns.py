"""Threads on one SQLite file get their turns in order, and no turn is ever lost."""

from __future__ import annotations

import gc
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from tests.world import World
from verwijsindex import database
from verwijsindex.database import make_engine
from verwijsindex.sqlite_turns import Turns

THREADS = 32
EACH = 10


@pytest.fixture
def file(empty_sqlite_url: str) -> Iterator[Engine]:
    """Return an engine on a file with a table of numbers."""
    made = make_engine(empty_sqlite_url)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (number INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO numbers VALUES (0)"))
    yield made
    made.dispose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nobody wait long for a lock."""
    monkeypatch.setattr(database, "_SQLITE_BUSY_MILLISECONDS", 1)


def turns_of(engine: Engine) -> Turns:
    with engine.connect() as connection:
        return connection.connection.dbapi_connection.turns  # type: ignore[union-attr]


def until(condition: Callable[[], bool], patience: timedelta) -> None:
    deadline = time.monotonic() + patience.total_seconds()
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def assert_free(engine: Engine) -> None:
    """Assert that somebody else gets a turn, at once."""

    def write() -> None:
        with engine.begin() as connection:
            connection.execute(text("UPDATE numbers SET number = number + 1"))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(write).result()
    assert turns_of(engine).take(0)
    turns_of(engine).give_back()


def test_thirty_two_threads_all_get_their_turns(file: Engine) -> None:
    start = threading.Barrier(THREADS)

    def count() -> None:
        start.wait()
        for _ in range(EACH):
            with file.begin() as connection:
                number = connection.execute(text("SELECT number FROM numbers")).scalar_one()
                connection.execute(text("UPDATE numbers SET number = :n"), {"n": number + 1})

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(count) for _ in range(THREADS)]:
            done.result()
    with file.connect() as connection:
        total = connection.execute(text("SELECT number FROM numbers")).scalar_one()
    assert total == THREADS * EACH
    assert_free(file)


def test_turns_come_in_the_order_in_which_they_were_asked_for(
    file: Engine, patience: timedelta
) -> None:
    turns = turns_of(file)
    came: list[int] = []

    def come(number: int) -> None:
        with file.begin():
            came.append(number)

    with ThreadPoolExecutor(THREADS) as pool, file.begin():
        for number in range(THREADS):
            pool.submit(come, number)
            until(lambda expected=number + 1: turns.waiting == expected, patience)
    assert came == list(range(THREADS))


def fail_in_a_statement(engine: Engine) -> None:
    with pytest.raises(OperationalError), engine.begin() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def fail_in_the_callers_code(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), engine.begin():
        raise ZeroDivisionError


def roll_back(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("UPDATE numbers SET number = 7"))


def lose_the_connection(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("UPDATE numbers SET number = 7"))
        connection.invalidate()


def forget_the_connection(engine: Engine) -> None:
    connection = engine.connect()
    connection.execute(text("UPDATE numbers SET number = 7"))
    del connection
    gc.collect()


def stay_within_a_savepoint(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.begin_nested().rollback()
        assert not turns_of_raw(connection).take(0)


def turns_of_raw(connection) -> Turns:
    return connection.connection.dbapi_connection.turns


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:The garbage collector is trying to clean up")
@pytest.mark.parametrize(
    "use",
    [
        fail_in_a_statement,
        fail_in_the_callers_code,
        roll_back,
        lose_the_connection,
        forget_the_connection,
        stay_within_a_savepoint,
    ],
)
def test_a_turn_is_given_back_however_it_ends(use: Callable[[Engine], None], file: Engine) -> None:
    use(file)
    assert_free(file)


@pytest.mark.usefixtures("impatient")
def test_a_transaction_that_cannot_begin_gives_its_turn_back(empty_sqlite_url: str) -> None:
    engine = make_engine(empty_sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (number INTEGER NOT NULL)"))
    other = sqlite3.connect(empty_sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with engine.connect() as kept:
        for _ in range(2):
            with pytest.raises(OperationalError, match="locked"):
                kept.begin()
        other.close()
        assert_free(engine)
        kept.begin()
    assert_free(engine)
    engine.dispose()


@pytest.mark.usefixtures("impatient")
def test_who_waits_too_long_leaves_the_queue(file: Engine) -> None:
    turns = turns_of(file)
    with file.begin(), ThreadPoolExecutor(1) as pool:
        with pytest.raises(OperationalError, match="locked"):
            pool.submit(file.connect().begin).result()
        assert turns.waiting == 0
    assert_free(file)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_whose_turn_does_not_come_is_asked_to_come_back(world: World) -> None:
    member = world.member("Schuldhulp")
    with world.services.engine.begin(), ThreadPoolExecutor(1) as pool:
        answer = pool.submit(member.register, 1).result()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert member.register(1).status_code == 201


def test_who_is_interrupted_while_waiting_passes_the_turn_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for comes_meanwhile in (False, True):
        turns = Turns()
        assert turns.take(0)

        def interrupt(self: threading.Event, _: float, turns=turns, comes=comes_meanwhile) -> bool:
            if comes:
                turns.give_back()
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(threading.Event, "wait", interrupt)
            with pytest.raises(KeyboardInterrupt):
                turns.take(timedelta(minutes=1).total_seconds())
        assert turns.waiting == 0
        if not comes_meanwhile:
            turns.give_back()
        assert turns.take(0)
