"""Moments are aware and in UTC on either database; ids are in order of making."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from itertools import count
from uuid import RFC_4122

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import StatementError

from orgprofiles.base import UtcDateTime, _Moments, new_id, word
from tests.clock import START


class Colour(StrEnum):
    RED = "rood"
    BLUE = "blauw"


_TABLE = Table(
    "moments",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("colour", word(Colour)),
)
PLUS_TWO = timezone(timedelta(hours=2))


@pytest.fixture
def table(engine: Engine) -> Table:
    _TABLE.create(engine)
    return _TABLE


@pytest.mark.parametrize(
    "moment",
    [
        START,
        START.replace(microsecond=123456),
        datetime(2026, 7, 1, 1, 30, tzinfo=PLUS_TWO),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # the hour that clocks show twice
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        None,
    ],
)
def test_a_moment_comes_back_aware_in_utc(
    moment: datetime | None, engine: Engine, table: Table
) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table).values(id=1, at=moment))
        found = connection.execute(select(table.c.at)).scalar_one()
    assert found == moment
    if found is not None:
        assert found.tzinfo is UTC
        assert found.utcoffset() == timedelta()


def test_moments_of_different_zones_are_compared_as_moments(engine: Engine, table: Table) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table).values(id=1, at=START))
        same = START.astimezone(PLUS_TWO)
        for asked, found in ((table.c.at == same, 1), (table.c.at < same, 0)):
            assert len(connection.execute(select(table).where(asked)).all()) == found


def test_a_naive_moment_is_refused(engine: Engine, table: Table) -> None:
    naive = START.replace(tzinfo=None)
    with engine.begin() as connection:
        with pytest.raises(StatementError) as refused:
            connection.execute(insert(table).values(id=1, at=naive))
        assert isinstance(refused.value.orig, TypeError)
        with pytest.raises(StatementError):
            connection.execute(select(table).where(table.c.at > naive))


def test_a_word_is_stored_as_its_value_and_others_are_refused(engine: Engine, table: Table) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table).values(id=1, colour=Colour.BLUE))
        assert connection.execute(text("SELECT colour FROM moments")).scalar_one() == "blauw"
        assert connection.execute(select(table.c.colour)).scalar_one() is Colour.BLUE
        with pytest.raises(StatementError):
            connection.execute(insert(table).values(id=2, colour="groen"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE moments SET colour = 'groen'"))
        with pytest.raises(LookupError):
            connection.execute(select(table.c.colour)).all()


@pytest.fixture(autouse=True)
def moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin anew: another test may have put the clock ahead, and ids do not go back."""
    monkeypatch.setattr("orgprofiles.base._MOMENTS", _Moments())


def test_ids_are_uuids_of_version_7_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before - 1 <= int.from_bytes(made.bytes[:6], "big") <= after + 1


@pytest.mark.parametrize("step", [0, 1, 244, 1_000, -1, -3_600_000_000_000])
def test_ids_are_in_order_of_making_whatever_the_clock_does(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one millisecond, in one nanosecond, and while the clock is put back."""
    moments = count(time.time_ns(), step)
    monkeypatch.setattr("orgprofiles.base.time.time_ns", lambda: next(moments))
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_ids_of_several_threads_all_differ_and_ascend_in_each() -> None:
    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(lambda _: [new_id() for _ in range(5_000)], range(4)))
    assert all(made == sorted(made) for made in lists)
    # 62 of their bits are random: without them the moments alone must differ.
    assert len({one.int >> 64 for made in lists for one in made}) == 20_000
